"""Writes of cases: opening, clocks, evidence, duties, receipts, timeline. All are called inside a named act."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from candour.cases.models import Case, CasePost, Duty, Evidence, Happening, Receipt
from candour.cases.queries import duties_of_case
from candour.core.signing import digest
from candour.core.states import DUTY, CaseState, DutyState, move
from candour.core.terms import SAFETY_DUTIES, DutyKind
from candour.journal.keys import vault
from candour.listening.models import Post
from candour.people.models import User

_OWED = (DutyState.OPEN.value, DutyState.HANDED_OVER.value)
#: What a recount writes; nothing else of a case, so that it never takes back what somebody else wrote.
_CLOCKS = (
    "aware_at",
    "aware_basis",
    "born_late",
    "safety_due_at",
    "safety_met_at",
    "service_due_at",
    "service_met_at",
    "next_due_at",
    "top_duty",
    "top_score",
)


#: A case without a running clock sorts behind every clock, by the day it was opened.
_NEVER = timedelta(days=50 * 365)


class StaleVersion(Exception):
    """Somebody else changed the case since the page was made."""


def next_number() -> str:
    """The next case number, such as C-2291; taken from its own row so that no number is ever given twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('case_number')")
        return f"C-{cursor.fetchone()[0]}"


@dataclass(frozen=True, slots=True)
class Owing:
    """A duty as a case is born with it."""

    kind: DutyKind
    score: float
    state: DutyState
    due_at: datetime | None


def open_case(first: Post, *, now: datetime, **fields: Any) -> Case:
    """A new open case with its own key and number; it has no post and owes nothing yet."""
    case = _new_case(first, now, fields)
    case.next_due_at = nearest_due(case)
    case.save(force_insert=True)
    return case


def open_case_owing(first: Post, owing: Iterable[Owing], *, now: datetime, **fields: Any) -> Case:
    """A new open case with its first post, its duties (of each kind the first) and its clocks counted: what opening it, adding each and
    a recount come to, in three inserts."""
    case = _new_case(first, now, fields)
    kinds: dict[DutyKind, Owing] = {}
    for one in owing:
        kinds.setdefault(one.kind, one)
    duties = [
        Duty(case=case, kind=one.kind.value, score=one.score, state=one.state.value, opened_at=now, due_at=one.due_at)
        for one in kinds.values()
    ]
    _count_clocks(case, duties)
    case.save(force_insert=True)
    CasePost.objects.create(case=case, post=first, kind="said", added_at=now)
    for duty in duties:
        duty.case = case
    Duty.objects.bulk_create(duties)
    return case


def _new_case(first: Post, now: datetime, fields: Mapping[str, Any]) -> Case:
    number = next_number()
    return Case(number=number, post=first, vault=vault().ensure(f"case-{number.lower()}"), opened_at=now, **fields)


def nearest_due(case: Case) -> datetime:
    """The nearer of the clocks that still run; a case without a running clock sorts by the day it was opened, after the late ones."""
    running = [
        due
        for due, met in ((case.safety_due_at, case.safety_met_at), (case.service_due_at, case.service_met_at))
        if due is not None and met is None
    ]
    return min(running) if running else case.opened_at + _NEVER


def hold_conversation(person_key: str, thread: str) -> None:
    """Until this transaction ends nobody else opens a case for this person in this thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{person_key}/{thread}"])


def open_case_of(person_key: str, thread: str) -> Case | None:
    """The open case of a person in a thread, locked; None when there is none."""
    return Case.objects.select_for_update(no_key=True).filter(person_key=person_key, thread=thread, state=CaseState.OPEN).first()


def open_case_with(post: Post) -> Case | None:
    """The open case a post hangs on, locked; None when there is none."""
    return Case.objects.select_for_update(no_key=True, of=("self",)).filter(posts__post=post, state=CaseState.OPEN).order_by("id").first()


def people_with_open_case(person_keys: Iterable[str]) -> set[str]:
    """Which of these people have an open case anywhere; one query for a whole batch."""
    return set(Case.objects.filter(person_key__in=list(person_keys), state=CaseState.OPEN).values_list("person_key", flat=True))


def add_post(case: Case, post: Post, kind: str, now: datetime) -> None:
    """Hang a post on the case once."""
    _row, made = CasePost.objects.get_or_create(case=case, post=post, defaults={"kind": kind, "added_at": now})
    if made and kind == "alike":
        Case.objects.filter(pk=case.pk).update(alike=F("alike") + 1)


def keep_evidence(case: Case, post: Post | None, kind: str, data: Mapping[str, Any], now: datetime) -> Evidence:
    """Keep a sealed copy of what was seen; the digest is of the ciphertext, so that it survives erasure."""
    sealed = vault().close(case.vault, json.dumps(data, ensure_ascii=False))
    return Evidence.objects.create(case=case, post=post, kind=kind, sealed=sealed, digest=digest(sealed), captured_at=now)


def add_duty(
    case: Case, kind: DutyKind, score: float, *, state: DutyState, due_at: datetime | None, now: datetime, more: bool = False
) -> Duty:
    """Owe (or note) a duty once per kind; a later and surer finding turns a noted one into an open one.

    `more` says that the person told more: then a duty that was handed over, confirmed or dismissed is open again.
    """
    duty, made = Duty.objects.get_or_create(
        case=case, kind=kind.value, defaults={"score": score, "state": state.value, "opened_at": now, "due_at": due_at}
    )
    if made or state != DutyState.OPEN or duty.state == DutyState.OPEN:
        duty.moved = "begin" if made else ""
        return duty
    if duty.state == DutyState.NOTED or more:
        duty.moved = "confirm" if duty.state == DutyState.NOTED else "hear_more"
        duty.state = move(DUTY, duty.state, duty.moved).value
        duty.score, duty.due_at, duty.handed_over_at, duty.ended_at, duty.reason = max(score, duty.score), due_at, None, None, ""
        duty.save()
    return duty


def bring_forward(case: Case) -> None:
    """Let the open safety duties fall due with the case's safety clock, after day 0 turned out to be an earlier one."""
    safety = [kind.value for kind in SAFETY_DUTIES]
    for duty in Duty.objects.filter(case=case, kind__in=safety, state=DutyState.OPEN).exclude(due_at=case.safety_due_at):
        duty.due_at = case.safety_due_at
        duty.save(update_fields=["due_at"])


def tell(case: Case, kind: str, by: User, now: datetime, *, words: str = "", **data: Any) -> Happening:
    """A line of the timeline; `words` (which may speak of a patient) are sealed, `data` must not."""
    sealed = vault().close(case.vault, words) if words else None
    return Happening.objects.create(case=case, kind=kind, at=now, by=by, sealed=sealed, data=data)


def touch(case: Case, version: int) -> Case:
    """Take the case for writing if nobody else changed it since `version`; raises StaleVersion otherwise."""
    if not Case.objects.filter(pk=case.pk, version=version).update(version=F("version") + 1):
        raise StaleVersion(case.number)
    case.refresh_from_db()
    return case


def bump(case: Case) -> Case:
    """Lock the case and count a change made by a machine, so that a person's older page is refused."""
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1)
    case.refresh_from_db()
    return case


def recount_clocks(case: Case) -> None:
    """Write the case's clocks and what it is mostly about after a change; the caller holds the case."""
    _count_clocks(case, list(Duty.objects.filter(case=case).order_by("pk")))
    case.save(update_fields=_CLOCKS)


def _count_clocks(case: Case, duties: Sequence[Duty]) -> None:
    _set_safety_clock(case, duties)
    case.next_due_at = nearest_due(case)
    owing = [duty for duty in duties if duty.state in _OWED]
    top = max(owing or duties, key=lambda duty: (duty.kind in SAFETY_DUTIES, duty.score), default=None)
    if top is not None:
        case.top_duty, case.top_score = top.kind, top.score


def _set_safety_clock(case: Case, duties: Iterable[Duty]) -> None:
    """The safety clock runs while a safety duty is open, stands at the last hand-over, and is none when no safety duty is left."""
    safety = [duty for duty in duties if duty.kind in SAFETY_DUTIES and duty.state not in (DutyState.NOTED, DutyState.DISMISSED)]
    if not safety:
        case.safety_due_at = case.safety_met_at = None
    elif any(duty.state == DutyState.OPEN for duty in safety):
        case.safety_met_at = None
    else:
        case.safety_met_at = max((duty.handed_over_at for duty in safety if duty.handed_over_at), default=None)


def move_duty(duty: Duty, step: str, now: datetime, *, reason: str = "") -> Duty:
    """Take one step of the duty's table; RefusedMove when there is none."""
    duty.state = move(DUTY, duty.state, step).value
    if step == "hand_over":
        duty.handed_over_at = now
    if duty.state in (DutyState.RECEIPTED, DutyState.DISMISSED):
        duty.ended_at = now
    if reason:
        duty.reason = reason[:300]
    duty.save()
    return duty


def enter_receipt(duty: Duty, number: str, by: User, now: datetime, note: str = "") -> Receipt:
    """End a handed-over duty with its receiver's confirmation."""
    move_duty(duty, "receipt", now)
    return Receipt.objects.create(duty=duty, number=number, received_at=now, entered_by=by, note=note)


def open_duties(case: Case) -> list[Duty]:
    """Duties that still keep the case open, safety first."""
    return sorted(
        (duty for duty in duties_of_case(case) if duty.state in _OWED), key=lambda duty: (duty.kind not in SAFETY_DUTIES, duty.kind)
    )
