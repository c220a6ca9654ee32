"""What screening says about one post."""

from __future__ import annotations

from dataclasses import dataclass

from candour.core.terms import DutyKind, Finding, Span
from candour.screening.products import COMPETITOR

#: At or above it a safety duty is put before a person: set low, because a missed adverse event is a missed patient.
SAFETY_THRESHOLD = 0.35
#: At or above it a post is a row in the inbox, `label` is 1, and the other duties count as found.
QUEUE_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class ProductMention:
    """A dictionary product named in a post."""

    product: str
    kind: str
    market: str
    span: Span


@dataclass(frozen=True, slots=True)
class Screened:
    """Judgement on one post by one release.

    `score` (0..1): somebody had an adverse reaction, whether or not a product is named; `label`: score at or above QUEUE_THRESHOLD.
    `patient`, `event`, `reporter`: the words that name them. `missing`: which of the four minimum criteria the text alone doesn't give.
    `unscreened_language`: no pack for this language, so a person must read the post; the findings are then not a clean bill.
    """

    lang: str
    score: float
    label: int
    mentions: tuple[ProductMention, ...]
    findings: tuple[Finding, ...]
    unscreened_language: bool
    patient: tuple[Span, ...]
    event: tuple[Span, ...]
    reporter: tuple[Span, ...]
    missing: tuple[str, ...]

    @property
    def products(self) -> tuple[str, ...]:
        """Names of our products mentioned, each once, in order of first mention."""
        return tuple(dict.fromkeys(mention.product for mention in self.mentions if mention.kind != COMPETITOR))

    @property
    def competitors(self) -> tuple[str, ...]:
        """Names of others' products mentioned, likewise."""
        return tuple(dict.fromkeys(mention.product for mention in self.mentions if mention.kind == COMPETITOR))

    @property
    def duties(self) -> tuple[DutyKind, ...]:
        """Duties owed or noted, in the order of the findings."""
        return tuple(finding.duty for finding in self.findings)
