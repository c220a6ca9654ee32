"""May I post, like or share this? Any piece, by anybody of ours, judged before it happens and kept as evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.flows.judgement import Judgement, judge, product_facts
from candour.journal.acting import acting
from candour.messages.models import PieceCheck
from candour.people.models import User
from candour.registry.models import Product
from candour.screening.pieces import Piece, PieceError, parse_piece

MAX_TEXT = 20_000
#: The fields a person fills in; everything else comes from the registry.
TYPED = ("kind", "act", "author_role", "author_country", "channel", "audience", "gate", "disclosure")
TEXTS = ("post_text", "third_party_text", "image_text", "link_text")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to do: the market, the product if any, and the piece's own facts (fields of `candour check`)."""

    market: str
    product: Product | None
    facts: Mapping[str, Any]

    def piece(self, market: str, on: date) -> Piece:
        """The piece as it is in a market. Raises PieceError."""
        return parse_piece({**self.facts, **product_facts(self.product, market, on), "market": market})


def check_piece_of(by: User, asked: Asked, now: datetime) -> tuple[Judgement, PieceCheck]:
    """Judge a piece and keep question and answer. Words of a third party are kept as a digest only: they are not ours to store.

    Refused for a text that is too long, facts that contradict each other, or a market whose rules nobody activated.
    """
    ask(by, "piece.check", asked.market, now)
    if any(len(str(asked.facts.get(name, ""))) > MAX_TEXT for name in TEXTS):
        raise Refusal(_("A text to check has at most %(count)s characters.") % {"count": MAX_TEXT}, status=400)
    try:
        found = judge(asked.piece, asked.market, now)
    except PieceError as fault:
        raise Refusal(str(fault), status=400) from fault
    with acting(by, "piece.check", ", ".join(found.releases.values())):
        row = PieceCheck.objects.create(
            market=asked.market,
            product=asked.product,
            facts=_kept(asked.facts),
            releases=found.releases,
            verdict=found.result.verdict.value,
            findings=[_without_their_words(row) for row in found.result.as_row()["findings"]],
            by=by,
            at=now,
        )
    return found, row


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in facts.items() if name != "third_party_text"}
    theirs = str(facts.get("third_party_text", ""))
    return kept | ({"third_party_sha256": hashlib.sha256(theirs.encode()).hexdigest()} if theirs else {})


def _without_their_words(row: dict[str, Any]) -> dict[str, Any]:
    spans = [{**span, "words": ""} if span.get("field") == "third_party_text" else span for span in row["spans"]]
    return {**row, "spans": spans}
