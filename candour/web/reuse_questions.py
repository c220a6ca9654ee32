"""On the page of a review that a reuse opened: what differs from the proven message, and which seal answers for what."""

from __future__ import annotations

from dataclasses import dataclass

from candour.messages.models import ReuseProof, Review
from candour.messages.reuse_queries import proof_behind
from candour.web.reuse_words import Line, lines


@dataclass(frozen=True, slots=True)
class Questions:
    """The proof that opened the review, and its differences: all that is asked here."""

    proof: ReuseProof
    lines: tuple[Line, ...]


def asked_lines(review: Review) -> Questions | None:
    """None for a full review."""
    kept = proof_behind(review)
    return Questions(kept, tuple(lines(kept.differences, kept.results["target"]["findings"]))) if kept else None
