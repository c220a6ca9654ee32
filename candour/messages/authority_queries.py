"""Reads of what stands on file with authorities, what is owed to them, and what was first used when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from candour.core.review import MessageKind, ReviewRole
from candour.core.signing import content_digest
from candour.core.states import SealState
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, AuthorityEntry, Draft, FilingDuty, Publication, Seal
from candour.messages.queries import draft_for, library_visible_to, message_for
from candour.people.rights import Held

#: Answers to one person are no pieces of their own for an authority.
_ANSWERS = (MessageKind.REPLY_TEMPLATE.value, MessageKind.FREE_REPLY.value)


def entries_for(thing: ApprovedMessage | Draft) -> list[AuthorityEntry]:
    """Every entry of a message, with those made while it was a draft, withdrawn ones too, newest first."""
    of = Q(draft=thing) if isinstance(thing, Draft) else Q(message=thing) | Q(draft__isnull=False, draft=thing.draft_id)
    return list(AuthorityEntry.objects.filter(of).select_related("by", "withdrawal__by").order_by("-at", "-id"))


def entry_for(held: Iterable[Held], pk: int) -> tuple[AuthorityEntry, ApprovedMessage | Draft] | None:
    """An entry with the text on whose page the reader sees it: the message, once one was signed from the same bytes."""
    entry = AuthorityEntry.objects.select_related("message", "draft").filter(pk=pk).first()
    if entry is None:
        return None
    grants = tuple(held)
    message = entry.message or next((one for one in _signed_from(entry) if content_digest(bytes(one.exact)) == entry.digest), None)
    thing = message_for(grants, message.key) if message else draft_for(grants, entry.draft_id)
    return (entry, thing) if thing else None


def _signed_from(entry: AuthorityEntry) -> QuerySet[ApprovedMessage]:
    return ApprovedMessage.objects.filter(draft=entry.draft_id).order_by("-id")


def medical_signature(message: ApprovedMessage) -> Signature | None:
    """The signature of the medical seal over the message's very bytes, where its review had one."""
    seals = Seal.objects.filter(review__version=message.version_id, role=ReviewRole.MEDICAL.value, state=SealState.SIGNED.value)
    found = seals.filter(signature__digest=message.digest, signature__in=message.signatures.all()).select_related("signature")
    seal = found.order_by("-id").first()
    return seal.signature if seal else None


def _standing() -> QuerySet[AuthorityEntry]:
    same = AuthorityEntry.objects.filter(gate=OuterRef("gate"), market=OuterRef("market"), digest=OuterRef("digest"))
    return same.filter(withdrawal=None)


def owed() -> QuerySet[FilingDuty]:
    """Duties to file without a standing entry, whose message was used: `first_used` says when, the longest owed first."""
    uses = Publication.objects.filter(message=OuterRef("message"), sent_at__isnull=False).order_by("sent_at")
    rows = FilingDuty.objects.filter(~Exists(_standing())).annotate(first_used=Subquery(uses.values("sent_at")[:1]))
    return rows.filter(first_used__isnull=False).select_related("message__account", "message__product__brand").order_by("first_used", "id")


def owed_visible_to(held: Iterable[Held]) -> QuerySet[FilingDuty]:
    """The same for messages the reader may see."""
    return owed().filter(message__in=library_visible_to(held).order_by().values("pk"))


def first_used(message: ApprovedMessage) -> datetime | None:
    """When a message first stood anywhere."""
    return message.publications.aggregate(first=Min("sent_at"))["first"]


def waiting_at_gates(held: Iterable[Held], now: datetime, gates: Sequence[str], limit: int) -> list[ApprovedMessage]:
    """Messages in force that were never used and in whose check a rule named one of these gates, newest first."""
    named = Q()
    for gate in gates:
        named |= Q(version__checks__findings__contains=[{"gate": gate}])
        named |= Q(version__reviews__check_run__findings__contains=[{"gate": gate}])
    unused = ~Exists(Publication.objects.filter(message=OuterRef("pk"), sent_at__isnull=False))
    current = Q(withdrawn_at=None, valid_from__lte=now, valid_until__gt=now)
    found = library_visible_to(held).filter(named, unused, current).exclude(kind__in=_ANSWERS)
    rows = ApprovedMessage.objects.filter(pk__in=found.order_by().values("pk"))
    related = ("version", "account", "product__brand", "draft__account", "draft__product")
    return list(rows.select_related(*related).order_by("-valid_from", "-id")[:limit])


def first_used_between(market: str, start: datetime, end: datetime, asked_by: str = "") -> list[ApprovedMessage]:
    """Messages about a product that first went out in a market from `start` on and before `end`, in that order, with `first_used`.

    With `asked_by` only those for which that gate is owed.
    """
    rows = ApprovedMessage.objects.filter(market=market, product__isnull=False).exclude(kind__in=_ANSWERS)
    if asked_by:
        rows = rows.filter(Exists(FilingDuty.objects.filter(message=OuterRef("pk"), gate=asked_by, market=market)))
    dated = rows.annotate(first_used=Min("publications__sent_at")).filter(first_used__gte=start, first_used__lt=end)
    return list(dated.select_related("product", "account").prefetch_related("publications__account").order_by("first_used", "id"))


def activity_between(market: str, start: datetime, end: datetime) -> list[Publication]:
    """What was sent to accounts of a market in a time, answers included, in that order."""
    rows = Publication.objects.filter(account__market=market, sent_at__gte=start, sent_at__lt=end)
    return list(rows.select_related("account", "message").order_by("sent_at", "id"))
