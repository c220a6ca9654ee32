"""INBOUND, second step: a person agrees or not, takes a case, passes it on, leaves a note."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Duty
from candour.cases.queries import place_of
from candour.core.states import CaseState, DutyState, RefusedMove
from candour.core.terms import RECEIPT_DUTIES, DutyKind
from candour.core.triage import Path, Triage
from candour.flows import receive, tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.listening import actions as listening
from candour.listening import queries as listening_queries
from candour.listening.models import Judgement, Post, PostFinding
from candour.listening.storing import Stored
from candour.people.models import User


def touch(case: Case, version: int) -> Case:
    """Lock the case for the reader's change; Stale when somebody else was faster."""
    try:
        return cases.touch(case, version)
    except cases.StaleVersion:
        last = case.happenings.select_related("by").order_by("-id").first()
        name = last.by.name if last else _("Somebody")
        raise Stale(_("%(name)s changed this case while you had it open. Nothing of yours was sent.") % {"name": name}) from None


def take_for_change(case: Case, version: int) -> Case:
    """Lock the open case for the reader's change; a closed one is refused."""
    touch(case, version)
    if case.state != CaseState.OPEN:
        raise Refusal(_("This case is closed."), remedy=_("Reopen it with a reason first."), status=409)
    return case


def judge_post(by: User, post: Post, answer: str, now: datetime, *, reason: str = "") -> Case | None:
    """Answer for a post in the queue: dismissed (with those alike), or made a case by hand."""
    version = post.versions.order_by("-number").select_related("post__source__account").first()
    ask_at(by, "case.triage", listening_queries.place_of(version), now)
    if answer not in ("dismissed", "case"):
        raise Refusal(_("A post is made a case or dismissed."), status=400)
    with acting(by, "post.judge", reason):
        locked = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("source", "source__account").get(pk=post.pk)
        if locked.judge_by is None and not locked.second_look and locked.judgements.filter(finding=None).exists():
            raise Stale(_("Somebody else has already judged this post."))
        if case := cases.open_case_with(locked):
            raise Stale(_("This post is part of case %(number)s already.") % {"number": case.number})
        listening.judge(locked, answer, by, now, reason=reason)
        return _case_by_hand(by, locked, now) if answer == "case" else None


def _case_by_hand(by: User, post: Post, now: datetime) -> Case:
    version = post.versions.order_by("-number").first()
    found = receive.judge(screening_release(), Stored.again(version, receive.heard_as(post)), post.source)
    owed = found.triage.owed or found.triage.noted
    rest = found.triage.noted if found.triage.owed else ()
    case = receive.case_for(by, post.source, replace(found, triage=Triage(Path.CASE, owed, rest)), now)
    for alike in Post.objects.filter(alike_to=post):
        cases.add_post(case, alike, "alike", now)
    return case


def judge_duty(by: User, case: Case, kind: str, agree: bool, version: int, now: datetime, *, reason: str = "") -> Duty:
    """Agree that a duty is owed, or say it is not so, with a reason. A safety duty once handed over is no longer ours to drop."""
    ask_at(by, "case.triage", place_of(case), now)
    if not agree and not reason.strip():
        raise Refusal(_("Say in a few words why it is not so."), status=400)
    with acting(by, "case.judge", reason):
        take_for_change(case, version)
        duty = duty_of(case, kind)
        if agree:
            _agree(by, case, duty, now)
        else:
            move_duty(duty, "dismiss", now, reason=reason)
            tell.duty("duty.dismiss", duty, by, now)
        _record_judgement(by, case, kind, agree, reason, now)
        cases.recount_clocks(case)
    return duty


def duty_of(case: Case, kind: str) -> Duty:
    """The case's duty of a kind, locked; refused when it owes no such thing."""
    try:
        return Duty.objects.select_for_update(no_key=True).get(case=case, kind=kind)
    except Duty.DoesNotExist:
        raise Refusal(_("This case owes no such duty."), status=404) from None


def move_duty(duty: Duty, step: str, now: datetime, *, reason: str = "") -> None:
    """A step of the duty's table; one that does not follow is refused in words."""
    try:
        cases.move_duty(duty, step, now, reason=reason)
    except RefusedMove:
        raise Refusal(_("This duty has gone on; reload the case to see where it stands."), status=409) from None


def _record_judgement(by: User, case: Case, kind: str, agree: bool, reason: str, now: datetime) -> None:
    answer, finding = ("agree" if agree else "not_so"), _finding_of(case, kind)
    Judgement.objects.create(post=case.post, finding=finding, duty=kind, answer=answer, reason=reason[:300], by=by, at=now)
    cases.tell(case, "judged", by, now, words=reason, duty=kind, agree=agree)


def _agree(by: User, case: Case, duty: Duty, now: datetime) -> None:
    if duty.state == DutyState.NOTED and duty.kind in RECEIPT_DUTIES:
        receive.owe(by, case, DutyKind(duty.kind), max(duty.score, 0.5), now)
        duty.refresh_from_db()


def _finding_of(case: Case, kind: str) -> PostFinding | None:
    """The surest finding of this kind in any post of the case."""
    return PostFinding.objects.filter(version__post__in=case.posts.values("post"), duty=kind).order_by("-score", "-id").first()


def assign(by: User, case: Case, to: User, version: int, now: datetime, *, reason: str = "") -> Case:
    """Give the case to somebody who may work on it; a hand-over to a colleague carries its reason."""
    ask_at(by, "case.assign", place_of(case), now)
    ask_for(to, case, now)
    with acting(by, "case.assign", reason):
        take_for_change(case, version)
        before, case.assignee = case.assignee_id, to
        case.save(update_fields=["assignee"])
        tell.case("case.assign", case, by, now, before=before)
        cases.tell(case, "assigned", by, now, words=reason, to=to.name)
    return case


def ask_for(person: User, case: Case, now: datetime) -> None:
    """Refuse to give a case to somebody who could not even see it."""
    try:
        ask_at(person, "case.see", place_of(case), now)
    except Refusal:
        raise Refusal(_("%(name)s holds no function for this market.") % {"name": person.name}, status=400) from None


def refuse_erased(case: Case) -> None:
    """Raise Refusal for a case whose key was destroyed: nothing can be added to words that nobody can read."""
    if not vault().holds(case.vault):
        raise Refusal(
            _("This case was erased; nothing can be added to it."), remedy=_("A new post of this person opens a new case."), status=409
        )


def add_note(by: User, case: Case, text: str, now: datetime) -> None:
    """A note for colleagues. It takes no version: two notes never harm each other."""
    ask_at(by, "case.triage", place_of(case), now)
    if not text.strip():
        raise Refusal(_("The note is empty."), status=400)
    refuse_erased(case)
    with acting(by, "case.note"):
        cases.tell(case, "note", by, now, words=text.strip())
