"""How a text would look where it goes: one preview per account, with its length as that network counts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from candour.channels.catalogue import CHANNELS
from candour.channels.looks import BLUESKY_BYTES, HABITS, Habit, card_link, counted_by_hand, folded
from candour.messages.models import Draft
from candour.registry.models import Account
from candour.registry.queries import accounts_by_keys


@dataclass(frozen=True, slots=True)
class Length:
    """A text's length as the account's network counts it, and the network's limit where it has one."""

    count: int
    limit: int | None
    over_bytes: int = 0

    @property
    def over(self) -> int:
        return max(self.count - self.limit, 0) if self.limit else 0


def length_on(network: str, text: str) -> Length:
    """Characters as `network` counts them, by its channel where we have one."""
    over_bytes = max(len(text.encode("utf-8", "surrogatepass")) - BLUESKY_BYTES, 0) if network == "bluesky" else 0
    for kind, channel, _settings in CHANNELS:
        if kind == network:
            # counting needs no settings and no network, so the channel is asked without any
            return Length(channel.message_length(object.__new__(channel), text), channel.limit, over_bytes)
    return Length(counted_by_hand(network, text), HABITS.get(network, Habit()).limit)


@dataclass(frozen=True, slots=True)
class Preview:
    """A text on one account: what is seen at once, what stands behind the fold, and the address of which a card is shown."""

    account: Account
    seen: str
    behind: str
    link: str
    length: Length
    titled: bool
    themes: ClassVar[tuple[str, str]] = ("light", "dark")

    @property
    def host(self) -> str:
        return urlsplit(self.link).netloc


def previews(draft: Draft, text: str, *, picture: bool) -> list[Preview]:
    """One preview per account of a draft. Networks show a picture instead of a card, and only the newsroom has a title."""
    return [_preview(account, text, picture) for account in (draft.account, *accounts_by_keys(draft.also))]


def previews_apart(texts: Iterable[tuple[Draft, str]], *, picture: bool) -> list[Preview]:
    """One preview per text that an account has of its own, as it is kept."""
    return [_preview(draft.account, text, picture) for draft, text in texts]


def _preview(account: Account, text: str, picture: bool) -> Preview:
    seen, behind = folded(account.network, text)
    newsroom = account.network == "newsroom"
    link = "" if picture or newsroom else card_link(text)
    return Preview(account, seen, behind, link, length_on(account.network, text), newsroom)
