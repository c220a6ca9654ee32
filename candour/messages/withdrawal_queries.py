"""Reads of withdrawals: everything that stands on a message, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from candour.core.states import DraftState, PublicationState, StepState
from candour.messages.claim_queries import claims_visible_to
from candour.messages.models import ApprovedMessage, Draft, Publication, Withdrawal, WithdrawalStep
from candour.messages.queries import seen_by, texts_of
from candour.people.rights import Held, Sides, visible
from candour.registry.models import Product

#: Drafts that may still become something.
_OPEN_DRAFT = (DraftState.WRITING.value, DraftState.CHANGES.value, DraftState.IN_REVIEW.value)
#: Publications of which nothing stands anywhere and nothing is on its way.
_OVER = (PublicationState.TAKEN_BACK.value, PublicationState.TAKEN_DOWN.value, PublicationState.FAILED.value)
#: What a step needs to be shown, and to say who may answer it.
_STEP_WITH = (
    "message__product__brand", "message__account", "draft__product__brand", "draft__account", "publication__account",
    "publication__message__product__brand", "publication__message__account", "publication__reply__case__product__brand",
    "publication__reply__case__account", "person", "done_by",
)  # fmt: skip
_OPEN_STEP = (StepState.AHEAD.value, StepState.WITH_PERSON.value)


def with_reuses(messages: Iterable[ApprovedMessage]) -> list[ApprovedMessage]:
    """These messages, and what stands in other markets by a proof over one of them, or over one of those, and so on."""
    found = {message.pk: message for message in messages}
    newest = list(found)
    while newest:
        rows = _messages().filter(reused_from__source__in=newest, withdrawn_at=None).exclude(pk__in=found)
        newest = [row.pk for row in rows]
        found |= {row.pk: row for row in rows}
    return list(found.values())


def _messages() -> QuerySet[ApprovedMessage]:
    return ApprovedMessage.objects.select_related("account", "product__brand").order_by("pk")


def messages_of_label(product: Product, market: str, now: datetime) -> list[ApprovedMessage]:
    """Approved messages about a product in a market that may be used, or of which something still stands somewhere."""
    standing = Publication.objects.exclude(state__in=_OVER).values("message")
    rows = _messages().filter(product=product, market=market, withdrawn_at=None)
    return list(rows.filter(Q(valid_until__gt=now) | Q(pk__in=standing)))


def texts_beside(message: ApprovedMessage) -> list[ApprovedMessage]:
    """The other approved texts of the same message that are still in use: those for accounts with words of their own."""
    if message.draft is None:
        return []
    others = texts_of(message.draft).exclude(pk=message.draft_id).order_by()
    return list(_messages().filter(draft__in=others, withdrawn_at=None))


def has_texts_beside(message: ApprovedMessage) -> bool:
    """Is this one of several texts of its message that are in use, reviewed or written?"""
    return bool(texts_beside(message)) or open_texts_beside(message).exists()


def open_texts_beside(message: ApprovedMessage) -> QuerySet[Draft]:
    """The other texts of the same message that are written or reviewed yet."""
    if message.draft is None:
        return _drafts().none()
    return _drafts().filter(pk__in=texts_of(message.draft).exclude(pk=message.draft_id).order_by().values("pk"))


def open_drafts_from(messages: Iterable[ApprovedMessage]) -> QuerySet[Draft]:
    """Drafts begun from these messages, reuses under review among them, that may still become something."""
    return _drafts().filter(based_on__in=[message.pk for message in messages])


def open_drafts_of_label(product: Product, market: str) -> QuerySet[Draft]:
    """Drafts about a product for a market that may still become something."""
    return _drafts().filter(product=product, market=market)


def _drafts() -> QuerySet[Draft]:
    return Draft.objects.filter(state__in=_OPEN_DRAFT).select_related("account", "product__brand", "owner").order_by("pk")


def standing_publications(messages: Iterable[ApprovedMessage]) -> list[Publication]:
    """What of these messages is on its way, waits, or stands somewhere."""
    rows = Publication.objects.filter(message__in=[message.pk for message in messages]).exclude(state__in=_OVER)
    return list(rows.select_related("account", "message", "by", "hand_to", "reply__case").order_by("pk"))


def withdrawals_visible_to(held: Iterable[Held]) -> QuerySet[Withdrawal]:
    """Withdrawals of what the reader may see in the library, newest first, with `open` and `all` steps."""
    grants = tuple(held)
    mine = ApprovedMessage.objects.filter(seen_by(grants, "library.see")).values("pk")
    of_label = Q(product__isnull=False) & visible(grants, "library.see", Sides("market", "product__brand__key", None))
    claims = claims_visible_to(grants).values("pk")
    reached = WithdrawalStep.objects.filter(message__in=mine).values("withdrawal")
    return (
        Withdrawal.objects.filter(Q(message__in=mine) | Q(pk__in=reached) | of_label | Q(claim__in=claims))
        .select_related("message", "claim", "product", "by", "signature")
        .defer("exact")
        .annotate(all=Count("steps"), open=Count("steps", filter=Q(steps__state__in=_OPEN_STEP)))
        .order_by("-began_at", "-pk")
    )


def withdrawal_for(held: Iterable[Held], pk: int) -> Withdrawal | None:
    """One withdrawal, or None when there is none for this reader."""
    return withdrawals_visible_to(held).filter(pk=pk).first()


def withdrawal_of(message: ApprovedMessage) -> Withdrawal | None:
    """The withdrawal that took a message out of use."""
    step = WithdrawalStep.objects.filter(message=message, act="void").select_related("withdrawal").order_by("-pk").first()
    return step.withdrawal if step else None


def steps_of(withdrawal: Withdrawal) -> list[WithdrawalStep]:
    """Everything it reached, what is open first."""
    rows = list(withdrawal.steps.select_related(*_STEP_WITH).defer("message__exact").order_by("pk"))
    order = {StepState.WITH_PERSON.value: 0, StepState.AHEAD.value: 1}
    return sorted(rows, key=lambda row: (order.get(row.state, 2), row.pk))


def step_for(held: Iterable[Held], pk: int) -> WithdrawalStep | None:
    """A step of a withdrawal the reader may see."""
    rows = WithdrawalStep.objects.filter(pk=pk, withdrawal__in=withdrawals_visible_to(held).values("pk"))
    return rows.select_related("withdrawal", *_STEP_WITH).first()


def was_stopped(draft: Draft, since: datetime) -> bool:
    """Did a withdrawal stop a review of this draft that was submitted at `since` or later?"""
    return WithdrawalStep.objects.filter(draft=draft, act="stop", ended_at__gte=since).exists()


def due_steps(now: datetime, most: int) -> list[int]:
    """Steps whose turn it is, the oldest first."""
    waits = Q(next_at=None) | Q(next_at__lte=now)
    rows = WithdrawalStep.objects.filter(waits, state=StepState.AHEAD).order_by("next_at", "pk")
    return list(rows.values_list("pk", flat=True)[:most])


def open_steps(withdrawal_id: int) -> bool:
    """Is anything of a withdrawal still to be done?"""
    return WithdrawalStep.objects.filter(withdrawal=withdrawal_id, state__in=_OPEN_STEP).exists()
