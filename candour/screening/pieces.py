"""The piece that is checked: everything one reader sees at once, with the facts about who says it where.

Only the fields of the contract of `candour check` are read; anything else in a row is left untouched and unread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from candour.core.terms import Audience, ProductStatus
from candour.packs.loader import UnknownMarket, market_id
from candour.packs.schema import PIECE_FIELDS, PieceRow

ADOPTING_ACTS = frozenset({"like", "reaction", "celebrate", "love", "applaud", "repost", "share", "quote", "pin", "retweet"})
REPLY_ACTS = frozenset({"reply", "comment", "answer"})
OWN_ROLES = frozenset({"company", "employee", "executive", "agency"})
_NO_MEDICINE = frozenset({ProductStatus.INV, ProductStatus.NONE})


class PieceError(ValueError):
    """A piece can't be checked; the message says which field to correct."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece. `market` is a pack id; texts are as received, spans count their code points."""

    id: str
    market: str
    product: str
    product_status: ProductStatus
    indication: str
    risk_text: str
    flags: frozenset[str]
    channel: str
    audience: Audience
    gate: str
    act: str
    author_role: str
    author_country: str
    author_followers: int
    paid: bool
    disclosure: str
    post_text: str
    third_party_text: str
    image_text: str
    link_text: str
    kind: str

    @property
    def own_voice(self) -> bool:
        return self.author_role in OWN_ROLES or self.paid

    @property
    def adopts(self) -> bool:
        """A like, repost, quote or pin by somebody of ours makes the third party's text ours (US-12-RESPONSIBLE)."""
        return self.act in ADOPTING_ACTS and self.own_voice

    @property
    def is_reply(self) -> bool:
        return self.act in REPLY_ACTS or self.kind == "reply"

    @property
    def adopted_text(self) -> str:
        """The third party's text where it became ours and is not already the post itself."""
        return self.third_party_text if self.adopts and self.third_party_text != self.post_text else ""


def parse_piece(row: Mapping[str, Any]) -> Piece:
    """The piece in a row of `candour check`. Raises PieceError for an unknown market or status and for contradictory facts."""
    try:
        read = PieceRow.model_validate({name: row[name] for name in PIECE_FIELDS if name in row})
    except ValidationError as fault:
        raise PieceError(_first_fault(fault)) from fault
    if not read.market.strip():
        raise PieceError("The market is missing: add for example 'DE'.")
    try:
        market = market_id(read.market)
    except UnknownMarket as fault:
        raise PieceError(str(fault)) from fault
    return piece_from(read, market)


def piece_from(read: PieceRow, market: str) -> Piece:
    """A validated row as a piece of `market`. Raises PieceError when its facts contradict each other."""
    flags = frozenset(flag.strip().casefold() for flag in read.flags)
    facts = {name: getattr(read, name) for name in PIECE_FIELDS if name not in ("market", "flags")}
    piece = Piece(market=market, flags=flags, **facts)
    _consistent(piece)
    return piece


def _consistent(piece: Piece) -> None:
    if piece.product_status in _NO_MEDICINE and piece.flags & {"boxed_warning", "black_triangle", "additional_monitoring", "reimbursed"}:
        raise PieceError(
            f"A product with status '{piece.product_status}' has no label, yet the flags name one: correct product_status or flags."
        )
    if piece.product_status is ProductStatus.OTC and "boxed_warning" in piece.flags:
        raise PieceError("A boxed warning belongs to a prescription product: correct product_status or flags.")
    if piece.audience is Audience.PUBLIC and piece.gate == "verified":
        raise PieceError("The audience is public, yet the gate admits verified professionals only: correct audience or gate.")
    if piece.author_role == "independent" and piece.paid:
        raise PieceError("The author is called independent, yet paid: correct author_role or paid.")


def _first_fault(fault: ValidationError) -> str:
    first = fault.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "row"
    shown = repr(first.get("input"))[:60]
    return f"The field {name} can't be read ({first['msg']}): correct the value {shown}."
