"""Everything one case page shows, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from candour.cases import queries as cases
from candour.cases.models import Case, Duty, Receipt
from candour.core.clocks import report_day
from candour.core.states import CaseState, DutyState, PublicationState
from candour.core.terms import RECEIPT_DUTIES, Severity
from candour.flows import reply as replies
from candour.flows.answers import Refusal
from candour.flows.gate import Answer, may_act_at
from candour.flows.hand_over import RECEIPT_ACT, owes
from candour.flows.office_hours import promise_of
from candour.people.rights import Held, Place, may
from candour.screening.checks import CheckResult
from candour.web.capture import GONE, Capture, from_evidence
from candour.web.clock_faces import Face, faces_of
from candour.web.hours_words import reply_hours
from candour.web.inbox import NOT_SO, DutyLine, duty_lines, rights_at
from candour.web.rule_words import in_words
from candour.web.timeline import RESOLUTIONS, Line, lines_of
from candour.web.words import quoted

#: Serious cases reach the authority by day 15 (GVP module VI, VI.B.7.1); shown so that the receiver's time is seen too.
AUTHORITY_DAYS = 15
SHOWN_CHOICES = 2
SHOWN = ("all", "public", "note")


class Owed(NamedTuple):
    """A line of "before this case can close": what, its state in words, and the receipt or the right to enter one."""

    duty: Duty
    receiver: str | Promise
    state: str
    receipt: Receipt | None
    may_enter: bool


class Check(NamedTuple):
    """One line of the live check: hue, icon and words."""

    hue: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Box:
    """The reply box: the cell, the templates, which one is chosen, and the gate.

    Where no reply can be built, `gate` says whether the reader may answer by hand.
    """

    options: replies.ReplyOptions | None
    why_none: str
    chosen: str
    checks: list[Check]
    gate: Answer | None = None

    @property
    def hold(self) -> int:
        """Seconds for which a reply waits and can be taken back."""
        return settings.HOLD_REPLY_SECONDS

    @property
    def numbered(self) -> list[tuple[int, replies.Choice]]:
        return list(enumerate(self.options.choices, start=1)) if self.options else []

    @property
    def first(self) -> list[tuple[int, replies.Choice]]:
        """The templates shown at once: those suggested for the duty, else the first that may be used."""
        usable = [(number, choice) for number, choice in self.numbered if choice.usable]
        return ([(n, c) for n, c in usable if c.suggested] or usable)[:SHOWN_CHOICES]

    @property
    def others(self) -> list[tuple[int, replies.Choice]]:
        shown = {number for number, _choice in self.first}
        return [(number, choice) for number, choice in self.numbered if number not in shown]

    @property
    def other_chosen(self) -> bool:
        return any(choice.message.key == self.chosen for _number, choice in self.others)


def capture_for(kept: Sequence[cases.Kept]) -> Capture:
    """The capture that proves most of the four criteria; among equals the first."""
    captures = [from_evidence(one.data) for one in kept if one.kind in ("post", "edit")]
    return max(captures, key=lambda one: one.found_count, default=GONE)


def owed_lines(case: Case, lines: Sequence[DutyLine], held: Sequence[Held]) -> list[Owed]:
    """Duties that end with a receipt, noted and dismissed ones left out."""
    receipts, answer = cases.receipts_of(case), []
    for line in lines:
        duty = line.duty
        if duty.kind not in RECEIPT_DUTIES or duty.state in (DutyState.NOTED, DutyState.DISMISSED):
            continue
        allowed = duty.state == DutyState.HANDED_OVER and may(held, RECEIPT_ACT[duty.kind], Place(case.market))
        answer.append(Owed(duty, line.receiver, duty.state, receipts.get(duty.kind), allowed))
    return answer


def check_lines(result: CheckResult, text: str) -> list[Check]:
    """The check of a reply in words: what objects, or that nothing does, and its length."""
    answer = [_check(finding) for finding in result.findings if not finding.exempted_by]
    if not answer:
        answer.append(Check("approved", "check", _("No rule objects (%(packs)s)") % {"packs": ", ".join(result.packs)}))
    length = len(text)
    return [*answer, Check("", "message", _("%(count)s characters") % {"count": length})]


def _check(finding: Any) -> Check:
    words = f"{in_words(finding.asks)} ({finding.rule})"
    if finding.severity == Severity.BLOCK:
        return Check("blocked", "ban", words)
    if finding.severity == Severity.ADVICE:
        return Check("", "info", words)
    return Check("review", "warning", words)


def checked(case: Case, text: str, now: datetime) -> list[Check]:
    """The live check of a text in this case; when no rules are active, that is said instead."""
    try:
        return check_lines(replies.checks(case, text, now), text)
    except Refusal as refusal:
        return [Check("review", "warning", refusal.why)]


def box_for(person: Any, case: Case, now: datetime, typed: Mapping[str, str]) -> Box:
    """The reply box for this reader; a refusal to build one says why."""
    if case.account is None:
        gate = may_act_at(person, "case.reply", cases.place_of(case), now)
        return Box(None, _("This was heard on a source we have no account on; answer there by hand."), "", [], gate)
    try:
        options = replies.options(person, case, now)
    except Refusal as refusal:
        return Box(None, refusal.why, "", [])
    usable = [choice for choice in options.choices if choice.usable]
    keys = [choice.message.key for choice in options.choices]
    chosen = typed.get("message", "")
    if chosen not in (*keys, "own"):
        chosen = usable[0].message.key if usable else "own"
    text = next((choice.text for choice in options.choices if choice.message.key == chosen), typed.get("text", ""))
    return Box(options, "", chosen, checked(case, text, now) if text else [])


def _chosen_line(lines: Sequence[DutyLine], kind: str) -> DutyLine | None:
    return next((line for line in lines if line.duty.kind == kind), lines[0] if lines else None)


def context(reader: Any, case: Case, asked: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, Any]:
    """The page's context. `asked`: the address (duty, show); `typed`: what the reader had written when an act was refused."""
    held, now = reader.held, reader.now
    kept = cases.evidence_of(case)
    capture, lines = capture_for(kept), lines_of(case, kept)
    duties = duty_lines(cases.duties_of_case(case), capture)
    chosen = _chosen_line(duties, asked.get("duty", "") or typed.get("kind", ""))
    owed, rights = owed_lines(case, duties, held), rights_at(held, Place(case.market))
    open_case, promise = case.state == CaseState.OPEN, promise_of(case.market, case.opened_at)
    receivers = _receivers(case, chosen, now)
    show = asked.get("show", "all") if asked.get("show") in SHOWN else "all"
    return {
        "case": case,
        "open_case": open_case,
        "headline": headline(capture, case),
        "faces": clocks(case, now),
        "capture": capture,
        "lines": [line for line in lines if show in ("all", line.group)],
        "counts": {"all": len(lines), "public": _number(lines, "public"), "note": _number(lines, "note")},
        "show": show,
        "held": next(
            (line.reply for line in reversed(lines) if line.reply and line.reply.publication.state == PublicationState.HELD), None
        ),
        "pending": any(line.pending for line in lines),
        "duties": duties,
        "chosen": chosen,
        "receivers": receivers,
        "authority_by": report_day(case.aware_at, AUTHORITY_DAYS, [promise.hours.timezone, *(one.timezone for one in receivers)]),
        "hours": reply_hours(case, promise),
        "owed": owed,
        "received": sum(one.receipt is not None for one in owed),
        "closing_needs": owes(case) if open_case else [],
        "box": box_for(reader.person, case, now, typed) if rights["reply"] and open_case else None,
        "rights": {name: allowed and open_case for name, allowed in rights.items()},
        "may_reopen": rights["close"] and not open_case,
        "people": cases.people_for(case, now) if rights["assign"] and open_case else [],
        "earlier": cases.earlier_cases(case, held)[:5],
        "others": cases.others_in([case.pk], reader.person, now).get(case.pk, []),
        "resolutions": RESOLUTIONS.items(),
        "not_so": NOT_SO,
        "typed": typed,
    }


def _receivers(case: Case, chosen: DutyLine | None, now: datetime) -> list[Any]:
    if chosen is None or chosen.duty.kind not in RECEIPT_ACT:
        return []
    return cases.people_for(case, now, RECEIPT_ACT[chosen.duty.kind])


def _number(lines: Sequence[Line], group: str) -> int:
    return sum(line.group == group for line in lines)


def clocks(case: Case, now: datetime) -> list[Face]:
    return faces_of(case, now)


def headline(capture: Capture, case: Case) -> str:
    """What the case is about, in the person's own words: the event, else the surest finding, and the product; at least the number."""
    event = next((one.words for one in capture.criteria if one.name == "event" and one.found), ())
    words = event or next((reason.words for reason in capture.reasons if reason.words), ())
    said = [quoted(", ".join(words[:2]))] if words else []
    return ", ".join([*said, case.product.name] if case.product else said) or case.number
