"""The field's words as types: duties, spans, findings, severities, audiences.

Everything here is frozen and free of I/O, so that screening can run it on any machine and a rule can be tested without a database.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


class DutyKind(enum.StrEnum):
    """What a post can oblige the company to do. A post can owe several."""

    AE = "AE"
    SPECIAL_SITUATION = "SPECIAL_SITUATION"
    PQC = "PQC"
    MIR = "MIR"
    OFF_LABEL = "OFF_LABEL"
    PRIVACY = "PRIVACY"
    CRISIS = "CRISIS"
    MISINFORMATION = "MISINFORMATION"
    PRAISE = "PRAISE"
    COMPLAINT = "COMPLAINT"
    SPAM = "SPAM"


#: Duties whose receipt comes from drug safety, quality or medical information; a case can't close while one is open.
RECEIPT_DUTIES = frozenset({DutyKind.AE, DutyKind.SPECIAL_SITUATION, DutyKind.PQC, DutyKind.MIR})

#: Duties that start the safety clock. Praise, spam and service complaints never do (design, contract of `candour screen`).
SAFETY_DUTIES = frozenset({DutyKind.AE, DutyKind.SPECIAL_SITUATION, DutyKind.PQC})


class Severity(enum.StrEnum):
    """How a market rule binds: B block, H needs sign-off, M a reviewer must answer, L advice (regulation reference, section 0)."""

    BLOCK = "B"
    HIGH = "H"
    MEDIUM = "M"
    ADVICE = "L"


class Verdict(enum.StrEnum):
    """Answer of a content check over all findings that count."""

    BLOCK = "block"
    REVIEW = "review"
    PASS = "pass"  # noqa: S105  a verdict, not a secret


class Audience(enum.StrEnum):
    PUBLIC = "pub"
    HCP = "hcp"
    BOTH = "both"


class ProductStatus(enum.StrEnum):
    """Legal status of a product in one market on one date."""

    RX = "rx"
    OTC = "otc"
    INV = "inv"
    DEVICE = "dev"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that caused a finding. Offsets count Unicode code points of the text as received: `text[start:end] == words`."""

    start: int
    end: int
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One duty found in one post, with its reasons. `score` is 0..1; `pack` names the release that judged it."""

    duty: DutyKind
    score: float
    spans: tuple[Span, ...]
    why: str
    pack: str


@dataclass(frozen=True, slots=True)
class HeardPost:
    """A post as a channel delivers it, before anything of ours has judged it.

    `remote_id` is unique per source for ever; `raw` is the bytes received (kept before any parsing); `published_at` and
    `readable_at` are UTC (`readable_at`: when the post could first be read there; equals `published_at` where nothing else is known).
    """

    remote_id: str
    text: str
    author: str
    published_at: datetime
    url: str = ""
    thread: str = ""
    in_reply_to: str = ""
    lang: str = ""
    raw: bytes = b""
    deleted: bool = False
    extra: dict[str, str] = field(default_factory=dict)
