"""One message, two markets: what is said of it in each, judged by the release that is active there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from candour.channels.catalogue import CHANNELS
from candour.core.reuse import Side
from candour.core.review import MessageKind
from candour.flows.judgement import Judgement, judge, product_facts
from candour.flows.releases import active_pack
from candour.messages.models import ApprovedMessage
from candour.packs.market import MarketPack
from candour.registry.models import Account, Product
from candour.registry.queries import label_on, market_day, status_on
from candour.screening.pieces import Piece, parse_piece

_REPLIES = (MessageKind.REPLY_TEMPLATE, MessageKind.FREE_REPLY)
_FLAGS = ("boxed_warning", "black_triangle", "narcotic", "reimbursed")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: the title, the text and the description of the picture, in one language; which picture, and the words within it."""

    title: str
    text: str
    alt_text: str
    lang: str
    picture: str = ""
    picture_words: str = ""

    @property
    def count(self) -> int:
        return len(f"{self.title} {self.text} {self.alt_text} {self.picture_words}".split())


@dataclass(frozen=True, slots=True)
class End:
    """A message in one market: where it stands, its words and links, whom it speaks to, and which other countries its account reaches."""

    market: str
    network: str
    audience: str
    kind: str
    product: Product | None
    words: Words
    links: tuple[str, ...] = ()
    owner: str = ""
    targeting: tuple[str, ...] = ()

    def piece(self, market: str, on: date) -> Piece:
        """The message as the content check reads it."""
        reply = self.kind in _REPLIES
        return parse_piece(
            {
                "id": "reuse",
                "market": market,
                **product_facts(self.product, market, on),
                "channel": self.network,
                "audience": self.audience,
                "gate": "none",
                "act": "reply" if reply else "post",
                "author_role": "company",
                "post_text": self.words.text,
                "link_text": "\n".join(filter(None, (self.words.title, *self.links))),
                "image_text": "\n".join(filter(None, (self.words.alt_text, self.words.picture_words))),
                "kind": "reply" if reply else "post",
            }
        )

    def judged(self, now: datetime) -> Judgement:
        """What the rules in force say of it. Refuses where the market has none."""
        return judge(self.piece, self.market, now, owner=self.owner, targeting=self.targeting)

    def side(self, now: datetime) -> Side:
        """The facts that are compared: audience, channel, status, label."""
        common: dict[str, Any] = {
            "market": self.market, "lang": self.words.lang, "audience": self.audience, "network": self.network
        }  # fmt: skip
        if self.product is None:
            return Side(**common)
        today = market_day(self.market, now)
        status, label = status_on(self.product, self.market, today), label_on(self.product, self.market, today)
        said = {part: getattr(label, part, "") for part in ("indication", "limits", "serious_risks")}
        return Side(
            **common,
            status=status.status if status else "none",
            flags=frozenset(name for name in _FLAGS if status and getattr(status, name)),
            label=tuple((part, words) for part, words in said.items() if words),
        )


def home_end(message: ApprovedMessage, words: Words) -> End:
    """The message where it was approved."""
    network = message.account.network if message.account else "newsroom"
    return _end(message, message.market, network, message.audience, words, message.account)


def target_end(message: ApprovedMessage, account: Account, words: Words) -> End:
    """The same message on an account of another market."""
    return _end(message, account.market, account.network, account.audience, words, account)


def _end(message: ApprovedMessage, market: str, network: str, audience: str, words: Words, account: Account | None) -> End:
    return End(
        market,
        network,
        audience,
        message.kind,
        message.product,
        words,
        links=tuple(message.version.links) if message.version else (),
        owner=account.owner_country if account else "",
        targeting=account.aims if account else (),
    )


def packs_behind(*judgements: Judgement, now: datetime) -> Mapping[str, MarketPack]:
    """The packs that judged, by release name."""
    names = {pack for one in judgements for pack in one.releases}
    return {pack.release_name: pack for name in names if (pack := active_pack(name, now)) is not None}


def too_long(network: str, text: str) -> tuple[int, int] | None:
    """(letters, limit) where a channel of ours takes no text of this length, as that network counts."""
    for kind, channel, _settings in CHANNELS:
        if kind == network and channel.limit is not None:
            letters = channel.message_length(object.__new__(channel), text)  # counting needs no settings and no network
            return (letters, channel.limit) if letters > channel.limit else None
    return None
