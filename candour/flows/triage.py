"""INBOUND, second step: a person agrees or not, takes a case, passes it on, leaves a note."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Duty
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind
from candour.core.triage import Path, Triage
from candour.flows import receive
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening.actions import Stored
from candour.listening.models import Judgement, Post
from candour.people.models import User


def take_for_change(case: Case, version: int) -> Case:
    """Lock the case for the reader's change; Stale when somebody else was faster."""
    try:
        cases.touch(case, version)
    except cases.StaleVersion:
        fresh = Case.objects.get(pk=case.pk)
        last = fresh.happenings.select_related("by").order_by("-id").first()
        name = last.by.name if last else _("Somebody")
        raise Stale(_("%(name)s changed this case while you had it open. Nothing of yours was sent.") % {"name": name}) from None
    if case.state != CaseState.OPEN:
        raise Refusal(_("This case is closed."), remedy=_("Reopen it with a reason first."), status=409)
    return case


def judge_post(by: User, post: Post, answer: str, now: datetime, *, reason: str = "") -> Case | None:
    """Answer for a post in the queue: dismissed (with those alike), or made a case by hand."""
    version = post.versions.order_by("-number").first()
    ask(by, "case.triage", version.market, now)
    if answer not in ("dismissed", "case"):
        raise Refusal(_("A post is made a case or dismissed."), status=400)
    with acting(by, "post.judge", reason):
        locked = Post.objects.select_for_update(of=("self",)).select_related("source", "source__account").get(pk=post.pk)
        if locked.judge_by is None and not locked.second_look and locked.judgements.filter(finding=None).exists():
            raise Stale(_("Somebody else has already judged this post."))
        listening.judge(locked, answer, by, now, reason=reason)
        return _case_by_hand(by, locked, now) if answer == "case" else None


def _case_by_hand(by: User, post: Post, now: datetime) -> Case:
    heard = receive.heard_as(post)
    version = post.versions.order_by("-number").first()
    item = receive.judge(screening_release(), Stored(post, version, heard, True), post.source)
    owed = item.triage.owed or item.triage.noted
    case = receive.case_for(by, post.source, receive.Judged(item.stored, item.screened, Triage(Path.CASE, owed, ())), now)
    for alike in Post.objects.filter(alike_to=post):
        cases.add_post(case, alike, "alike", now)
    return case


def judge_duty(by: User, case: Case, kind: str, agree: bool, version: int, now: datetime, *, reason: str = "") -> Duty:
    """Agree that a duty is owed, or say it is not so, with a reason. A safety duty once handed over is no longer ours to drop."""
    ask(by, "case.triage", case.market, now)
    with acting(by, "case.judge", reason):
        take_for_change(case, version)
        duty = Duty.objects.select_for_update().get(case=case, kind=kind)
        finding = _finding_of(case, kind)
        if agree:
            _agree(case, duty, now)
        else:
            if not reason.strip():
                raise Refusal(_("Say in a few words why it is not so."), status=400)
            cases.move_duty(duty, "dismiss", now, reason=reason)
        Judgement.objects.create(
            post=case.post, finding=finding, duty=kind, answer="agree" if agree else "not_so", reason=reason, by=by, at=now
        )
        cases.tell(case, "judged", by, now, words=reason, duty=kind, agree=agree)
        _stop_idle_clock(case, now)
        cases.recount_clocks(case)
    return duty


def _agree(case: Case, duty: Duty, now: datetime) -> None:
    if duty.state == DutyState.NOTED and duty.kind in RECEIPT_DUTIES:
        receive.owe(case, DutyKind(duty.kind), max(duty.score, 0.5), now)
        duty.refresh_from_db()


def _finding_of(case: Case, kind: str) -> object:
    version = case.post.versions.order_by("-number").first()
    return version.findings.filter(duty=kind).first() if version else None


def _stop_idle_clock(case: Case, now: datetime) -> None:
    """Without a safety duty left the safety clock has nothing to count."""
    owed = Duty.objects.filter(case=case, kind__in=SAFETY_DUTIES).exclude(state__in=(DutyState.DISMISSED, DutyState.NOTED))
    if case.safety_due_at and not owed.exists():
        case.safety_due_at = case.safety_met_at = None


def assign(by: User, case: Case, to: User, version: int, now: datetime, *, reason: str = "") -> Case:
    """Give the case to somebody who may work on it; a hand-over to a colleague carries its reason."""
    ask(by, "case.assign", case.market, now)
    ask_for(to, case, now)
    with acting(by, "case.assign", reason):
        take_for_change(case, version)
        case.assignee = to
        case.save(update_fields=["assignee"])
        cases.tell(case, "assigned", by, now, words=reason, to=to.name)
    return case


def ask_for(person: User, case: Case, now: datetime) -> None:
    """Refuse to give a case to somebody who could not even see it."""
    try:
        ask(person, "case.see", case.market, now)
    except Refusal:
        raise Refusal(_("%(name)s holds no function for this market.") % {"name": person.name}, status=400) from None


def add_note(by: User, case: Case, text: str, now: datetime) -> None:
    """A note for colleagues. It takes no version: two notes never harm each other."""
    ask(by, "case.triage", case.market, now)
    if not text.strip():
        raise Refusal(_("The note is empty."), status=400)
    with acting(by, "case.note"):
        cases.tell(case, "note", by, now, words=text.strip())
