"""INBOUND, last steps: hand a duty to its owner, enter the receipt, close the case when it owes nothing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Duty, Receipt, Reply
from candour.cases.queries import evidence_of, place_of
from candour.core.clocks import local_day
from candour.core.signing import digest
from candour.core.states import CASE, DutyState, PublicationState, move
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind
from candour.flows import tell
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.office_hours import promise_of
from candour.flows.triage import duty_of, move_duty, refuse_erased, take_for_change, touch
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.people.models import User
from candour.people.prepared import Given, Prepared
from candour.people.queries import who_may
from candour.registry.queries import company
from candour.safety.models import HandOver

#: Who confirms which duty.
RECEIPT_ACT = {
    DutyKind.AE: "receipt.safety",
    DutyKind.SPECIAL_SITUATION: "receipt.safety",
    DutyKind.PQC: "receipt.quality",
    DutyKind.MIR: "receipt.medical",
}
RECEIPT_NUMBER = 60

_State = PublicationState
_ON_ITS_WAY = (_State.HELD.value, _State.SENDING.value, _State.UNKNOWN.value, _State.SENT.value)


def hand_over(by: User, case: Case, kind: str, version: int, now: datetime) -> HandOver:
    """Hand one duty to its owner with everything known; it stays open until the receipt. Handing over twice is refused."""
    ask_at(by, "case.hand_over", place_of(case), now)
    if kind not in RECEIPT_DUTIES:
        raise Refusal(_("This duty is ours; nobody takes it over."), status=400)
    with acting(by, "case.hand_over", kind):
        take_for_change(case, version)
        duty = duty_of(case, kind)
        if duty.state == DutyState.NOTED:
            move_duty(duty, "confirm", now)
        move_duty(duty, "hand_over", now)
        handed = _record(by, case, duty, now)
        cases.recount_clocks(case)
        tell.duty("duty.hand_over", duty, by, now)
        cases.tell(case, "handed_over", by, now, duty=kind, to=handed.recipient, digest=handed.digest[:12])
    return handed


def _record(by: User, case: Case, duty: Duty, now: datetime) -> HandOver:
    act = RECEIPT_ACT[DutyKind(duty.kind)]
    names = ", ".join(person.name for person, _deputy in who_may([act], place_of(case), now)[act])
    ours = company()
    address = ours.safety_recipient if ours and duty.kind in SAFETY_DUTIES else ""
    if not names and not address:
        raise Refusal(
            _("Nobody receives this duty for %(market)s.") % {"market": case.market.upper()},
            remedy=_("The centre of excellence names a receiver."),
            remedy_url=reverse("registry"),
        )
    report = vault().close(case.vault, json.dumps(report_of(case, duty, by, now), ensure_ascii=False))
    return HandOver.objects.create(
        duty=duty,
        recipient=(names or address)[:200],
        report_sealed=report,
        digest=digest(report),
        by=by,
        at=now,
        expected="receipt with the receiver's number",
    )


def report_of(case: Case, duty: Duty, by: User, now: datetime) -> dict[str, object]:
    """What the receiver gets: day 0, source, criteria with their words, and every capture, word for word."""
    captures = [kept.data for kept in evidence_of(case)]
    zone = promise_of(case.market, now).hours.timezone
    return {
        "case": case.number,
        "duty": duty.kind,
        "market": case.market,
        "product": case.product.name if case.product else "",
        "aware_at": case.aware_at.isoformat(),
        "aware_basis": case.aware_basis,
        "day0": {"date": local_day(case.aware_at, zone).isoformat(), "zone": zone},
        "handed_over_at": now.isoformat(),
        "handed_over_by": by.name,
        "criteria": _criteria(captures),
        "captures": captures,
    }


def _criteria(captures: list[dict[str, Any]]) -> dict[str, Any]:
    """Each criterion from the first capture in which it was found; where it was nowhere, what was looked for."""
    told: dict[str, Any] = {}
    for capture in captures:
        for name, answer in capture.get("criteria", {}).items():
            if name not in told or (answer["found"] and not told[name]["found"]):
                told[name] = answer
    return told


def enter_receipt(by: User, duty: Duty, number: str, version: int, now: datetime, *, note: str = "") -> Receipt:
    """The receiver confirms with a number; only the function that receives this duty may."""
    case, number = duty.case, number.strip()
    ask_at(by, RECEIPT_ACT.get(DutyKind(duty.kind), "receipt.safety"), place_of(case), now)
    if not number or len(number) > RECEIPT_NUMBER:
        why = _("A receipt has a number of 1 to %(most)s characters.") % {"most": RECEIPT_NUMBER}
        raise Refusal(why, remedy=_("Enter the number your system gave it."), status=400)
    with acting(by, "case.receipt", duty.kind):
        take_for_change(case, version)
        locked = duty_of(case, duty.kind)
        if locked.state != DutyState.HANDED_OVER:
            raise Refusal(_("This duty waits for no receipt."), status=409)
        receipt = cases.enter_receipt(locked, number, by, now, note[:300])
        cases.recount_clocks(case)
        tell.duty("duty.receipt", locked, by, now)
        cases.tell(case, "receipt", by, now, duty=duty.kind, number=receipt.number)
    return receipt


def close(by: User, case: Case, resolution: str, version: int, now: datetime) -> Case:
    """Close the case; refused while a duty lacks its receipt or the person still waits for the first reply."""
    ask_at(by, "case.close", place_of(case), now)
    with acting(by, "case.close", resolution):
        take_for_change(case, version)
        if owing := owes(case):
            raise Refusal(_("Closing needs %(what)s.") % {"what": ", ".join(owing)}, status=409)
        case.state = move(CASE, case.state, "close").value
        case.closed_at, case.closed_by, case.resolution = now, by, resolution[:40]
        case.save(update_fields=["state", "closed_at", "closed_by", "resolution"])
        tell.case("case.close", case, by, now)
        cases.tell(case, "closed", by, now, resolution=resolution[:40])
    return case


_LEAVING = Prepared(lambda: Reply.objects.filter(case=Given("case"), publication__state__in=_ON_ITS_WAY).values_list("pk")[:1])


def owes(case: Case) -> list[str]:
    """What stands between the case and its end, in words."""
    missing = [_duty_words(duty) for duty in cases.open_duties(case)]
    if case.service_due_at and case.service_met_at is None:
        missing.append(_("a first reply"))
    if _LEAVING.ask(case=case.pk):
        missing.append(_("the outcome of the reply on its way"))
    return missing


def _duty_words(duty: Duty) -> str:
    receivers = {
        "receipt.safety": _("the receipt from drug safety"),
        "receipt.quality": _("the receipt from quality"),
        "receipt.medical": _("the receipt from medical information"),
    }
    return receivers[RECEIPT_ACT[DutyKind(duty.kind)]]


def no_reply_needed(by: User, case: Case, reason: str, version: int, now: datetime) -> Case:
    """Stop the service clock without a reply, with the reason (the person asked nothing, or is no longer there)."""
    ask_at(by, "case.triage", place_of(case), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why no reply is owed."), status=400)
    with acting(by, "case.no_reply", reason):
        take_for_change(case, version)
        case.service_due_at = case.service_met_at = None
        cases.recount_clocks(case)
        cases.tell(case, "no_reply", by, now, words=reason)
    return case


def reopen(by: User, case: Case, version: int, now: datetime, reason: str) -> Case:
    """Open a closed case again, with the reason. Refused while this person has another open case in the same thread."""
    ask_at(by, "case.close", place_of(case), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    refuse_erased(case)
    with acting(by, "case.reopen", reason):
        cases.hold_conversation(case.person_key, case.thread)
        other = cases.open_case_of(case.person_key, case.thread)
        if other == case:
            raise Refusal(_("This case is open."), status=409)
        if other:
            raise Refusal(_("%(number)s of the same person is open; go on there.") % {"number": other.number}, status=409)
        touch(case, version)
        closed_by = case.closed_by_id
        case.state, case.closed_at, case.closed_by = move(CASE, case.state, "reopen").value, None, None
        case.save(update_fields=["state", "closed_at", "closed_by"])
        tell.case("case.reopen", case, by, now, before=closed_by)
        cases.tell(case, "reopened", by, now, words=reason)
    return case
