"""The channels Candour has, as one explicit list."""

from __future__ import annotations

import dataclasses
import typing

from candour.channels.atom import Feed, FeedSettings
from candour.channels.base import Channel, ChannelError, Clock, gettext_noop, utc_now
from candour.channels.bluesky import Bluesky, BlueskySettings
from candour.channels.http import Door
from candour.channels.mastodon import Mastodon, MastodonSettings
from candour.channels.newsroom import Newsroom, NewsroomSettings

#: (kind, channel, dataclass of its settings). A field with metadata {"secret": True} is stored encrypted and never shown.
CHANNELS: tuple[tuple[str, typing.Any, type[typing.Any]], ...] = (
    (Newsroom.kind, Newsroom, NewsroomSettings),
    (Feed.kind, Feed, FeedSettings),
    (Bluesky.kind, Bluesky, BlueskySettings),
    (Mastodon.kind, Mastodon, MastodonSettings),
)

_UNKNOWN_KIND = gettext_noop("There is no channel %(kind)s; choose one of %(known)s.")
_WRONG_SETTINGS = gettext_noop("The settings of this %(kind)s channel are wrong (%(fields)s); the account's owner must correct them.")


def kinds() -> tuple[str, ...]:
    """The kinds of channel, in the order in which they are offered."""
    return tuple(kind for kind, _, _ in CHANNELS)


def _entry(kind: str) -> tuple[typing.Any, type[typing.Any]]:
    for known, channel, settings in CHANNELS:
        if known == kind:
            return channel, settings
    raise ChannelError(_UNKNOWN_KIND, permanent=True, params={"kind": kind, "known": ", ".join(kinds())})


def settings_of(kind: str) -> type[typing.Any]:
    """The dataclass of settings of a kind; raises ChannelError for an unknown kind."""
    return _entry(kind)[1]


def settings_from(kind: str, values: dict[str, typing.Any]) -> typing.Any:
    """Settings from stored values. Refuses missing and unknown names by a permanent ChannelError that lists them."""
    form = settings_of(kind)
    fields = {field.name: field for field in dataclasses.fields(form)}
    required = {
        name for name, field in fields.items() if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    wrong = sorted((set(values) - set(fields)) | (required - set(values)))
    if wrong:
        raise ChannelError(_WRONG_SETTINGS, permanent=True, params={"kind": kind, "fields": ", ".join(wrong)})
    return form(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def channel_for(kind: str, settings: typing.Any, door: Door, clock: Clock = utc_now) -> Channel:
    """The channel of a kind with its settings (the dataclass, or its values as a mapping), reaching the network through `door`.

    `clock` dates what the other side does not date.
    """
    channel, form = _entry(kind)
    ready = settings if isinstance(settings, form) else settings_from(kind, dict(settings))
    return typing.cast(Channel, channel(ready, door, clock))
