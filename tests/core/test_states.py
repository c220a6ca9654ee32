"""Every pair of state and step of every table: allowed exactly where the promise says so, refused everywhere else."""

from __future__ import annotations

from enum import StrEnum

import pytest

from candour.core import states
from candour.core.states import (
    CASE,
    CLAIM,
    DRAFT,
    DUTY,
    EXTENSION,
    MAIL,
    NOTE,
    PUBLICATION,
    SEAL,
    STEP,
    CaseState,
    ClaimState,
    DraftState,
    DutyState,
    ExtensionState,
    MailState,
    Moves,
    NoteState,
    PublicationState,
    RefusedMove,
    SealState,
    StepState,
    move,
)

#: What may follow what, written down a second time and by another reading: state, the steps from it, where each leads.
PROMISED: dict[str, tuple[Moves, type[StrEnum], dict[str, dict[str, str]]]] = {
    "duty": (
        DUTY,
        DutyState,
        {
            "noted": {"confirm": "open", "dismiss": "dismissed"},
            "open": {"hand_over": "handed_over", "dismiss": "dismissed"},
            "handed_over": {"receipt": "receipted", "hear_more": "open"},
            "receipted": {"hear_more": "open"},
            "dismissed": {"hear_more": "open"},
        },
    ),
    "case": (CASE, CaseState, {"open": {"close": "closed"}, "closed": {"reopen": "open"}}),
    "draft": (
        DRAFT,
        DraftState,
        {
            "writing": {"submit": "in_review", "withdraw": "withdrawn"},
            "changes": {"submit": "in_review", "withdraw": "withdrawn"},
            "in_review": {"ask_changes": "changes", "edit": "changes", "complete": "signed", "reject": "rejected", "withdraw": "withdrawn"},
        },
    ),
    "seal": (
        SEAL,
        SealState,
        {
            "waiting": {"look": "looking", "sign": "signed", "ask_changes": "changes", "reject": "rejected", "void": "void"},
            "looking": {"sign": "signed", "ask_changes": "changes", "reject": "rejected", "void": "void"},
            "changes": {"void": "void"},
            "signed": {"void": "void"},
            "kept": {"void": "void"},
        },
    ),
    "note": (
        NOTE,
        NoteState,
        {
            "open": {"answer": "answered", "resolve": "resolved"},
            "answered": {"answer": "answered", "resolve": "resolved", "reopen": "open"},
            "resolved": {"reopen": "open"},
        },
    ),
    "mail": (
        MAIL,
        MailState,
        {"waiting": {"send": "sending"}, "sending": {"sent": "sent", "not_sent": "waiting", "fail": "failed", "lose_sight": "unknown"}},
    ),
    "publication": (
        PUBLICATION,
        PublicationState,
        {
            "held": {"take_back": "taken_back", "send": "sending", "hold_back": "waiting"},
            "waiting": {"release": "held", "take_back": "taken_back"},
            "by_hand": {"take_back": "taken_back", "state": "stated"},
            "sending": {"not_sent": "held", "sent": "sent", "lose_sight": "unknown", "fail": "failed"},
            "unknown": {"send": "sending", "sent": "sent", "fail": "failed"},
            "failed": {"send": "sending"},
            "sent": {"seen_equal": "live", "seen_other": "drifted", "take_down": "taking_down", "gone": "taken_down"},
            "live": {"seen_equal": "live", "seen_other": "drifted", "take_down": "taking_down", "gone": "taken_down"},
            "drifted": {"seen_equal": "live", "seen_other": "drifted", "take_down": "taking_down", "gone": "taken_down"},
            "taking_down": {"take_down": "taking_down", "not_down": "sent", "gone": "taken_down"},
            "stated": {"gone": "taken_down"},
        },
    ),
    "claim": (
        CLAIM,
        ClaimState,
        {
            "draft": {"approve": "approved", "withdraw": "withdrawn"},
            "approved": {"replace": "replaced", "withdraw": "withdrawn"},
            "replaced": {"withdraw": "withdrawn"},
        },
    ),
    "extension": (EXTENSION, ExtensionState, {"asked": {"grant": "granted", "refuse": "refused"}}),
    "step": (
        STEP,
        StepState,
        {
            "todo": {"do": "done", "skip": "not_needed", "ask": "with_person"},
            "with_person": {"do": "done", "skip": "not_needed", "leave": "left"},
        },
    ),
}

PAIRS = [
    (name, state.value, step)
    for name, (table, of, _promised) in PROMISED.items()
    for state in of
    for step in sorted({step for _state, step in table} | {"", "delete"})
]


@pytest.mark.parametrize(("name", "state", "step"), PAIRS)
def test_a_step_leads_where_it_was_promised_or_is_refused(name: str, state: str, step: str) -> None:
    table, _of, promised = PROMISED[name]
    expected = promised.get(state, {}).get(step)
    if expected is None:
        with pytest.raises(RefusedMove, match=f"“{step}” does not follow “{state}”"):
            move(table, state, step)
    else:
        assert move(table, state, step) == expected


def test_no_table_is_left_out() -> None:
    tables = [name for name, value in vars(states).items() if name.isupper() and isinstance(value, dict)]
    assert sorted(tables) == sorted(name.upper() for name in PROMISED)


@pytest.mark.parametrize(("name", "ends"), [("draft", {"signed", "rejected", "withdrawn"}), ("seal", {"rejected", "void"})])
def test_what_has_ended_stays_ended(name: str, ends: set[str]) -> None:
    table, of, _promised = PROMISED[name]
    assert {state.value for state in of} - {state.value for state, _step in table} == ends


def test_a_handed_over_duty_ends_by_nothing_but_its_receipt() -> None:
    assert {after for (state, step), after in DUTY.items() if state == DutyState.HANDED_OVER and step != "hear_more"} == {
        DutyState.RECEIPTED
    }
    assert [state for (state, step), after in DUTY.items() if after == DutyState.RECEIPTED] == [DutyState.HANDED_OVER]


def test_an_ended_duty_is_open_again_by_nothing_but_hearing_more() -> None:
    ended = (DutyState.RECEIPTED, DutyState.DISMISSED)
    assert {(step, after) for (state, step), after in DUTY.items() if state in ended} == {("hear_more", DutyState.OPEN)}


def test_nothing_becomes_live_without_having_been_seen() -> None:
    assert {step for (_state, step), after in PUBLICATION.items() if after == PublicationState.LIVE} == {"seen_equal"}


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(RefusedMove):
        move(CASE, "no such state", "close")
