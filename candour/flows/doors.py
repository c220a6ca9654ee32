"""Which channel carries an account or a source, with its settings and secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.conf import settings

from candour.channels.base import Channel, ChannelError
from candour.channels.catalogue import channel_for
from candour.channels.http import Door
from candour.journal.acting import database_now
from candour.listening.models import Source
from candour.registry.models import Account

_NOT_CONNECTED = "%(handle)s is not connected; its owner enters the account's secret on the server."


_other_door: ContextVar[Door | None] = ContextVar("other_door", default=None)


def door() -> Door:
    """The guarded way to the network: private hosts only by exact entry in the settings."""
    return _other_door.get() or Door(allowed_private=settings.ALLOWED_PRIVATE)


@contextmanager
def through(other: Door) -> Iterator[None]:
    """Reach the network through another door for a while (the demo's seeding speaks to the newsroom before the web server is up)."""
    token = _other_door.set(other)
    try:
        yield
    finally:
        _other_door.reset(token)


def secret_of(account_key: str) -> str:
    """The account's secret from CANDOUR_SECRET_<KEY> or the file in CANDOUR_SECRET_<KEY>_FILE; empty when there is none."""
    return _setting("SECRET", account_key)


def _setting(what: str, account_key: str) -> str:
    name = f"CANDOUR_{what}_" + re.sub(r"\W", "_", account_key).upper()
    if value := os.environ.get(name, ""):
        return value
    file = os.environ.get(f"{name}_FILE", "")
    return Path(file).read_text().strip() if file else ""


def channel_of(account: Account) -> Channel:
    """The channel that speaks for an account. Raises a permanent ChannelError when it isn't connected or has no connector."""
    if account.network == "newsroom":
        return channel_for("newsroom", newsroom_settings(account.key), door(), database_now)
    if account.network == "bluesky":
        return channel_for("bluesky", _bluesky(account), door(), database_now)
    if account.network == "mastodon":
        return channel_for("mastodon", _mastodon(account), door(), database_now)
    raise ChannelError(_NOT_CONNECTED, permanent=True, params={"handle": account.handle})


@contextmanager
def in_use(channel: Channel) -> Iterator[Channel]:
    """Use a channel, then give its connections back."""
    try:
        yield channel
    finally:
        if close := getattr(channel, "close", None):  # a channel without connections has nothing to close
            close()


def newsroom_settings(account_key: str) -> dict[str, Any]:
    return {"base": settings.BASE_URL, "account": account_key, "token": settings.NEWSROOM_TOKEN}


def _bluesky(account: Account) -> dict[str, Any]:
    secret = secret_of(account.key)
    if not secret:
        raise ChannelError(_NOT_CONNECTED, permanent=True, params={"handle": account.handle})
    service = os.environ.get("CANDOUR_BLUESKY_SERVICE", "https://bsky.social")
    web = "https://bsky.app" if service.startswith("https") else ""
    return {"service": service, "handle": _setting("HANDLE", account.key) or account.handle.lstrip("@"), "password": secret, "web": web}


def _mastodon(account: Account) -> dict[str, Any]:
    """A Mastodon account lives on the server its handle names; a setting may give the address, for a server without TLS."""
    secret = secret_of(account.key)
    handle = _setting("HANDLE", account.key) or account.handle
    host = handle.lstrip("@").partition("@")[2]
    service = _setting("SERVICE", account.key) or (f"https://{host}" if host else "")
    if not secret or not service:
        raise ChannelError(_NOT_CONNECTED, permanent=True, params={"handle": account.handle})
    return {"service": service, "account": handle, "token": secret}


#: Networks we speak to once the account's secret is on this machine.
WITH_SECRET = ("bluesky", "mastodon")


def has_connector(network: str) -> bool:
    """Do we have a connector to this network? Without one a message is published by hand."""
    return network == "newsroom" or network in WITH_SECRET


def is_connected(account: Account) -> bool:
    """Can we speak as this account now, as far as this machine knows?"""
    return account.network == "newsroom" or (account.network in WITH_SECRET and bool(secret_of(account.key)))


def channel_of_source(source: Source) -> Channel:
    """The channel that is listened to. Raises a permanent ChannelError for kinds that are only read from files."""
    if source.kind == "newsroom" and source.account:
        return channel_for("newsroom", newsroom_settings(source.account.key), door(), database_now)
    if source.kind == "bluesky" and source.account:
        return channel_for("bluesky", _bluesky(source.account) | {"words": tuple(source.settings.get("words", ()))}, door(), database_now)
    if source.kind == "mastodon" and source.account:
        return channel_for("mastodon", _mastodon(source.account), door(), database_now)
    return channel_for(source.kind, source.settings, door(), database_now)
