"""Which entries of the journal a message's life consists of: every row that made it, let it out or answered for it, by table and key.

Where a message answers people, what was sent to them may hold their words: those entries go along as hashes with their proofs, without
content. The tree is proven all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from candour.flows.inspection_claims import of as of
from candour.flows.inspection_claims import rows_of_claims
from candour.flows.signed import REPLIES
from candour.journal import proofs
from candour.journal.models import Entry, Head, Signature
from candour.messages import models as rows
from candour.messages.models import ApprovedMessage
from candour.registry.models import LabelFacts, ProductStatus
from candour.training.models import Certificate

#: Tables whose rows may hold words of a person outside where the message is an answer.
_TO_PEOPLE = frozenset({"approval_publication", "approval_readback", "approval_drift"})
WITHHELD = "words to or from a person"


@dataclass(frozen=True, slots=True)
class Subject:
    """Rows of one table, by their keys as the journal writes them."""

    table: str
    keys: tuple[str, ...]


def subjects(message: ApprovedMessage, people: Iterable[int] = ()) -> list[Subject]:
    """Every row that belongs to a message up to the version that was signed, and the certificates of the `people` who worked on it."""
    found = [
        Subject(table.model._meta.db_table, tuple(str(pk) for pk in table.order_by("pk").values_list("pk", flat=True)))
        for table in (*_made(message), *_let_out(message), Certificate.objects.filter(person__in=people))
    ]
    return [one for one in found if one.keys]


def _made(message: ApprovedMessage) -> Iterator[QuerySet[Any]]:
    """From the first word to the signatures."""
    number = message.version.number if message.version else 0
    drafts = rows.Draft.objects.filter(pk=message.draft_id)
    versions = rows.DraftVersion.objects.filter(draft=message.draft_id, number__lte=number)
    reviews = rows.Review.objects.filter(version__in=versions)
    yield from (drafts, versions, reviews)
    yield rows.CheckRun.objects.filter(version__in=versions)
    yield rows.FindingAnswer.objects.filter(check_run__version__in=versions)
    yield rows.LinkSnapshot.objects.filter(version__in=versions)
    yield rows.Annotation.objects.filter(version__in=versions)
    yield rows.Seal.objects.filter(review__in=reviews)
    yield rows.ReuseProof.objects.filter(pk=message.reused_from_id)
    yield rows.Translation.objects.filter(pk=message.reused_from.translation_id if message.reused_from else None)
    yield rows.CertifiedSentence.objects.filter(translation=message.reused_from.translation_id if message.reused_from else None)
    yield from rows_of_claims(message)
    yield signatures_about(message)
    yield rows.ApprovedMessage.objects.filter(pk=message.pk)
    yield ApprovedMessage.signatures.through.objects.filter(approvedmessage=message)
    if message.product_id:
        yield LabelFacts.objects.filter(product=message.product_id, market__code=message.market)
        yield ProductStatus.objects.filter(product=message.product_id, market__code=message.market)


def _let_out(message: ApprovedMessage) -> Iterator[QuerySet[Any]]:
    """What became of it."""
    sent = rows.Publication.objects.filter(message=message)
    entries = rows.AuthorityEntry.objects.filter(Q(message=message) | Q(draft=message.draft_id, draft__isnull=False))
    yield sent
    yield rows.ReadBack.objects.filter(publication__in=sent)
    yield rows.Drift.objects.filter(publication__in=sent)
    yield entries
    yield rows.AuthorityWithdrawal.objects.filter(entry__in=entries)
    yield rows.AdRecord.objects.filter(message=message)
    yield rows.FilingDuty.objects.filter(message=message)
    yield rows.Embargo.objects.filter(draft=message.draft_id, draft__isnull=False)


def signatures_about(message: ApprovedMessage) -> QuerySet[Signature]:
    """The signatures under the message, those that stand beside it from an earlier round, those of its reuse and its translation, and the
    signed word of whoever published it by hand."""
    kept = message.reused_from
    seals = rows.Seal.objects.filter(review__draft=message.draft_id, review__version=message.version_id)
    wanted = Q(pk__in=message.signatures.values("pk")) | Q(pk__in=seals.values("kept__signature"))
    if message.kind not in REPLIES:  # what somebody states of an answer holds the answer
        wanted |= Q(pk__in=rows.Publication.objects.filter(message=message).values("statement"))
    if kept is not None:
        wanted |= Q(pk=kept.signature_id)
        wanted |= Q(pk__in=rows.CertifiedSentence.objects.filter(translation=kept.translation_id).values("signature"))
    return Signature.objects.filter(wanted)


def entries_about(message: ApprovedMessage, people: Iterable[int] = ()) -> QuerySet[Entry]:
    """The journal's entries on those rows, and what was tried with the message and refused, in the order they were written."""
    wanted = Q(subject__in=("refusal", "inspection"), key=message.key)
    for one in subjects(message, people):
        wanted |= Q(subject=one.table, key__in=one.keys)
    return Entry.objects.filter(wanted).order_by("id")


def written(one: proofs.Proven, message: ApprovedMessage) -> dict[str, Any]:
    """An entry as the bundle holds it: its columns, or its hash alone where it may hold words of a person outside; and its proof."""
    proof = {"index": one.index, "path": [beside.hex() for beside in one.path]}
    entry = one.entry
    if message.kind in REPLIES and entry.subject in _TO_PEOPLE:
        return {"id": entry.id, "leaf": one.leaf.hex(), "withheld": WITHHELD} | proof
    columns = entry._asdict() | {name: proofs.microseconds(getattr(entry, name)) for name in ("at", "written_at")}
    return columns | proof


def head_facts(head: Head) -> dict[str, Any]:
    """The head the proofs lead to."""
    return {"size": head.size, "root": head.root, "at": head.at.isoformat(), "public_key": head.public_key}
