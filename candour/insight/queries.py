"""The figures of the role homes: what runs out, what waits for me, and what is not as it should be. Every figure is its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from candour.cases.models import Case, Duty
from candour.cases.queries import cases_visible_to
from candour.core.rights import NEEDS_CERTIFICATE, functions_for
from candour.core.states import CaseState, DraftState, DutyState, SealState
from candour.core.terms import DutyKind
from candour.listening.models import Gap
from candour.messages.models import Draft, Drift, Seal
from candour.people.models import Grant, User
from candour.people.rights import Held, Place, Sides, may, visible
from candour.registry.queries import accounts_visible_to
from candour.training.models import Certificate
from candour.training.queries import GATE_COURSE, last_certificate

#: Figures are counted no further than this and then read "99+".
COUNTED = 100
#: Rows a home shows of each list.
SHOWN = 6
#: A certificate that ends within this time is amber.
LAPSING = timedelta(days=30)

RECEIPT_ACT = {
    "receipt.safety": (DutyKind.AE, DutyKind.SPECIAL_SITUATION),
    "receipt.quality": (DutyKind.PQC,),
    "receipt.medical": (DutyKind.MIR,),
}
DUTY_SIDES = Sides("case__market", "case__product__brand__key", "case__account__key")
SEAL_SIDES = Sides("review__draft__market", "review__draft__product__brand__key", "review__draft__account__key")
GAP_SIDES = Sides("source__market", None, "source__account__key")
DRIFT_SIDES = Sides("publication__account__market", "publication__account__brand", "publication__account__key")
GRANT_SIDES = Sides("market", "brand", "account")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the rows behind it: those counted (`every`), the first few of them (`rows`), and whether counting stopped early."""

    count: int
    every: Sequence[Any]

    @property
    def rows(self) -> Sequence[Any]:
        return self.every[:SHOWN]

    @property
    def capped(self) -> bool:
        return self.count >= COUNTED

    def __bool__(self) -> bool:
        return self.count > 0


def figure(found: Sequence[Any] | QuerySet[Any]) -> Figure:
    """The rows of a list up to COUNTED."""
    rows = list(found[:COUNTED])
    return Figure(len(rows), rows)


def my_cases(held: Iterable[Held], me: User) -> Figure:
    """Open cases with a running clock that are mine, and those nobody has taken where I may triage; nearest first."""
    grants = tuple(held)
    free = Q(assignee=None) & visible(grants, "case.triage", Sides("market", "product__brand__key", "account__key"))
    running = Q(safety_due_at__isnull=False, safety_met_at=None) | Q(service_due_at__isnull=False, service_met_at=None)
    found = cases_visible_to(grants).filter(running, Q(assignee=me) | free, state=CaseState.OPEN)
    return figure(found.order_by("next_due_at", "pk"))


def my_receipts(held: Iterable[Held]) -> Figure:
    """Duties handed over whose receipt I may enter, oldest first."""
    grants, wanted = tuple(held), Q(pk__in=[])
    for act, kinds in RECEIPT_ACT.items():
        wanted |= visible(grants, act, DUTY_SIDES) & Q(kind__in=kinds)
    found = Duty.objects.filter(wanted, state=DutyState.HANDED_OVER, case__state=CaseState.OPEN)
    return figure(found.select_related("case", "case__product").order_by("handed_over_at", "pk"))


@dataclass(frozen=True, slots=True)
class MyReview:
    """A seal that waits for me; `deputy_for` is the person whose place I take, or None when the function is my own."""

    seal: Seal
    deputy_for: User | None


def my_reviews(held: Iterable[Held], me: User) -> Figure:
    """Seals that wait for somebody like me, nearest due first. Four eyes: never on my own draft."""
    grants, wanted = tuple(held), Q(pk__in=[])
    for role in ("medical", "legal", "regulatory"):
        wanted |= visible(grants, f"seal.{role}", SEAL_SIDES) & Q(role=role)
    found = Seal.objects.filter(wanted, state__in=(SealState.WAITING, SealState.LOOKING), review__ended_at=None)
    mine = found.exclude(review__draft__owner=me).exclude(review__version__author=me)
    rows = mine.select_related("review__draft__account", "review__draft__product__brand", "person").order_by("review__due_at", "pk")
    first = figure(rows)
    people = {person.pk: person for person in User.objects.filter(pk__in={g.deputy_for for g in grants if g.deputy_for})}
    return Figure(first.count, [MyReview(seal, people.get(_for_whom(grants, seal) or 0)) for seal in first.every])


def _for_whom(grants: Sequence[Held], seal: Seal) -> int | None:
    """None when an own grant covers the seal; otherwise the person whose deputy I am."""
    draft = seal.review.draft
    place = Place(draft.market, draft.product.brand.key if draft.product else "", draft.account.key)
    covering = [grant for grant in grants if may((grant,), f"seal.{seal.role}", place)]
    return None if any(grant.deputy_for is None for grant in covering) else next((grant.deputy_for for grant in covering), None)


def my_drafts(me: User) -> Figure:
    """Drafts of mine that wait for me: still being written, or a reviewer asked for changes."""
    waiting = Draft.objects.filter(owner=me, state__in=(DraftState.CHANGES, DraftState.WRITING)).select_related("account", "product")
    return figure(waiting.order_by("state", "-changed_at"))


@dataclass(frozen=True, slots=True)
class Standing:
    """My certificate: whether my functions need one, until when it holds, and how that looks now."""

    needed: bool
    certificate: Certificate | None
    state: str


def my_certificate(held: Iterable[Held], me: User, now: datetime) -> Standing:
    """State: valid, lapsing (ends within 30 days), lapsed, missing, or unneeded."""
    needed = needs_certificate(grant.function for grant in held)
    certificate = last_certificate(me, GATE_COURSE)
    return Standing(needed, certificate, certificate_state(certificate.expires_at if certificate else None, now, needed=needed))


def needs_certificate(functions: Iterable[str]) -> bool:
    """Does any of these functions speak or decide for the company?"""
    return bool(set(functions) & certified_functions())


def certified_functions() -> frozenset[str]:
    return frozenset().union(*(functions_for(act) for act in NEEDS_CERTIFICATE))


def certificate_state(expires_at: datetime | None, now: datetime, *, needed: bool = True) -> str:
    """How a certificate that ends at `expires_at` looks at `now`."""
    if expires_at is None:
        return "missing" if needed else "unneeded"
    if expires_at <= now:
        return "lapsed"
    return "lapsing" if expires_at - now <= LAPSING else "valid"


def certificates_of(people: Iterable[int | None]) -> dict[int, datetime]:
    """Until when the gate course counts, by person; one query."""
    wanted = {pk for pk in people if pk}
    held = Certificate.objects.filter(person_id__in=wanted, course=GATE_COURSE, revoked_at=None)
    return dict(held.values("person_id").annotate(until=Max("expires_at")).values_list("person_id", "until"))


def open_gaps(held: Iterable[Held]) -> Figure:
    """Sources that are silent now, longest first."""
    found = Gap.objects.filter(visible(held, "source.see", GAP_SIDES), closed_at=None).select_related("source")
    return figure(found.order_by("opened_at", "pk"))


def without_owner(held: Iterable[Held]) -> Figure:
    """Accounts in use that nobody owns, longest first."""
    return figure(accounts_visible_to(held).filter(owner=None, retired_at=None).order_by("owner_since", "pk"))


def without_receipt(held: Iterable[Held]) -> Figure:
    """Duties handed over and not confirmed, oldest first."""
    found = Duty.objects.filter(visible(held, "case.see", DUTY_SIDES), state=DutyState.HANDED_OVER)
    return figure(found.select_related("case", "case__product").order_by("handed_over_at", "pk"))


def open_drifts(held: Iterable[Held]) -> Figure:
    """Live texts that are no longer what was signed."""
    found = Drift.objects.filter(visible(held, "draft.see", DRIFT_SIDES), closed_at=None)
    return figure(found.select_related("publication__account", "publication__message").order_by("opened_at", "pk"))


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A person who speaks for the company and whose certificate ended, or who never had one (`ended_at` None)."""

    person: User
    ended_at: datetime | None


def lapsed_certificates(held: Iterable[Held], now: datetime) -> Figure:
    """People whose function needs a certificate they don't have now."""
    given = Grant.objects.filter(visible(held, "people.see", GRANT_SIDES), function__in=certified_functions(), valid_from__lte=now)
    current = given.filter(Q(valid_to=None) | Q(valid_to__gt=now), person__is_active=True, person__is_machine=False)
    people = {grant.person_id: grant.person for grant in current.select_related("person").order_by("person__name")[:1000]}
    until = certificates_of(people)
    lapsed = [Lapsed(person, until.get(pk)) for pk, person in people.items() if pk not in until or until[pk] <= now]
    return figure(lapsed)


def late_and_near(cases: Iterable[Case], now: datetime) -> tuple[int, int]:
    """How many of these cases are late, and how many run out within four hours."""
    left = [case.next_due_at - now for case in cases]
    return sum(1 for rest in left if rest <= timedelta()), sum(1 for rest in left if timedelta() < rest <= timedelta(hours=4))
