"""Signals read from the facts of a piece alone: status, flags, audience, act, author."""

from __future__ import annotations

from collections.abc import Mapping, Set
from types import MappingProxyType

from candour.core.terms import Audience
from candour.screening.pieces import ADOPTING_ACTS, REPLY_ACTS, Piece
from candour.screening.signals import CodeSignal, Reading

_FLAGS = {
    "flag_boxed": {"boxed_warning", "boxed"},
    "flag_monitored": {"additional_monitoring", "black_triangle"},
    "flag_reimbursed": {"reimbursed"},
    "flag_narcotic": {"narcotic", "psychotropic"},
    "flag_compounded": {"compounded"},
    "flag_quiet": {"quiet_period"},
    "flag_unregistered": {"not_in_artg", "not_on_artg", "no_artg", "not_registered", "unregistered", "not_licensed"},
    "flag_pharmacist_only": {"schedule_3", "s3", "pharmacist_only"},
    "flag_schedule_d": {"schedule_d", "sch_d", "schedule d", "schedule_d_only"},
}
_ACTS = {
    "act_like": {"like", "reaction", "celebrate", "love", "applaud"},
    "act_repost": {"repost", "share", "quote", "retweet"},
    "act_reply": REPLY_ACTS,
    "act_pin": {"pin"},
    "act_ad": {"ad", "search_ad", "boost", "dynamic_ad", "share_widget", "paid_post"},
    "act_profile": {"profile"},
}
_ROLES = ("company", "employee", "executive", "agency", "influencer", "celebrity", "hcp", "patient", "independent")
_STATUSES = ("rx", "otc", "inv", "dev", "none")


def _status(status: str) -> CodeSignal:
    return lambda reading: reading.piece.product_status == status


def _flag(names: Set[str]) -> CodeSignal:
    return lambda reading: bool(reading.piece.flags & names)


def _act(acts: Set[str]) -> CodeSignal:
    return lambda reading: reading.piece.act in acts


def _role(role: str) -> CodeSignal:
    return lambda reading: reading.piece.author_role == role


def _gate(gate: str) -> CodeSignal:
    return lambda reading: reading.piece.gate == gate


def only_professionals(piece: Piece) -> bool:
    """Only a verified gate takes a piece out of the public (EU-24-OPENCHANNEL); a line "for professionals only" does not."""
    return piece.audience is Audience.HCP and piece.gate == "verified"


def _bound(reading: Reading) -> bool:
    """Pay, employment or contract between speaker and company; the company's own account is recognisable by itself."""
    piece = reading.piece
    return piece.author_role in ("employee", "executive", "agency") or (piece.paid and piece.author_role != "company")


def _is_post(reading: Reading) -> bool:
    return reading.piece.act not in ADOPTING_ACTS | REPLY_ACTS


def _label_page(reading: Reading) -> bool:
    """EU-15-PULL: the unchanged label, on a page reached only by somebody who looks for it; a post or ad is a push."""
    return reading.piece.kind in ("label", "package_leaflet", "smpc") and reading.piece.act == "page"


def _no_text(reading: Reading) -> bool:
    """Nothing to read; a like or repost by somebody outside the company is read in the text that was liked."""
    piece = reading.piece
    reacted = piece.third_party_text.strip() if piece.act in ADOPTING_ACTS else ""
    return not (piece.post_text.strip() or piece.image_text.strip() or reacted)


def _image_only(reading: Reading) -> bool:
    piece = reading.piece
    return not piece.post_text.strip() and bool(piece.image_text.strip()) and not piece.adopted_text.strip()


_FACTS: Mapping[str, CodeSignal] = {
    "product_declared": lambda reading: bool(reading.piece.product.strip()),
    "text_missing": _no_text,
    "image_only": _image_only,
    "material_connection": _bound,
    "audience_public": lambda reading: not only_professionals(reading.piece),
    "audience_hcp": lambda reading: only_professionals(reading.piece),
    "audience_hcp_claimed": lambda reading: reading.piece.audience is Audience.HCP and reading.piece.gate != "verified",
    "act_post": _is_post,
    "act_adopts": lambda reading: reading.piece.adopts,
    "author_paid": lambda reading: reading.piece.paid,
    "own_voice": lambda reading: reading.piece.own_voice,
    "label_page": _label_page,
    "is_reply": lambda reading: reading.piece.is_reply,
}

PIECE_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {
        **_FACTS,
        **{f"status_{status}": _status(status) for status in _STATUSES},
        **{name: _flag(flags) for name, flags in _FLAGS.items()},
        **{name: _act(acts) for name, acts in _ACTS.items()},
        **{f"author_{role}": _role(role) for role in _ROLES},
        **{f"gate_{gate}": _gate(gate) for gate in ("none", "self", "verified")},
    }
)
