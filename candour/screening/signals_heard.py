"""Signals of who said what: a product in the piece's own words, a stranger's praise, and questions or answers off the label."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_label import VISIBLE_TEXTS, off_label_places

_HEARD = "third_party_text"


def _named(reading: Reading, text: str) -> list[tuple[int, int]]:
    exact, alias = reading.named(text)
    return [*exact, *alias]


def _product_in_text(reading: Reading) -> tuple[PieceSpan, ...]:
    return reading.spans("product_in_text", {text: _named(reading, text) for text in VISIBLE_TEXTS})


def _asked_off(reading: Reading) -> tuple[PieceSpan, ...]:
    if not reading.piece.is_reply or not (_named(reading, _HEARD) or _named(reading, "post_text")):
        return ()
    return reading.spans("asked_off", {_HEARD: off_label_places(reading, _HEARD)})


def _reply_off(reading: Reading) -> tuple[PieceSpan, ...]:
    """US-15-UNSOLICITED: an answer says "it", so the product may be named by the person alone, or by nobody where it is filed."""
    if not reading.piece.is_reply or not reading.piece.product.strip():
        return ()
    return reading.spans("reply_off", {"post_text": off_label_places(reading, "post_text")})


HEARD_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {
        "product_in_text": _product_in_text,
        "asked_off": _asked_off,
        "reply_off": _reply_off,
    }
)
