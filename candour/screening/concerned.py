"""Which markets judge a piece: its own, that of each person who speaks or acts, and those it is aimed at (regulation reference, section 0).

There is never one global verdict: every pack judges by itself, the strictest answer per finding counts, and the market is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from candour.packs.loader import UnknownMarket, load_market, market_id
from candour.packs.market import MarketPack
from candour.screening.pieces import Piece
from candour.screening.signals_text import fold, is_spaceless, tokens

#: Bodies whose name in a text says which market it speaks to.
_BODIES = {
    "us": ("fda", "medicare", "medwatch"),
    "uk": ("mhra", "nhs", "nice guidance", "abpi"),
    "de": ("bfarm", "pei", "krankenkasse", "g-ba"),
    "fr": ("ansm", "assurance maladie"),
    "es": ("aemps",),
    "it": ("aifa",),
    "nl": ("cbg-meb", "zorginstituut"),
    "se": ("lakemedelsverket", "läkemedelsverket"),
    "dk": ("laegemiddelstyrelsen", "lægemiddelstyrelsen"),
    "ch": ("swissmedic",),
    "br": ("anvisa",),
    "ca": ("health canada", "paab"),
    "au": ("tga", "pbs listed"),
    "jp": ("pmda", "厚生労働省"),
    "cn": ("nmpa", "国家药监局"),
}


@dataclass(frozen=True, slots=True)
class Concerned:
    """One market whose rules judge, with the reasons (`own`, `owner`, `person`, `targeting`, `content`, `link`)."""

    market: str
    reasons: tuple[str, ...]


def concerned(piece: Piece, *, owner: str = "", targeting: Iterable[str] = ()) -> tuple[Concerned, ...]:
    """Markets that `piece` concerns, its own first. `owner` is the country of the account's legal entity.

    A country nobody wrote a pack for stands among them as it was given, so that nobody takes it for judged.
    """
    reasons: dict[str, list[str]] = {piece.market: ["own"]}
    for reason, code in _named(piece, owner, targeting):
        if code.strip():
            reasons.setdefault(known_market(code) or code.strip().casefold(), []).append(reason)
    return tuple(Concerned(market, tuple(dict.fromkeys(why))) for market, why in reasons.items())


def known_market(code: str) -> str:
    """The pack id behind a country code, or nothing."""
    try:
        return market_id(code) if code.strip() else ""
    except UnknownMarket:
        return ""


def packs_for(piece: Piece) -> tuple[MarketPack, ...]:
    """The shipped packs that judge a piece of a file: of its market and of the person who posts, likes or shares (UK-12, SE-02)."""
    markets = [known_market(piece.market), known_market(piece.author_country)]
    return tuple(load_market(market) for market in dict.fromkeys([*markets, *topics_of(piece)]) if market)


def topics_of(piece: Piece) -> tuple[str, ...]:
    """Topic packs a piece concerns: those of a company whose shares are traded."""
    return ("corp",) if piece.flags & {"listed", "quiet_period"} else ()


def _named(piece: Piece, owner: str, targeting: Iterable[str]) -> Iterable[tuple[str, str]]:
    yield "owner", owner
    yield "person", piece.author_country
    for code in targeting:
        yield "targeting", code
    for reason, text in (("content", f"{piece.post_text} {piece.image_text}"), ("link", piece.link_text)):
        for market in _spoken_to(text):
            yield reason, market


def _spoken_to(text: str) -> Iterable[str]:
    folded = fold(text).text
    words = {folded[start:end] for start, end in tokens(folded)}
    return [
        market for market, bodies in _BODIES.items() if any(body in words or (not _one_word(body) and body in folded) for body in bodies)
    ]


def _one_word(body: str) -> bool:
    """Whether a name is one word of a text; others (with blank or hyphen, or in a script without blanks) are looked for as they stand."""
    return body.isalnum() and not is_spaceless(body[0])
