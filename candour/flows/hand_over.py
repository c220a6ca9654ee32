"""INBOUND, last steps: hand a duty to its owner, enter the receipt, close the case when it owes nothing."""

from __future__ import annotations

import json
from datetime import datetime

from django.utils.translation import gettext as _

from candour.cases import actions as cases
from candour.cases.models import Case, Duty, Evidence, Receipt
from candour.core.signing import digest
from candour.core.states import CASE, CaseState, DutyState, move
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind
from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.flows.triage import take_for_change
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.people.models import User
from candour.people.rights import Place, holders
from candour.registry.queries import company
from candour.safety.models import HandOver

#: Who confirms which duty.
RECEIPT_ACT = {
    DutyKind.AE: "receipt.safety",
    DutyKind.SPECIAL_SITUATION: "receipt.safety",
    DutyKind.PQC: "receipt.quality",
    DutyKind.MIR: "receipt.medical",
}


def hand_over(by: User, case: Case, kind: str, version: int, now: datetime) -> HandOver:
    """Hand one duty to its owner with everything known; it stays open until the receipt. Handing over twice is refused."""
    ask(by, "case.hand_over", case.market, now)
    if kind not in RECEIPT_DUTIES:
        raise Refusal(_("This duty is ours; nobody takes it over."), status=400)
    with acting(by, "case.hand_over", kind):
        take_for_change(case, version)
        duty = _duty(case, kind)
        if duty.state == DutyState.NOTED:
            cases.move_duty(duty, "confirm", now)
        if duty.state != DutyState.OPEN:
            raise Refusal(_("This duty was handed over before."), status=409)
        cases.move_duty(duty, "hand_over", now)
        handed = _record(by, case, duty, now)
        if kind in SAFETY_DUTIES and not _still_open(case):
            case.safety_met_at = now
        cases.recount_clocks(case)
        cases.tell(case, "handed_over", by, now, duty=kind, to=handed.recipient, digest=handed.digest[:12])
    return handed


def _duty(case: Case, kind: str) -> Duty:
    try:
        return Duty.objects.select_for_update().get(case=case, kind=kind)
    except Duty.DoesNotExist:
        raise Refusal(_("This case owes no such duty."), status=404) from None


def _still_open(case: Case) -> bool:
    return Duty.objects.filter(case=case, kind__in=SAFETY_DUTIES, state=DutyState.OPEN).exists()


def _record(by: User, case: Case, duty: Duty, now: datetime) -> HandOver:
    names = ", ".join(person.name for person in holders(RECEIPT_ACT[DutyKind(duty.kind)], Place(case.market), now))
    place = company()
    address = place.safety_recipient if place and duty.kind in SAFETY_DUTIES else ""
    if not names and not address:
        raise Refusal(
            _("Nobody receives this duty for %(market)s.") % {"market": case.market.upper()},
            remedy=_("The centre of excellence names a receiver."),
            remedy_url="/registry/",
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
    captures = [
        json.loads(vault().open(case.vault, bytes(row.sealed))) for row in Evidence.objects.filter(case=case).order_by("captured_at", "id")
    ]
    return {
        "case": case.number,
        "duty": duty.kind,
        "market": case.market,
        "product": case.product.name if case.product else "",
        "aware_at": case.aware_at.isoformat(),
        "aware_basis": case.aware_basis,
        "handed_over_at": now.isoformat(),
        "handed_over_by": by.name,
        "criteria": captures[0]["criteria"] if captures else {},
        "captures": captures,
    }


def enter_receipt(by: User, duty: Duty, number: str, version: int, now: datetime, *, note: str = "") -> Receipt:
    """The receiver confirms with a number; only the function that receives this duty may."""
    case = duty.case
    ask(by, RECEIPT_ACT.get(DutyKind(duty.kind), "receipt.safety"), case.market, now)
    if not number.strip():
        raise Refusal(_("A receipt has a number."), remedy=_("Enter the number your system gave it."), status=400)
    with acting(by, "case.receipt", duty.kind):
        take_for_change(case, version)
        locked = _duty(case, duty.kind)
        if locked.state != DutyState.HANDED_OVER:
            raise Refusal(_("This duty waits for no receipt."), status=409)
        receipt = cases.enter_receipt(locked, number.strip(), by, now, note)
        cases.recount_clocks(case)
        cases.tell(case, "receipt", by, now, duty=duty.kind, number=receipt.number)
    return receipt


def close(by: User, case: Case, resolution: str, version: int, now: datetime) -> Case:
    """Close the case; refused while a duty lacks its receipt or the person still waits for the first reply."""
    ask(by, "case.close", case.market, now)
    with acting(by, "case.close", resolution):
        take_for_change(case, version)
        if owing := owes(case):
            raise Refusal(_("Closing needs %(what)s.") % {"what": ", ".join(owing)}, status=409)
        case.state = move(CASE, case.state, "close").value
        case.closed_at, case.closed_by, case.resolution = now, by, resolution[:40]
        case.save()
        cases.tell(case, "closed", by, now, resolution=resolution[:40])
    return case


def owes(case: Case) -> list[str]:
    """What stands between the case and its end, in words."""
    missing = [_duty_words(duty) for duty in cases.open_duties(case)]
    if case.service_due_at and case.service_met_at is None:
        missing.append(_("a first reply"))
    return missing


def _duty_words(duty: Duty) -> str:
    receivers = {
        "receipt.safety": _("the receipt from drug safety"),
        "receipt.quality": _("the receipt from quality"),
        "receipt.medical": _("the receipt from medical information"),
    }
    return receivers[RECEIPT_ACT[DutyKind(duty.kind)]] if duty.kind in RECEIPT_DUTIES else duty.kind


def no_reply_needed(by: User, case: Case, reason: str, version: int, now: datetime) -> Case:
    """Stop the service clock without a reply, with the reason (the person asked nothing, or is no longer there)."""
    ask(by, "case.triage", case.market, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why no reply is owed."), status=400)
    with acting(by, "case.no_reply", reason):
        take_for_change(case, version)
        case.service_due_at = case.service_met_at = None
        cases.recount_clocks(case)
        cases.tell(case, "no_reply", by, now, words=reason)
    return case


def reopen(by: User, case: Case, version: int, now: datetime, reason: str) -> Case:
    """Open a closed case again, with the reason."""
    ask(by, "case.close", case.market, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    with acting(by, "case.reopen", reason):
        if not Case.objects.filter(pk=case.pk, version=version, state=CaseState.CLOSED).exists():
            raise Refusal(_("This case is open."), status=409)
        cases.touch(case, version)
        case.state, case.closed_at, case.closed_by = move(CASE, case.state, "reopen").value, None, None
        case.save()
        cases.tell(case, "reopened", by, now, words=reason)
    return case
