"""A duty goes to its owner with everything known and ends with the owner's receipt; a case that owes anything is not closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction

from candour.cases.models import Case, Duty
from candour.cases.queries import receipts_of
from candour.channels.base import Page
from candour.core.rights import Function
from candour.core.states import CaseState, DutyState
from candour.flows import hand_over, receive, triage
from candour.flows.answers import Stale
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.people.actions import give, set_deputy
from candour.people.models import Grant
from candour.registry.models import Company
from candour.safety.models import HandOver
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW


@pytest.fixture
def case(ground: Ground) -> Case:
    (case,) = g.hear(ground, g.heard(g.MOTHER, "c1", author="Anna"))
    return case


def duty(case: Case, kind: str = "AE") -> Duty:
    return Duty.objects.get(case=case, kind=kind)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_the_receiver_gets_every_capture_and_each_criterion_from_where_it_was_told(ground: Ground, case: Case) -> None:
    g.hear(ground, g.heard("Rufen Sie mich an: anna.b@mail.example", "c2", author="Anna"))
    case = fresh(case)
    handed = hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    report = json.loads(vault().open(case.vault, bytes(handed.report_sealed)))
    assert [capture["text"] for capture in report["captures"]] == [g.MOTHER, "Rufen Sie mich an: anna.b@mail.example"]
    assert (report["criteria"]["reporter"]["found"], report["criteria"]["event"]["found"]) == (True, True)
    assert (report["aware_at"], report["handed_over_by"]) == (case.aware_at.isoformat(), "Mira Castellane")
    assert b"Tochter" not in bytes(handed.report_sealed)
    assert handed.recipient == "Dr Ines Falkenrath"


def test_handing_over_twice_or_what_is_not_owed_is_refused(ground: Ground, case: Case) -> None:
    by = ground.community
    hand_over.hand_over(by, case, "AE", case.version, NOW)
    for kind in ("AE", "PQC", "PRAISE", "nonsense"):
        g.refused(lambda kind=kind: hand_over.hand_over(by, fresh(case), kind, fresh(case).version, NOW), *g.CASES)
    assert HandOver.objects.count() == 1


def test_the_safety_clock_stands_when_the_last_safety_duty_is_handed_over(ground: Ground, case: Case) -> None:
    g.hear(ground, g.heard("Und die Packung Zovellark war offen, die Tabletten zerbrochen.", "c2", author="Anna"))
    later = NOW + timedelta(hours=1)
    hand_over.hand_over(ground.community, case, "AE", fresh(case).version, NOW)
    assert fresh(case).safety_met_at is None
    triage.judge_duty(ground.community, case, "PQC", False, fresh(case).version, later, reason="she meant another pack")
    assert fresh(case).safety_met_at == NOW, "nothing is left to hand over, so the clock stands where the last one went"


def test_a_dismissed_last_safety_duty_ends_its_clock(ground: Ground, case: Case) -> None:
    g.refused(lambda: triage.judge_duty(ground.community, case, "AE", False, fresh(case).version, NOW, reason=" "), *g.CASES)
    triage.judge_duty(ground.community, case, "AE", False, fresh(case).version, NOW, reason="about a film")
    assert (fresh(case).safety_due_at, duty(case).state, duty(case).reason) == (None, DutyState.DISMISSED, "about a film")
    g.refused(lambda: hand_over.hand_over(ground.community, case, "AE", fresh(case).version, NOW), *g.CASES)


def test_a_duty_handed_over_is_no_longer_ours_to_drop(ground: Ground, case: Case) -> None:
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    g.refused(lambda: triage.judge_duty(ground.community, case, "AE", False, fresh(case).version, NOW, reason="no"), *g.CASES)
    g.refused(lambda: triage.judge_duty(ground.community, case, "PQC", True, fresh(case).version, NOW), *g.CASES)


def test_without_a_receiver_nothing_is_handed_over(ground: Ground, case: Case) -> None:
    with acting(factories.founder(), "test"):
        Grant.objects.filter(function=Function.MEDICAL_INFORMATION).update(valid_to=NOW)
        Grant.objects.filter(function=Function.DRUG_SAFETY).update(valid_to=NOW)
    refusal = g.refused(lambda: hand_over.hand_over(ground.community, case, "MIR", case.version, NOW), *g.CASES)
    assert "Nobody receives" in refusal.why
    assert hand_over.hand_over(ground.community, fresh(case), "AE", fresh(case).version, NOW).recipient == "safety@hollinqvist.example"
    with acting(factories.founder(), "test"):
        Company.objects.update(safety_recipient="")


@pytest.mark.parametrize("number", ["", "  ", "x" * 61])
def test_a_receipt_has_a_number_that_fits(ground: Ground, case: Case, number: str) -> None:
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    g.refused(lambda: hand_over.enter_receipt(ground.safety, duty(case), number, fresh(case).version, NOW), *g.CASES)


def test_a_receipt_comes_from_the_function_that_received_the_duty(ground: Ground, case: Case) -> None:
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    version = fresh(case).version
    for wrong in (ground.community, ground.quality, ground.information, ground.lead):
        g.refused(lambda wrong=wrong: hand_over.enter_receipt(wrong, duty(case), "1", version, NOW), *g.CASES)
    hand_over.enter_receipt(ground.safety, duty(case), " HQ-1 ", version, NOW)
    g.refused(lambda: hand_over.enter_receipt(ground.safety, duty(case), "HQ-2", fresh(case).version, NOW), *g.CASES)
    g.refused(lambda: hand_over.enter_receipt(ground.information, duty(case, "MIR"), "M", fresh(case).version, NOW), *g.CASES)
    assert duty(case).receipts.get().number == "HQ-1"


def test_closing_names_everything_that_is_missing_and_the_database_agrees(ground: Ground, case: Case) -> None:
    refusal = g.refused(lambda: hand_over.close(ground.community, case, "answered", case.version, NOW), *g.CASES)
    for words in ("drug safety", "medical information", "first reply"):
        assert words in refusal.why
    with pytest.raises(DatabaseError, match="no receipt"), transaction.atomic(), acting(ground.lead, "by hand"):
        Case.objects.filter(pk=case.pk).update(state=CaseState.CLOSED)


def ended(on: Ground, case: Case, now: object = NOW) -> Case:
    for kind in ("AE", "MIR"):
        triage.judge_duty(on.community, case, kind, False, fresh(case).version, now, reason="not so")
    hand_over.no_reply_needed(on.community, case, "phoned", fresh(case).version, now)
    return hand_over.close(on.community, case, "not_ours", fresh(case).version, now)


def test_a_closed_case_is_reopened_with_a_reason_and_by_nobody_twice(ground: Ground, case: Case) -> None:
    open_version = case.version
    g.refused(lambda: hand_over.reopen(ground.community, case, open_version, NOW, "why not"), *g.CASES)
    ended(ground, case)
    seen = fresh(case).version
    g.refused(lambda: hand_over.reopen(ground.community, fresh(case), seen, NOW, ""), *g.CASES)
    g.refused(lambda: hand_over.reopen(ground.community, fresh(case), seen - 1, NOW, "more came"), *g.CASES, kind=Stale)
    hand_over.reopen(ground.community, fresh(case), seen, NOW, "more came")
    g.refused(lambda: hand_over.reopen(ground.community, fresh(case), seen, NOW, "more came"), *g.CASES)
    assert (fresh(case).state, fresh(case).closed_at) == (CaseState.OPEN, None)


def test_a_case_is_not_reopened_beside_another_of_the_same_person(ground: Ground, case: Case) -> None:
    ended(ground, case)
    (second,) = g.hear(ground, g.heard(g.QUESTION, "c2", author="Anna"))
    refusal = g.refused(lambda: hand_over.reopen(ground.community, fresh(case), fresh(case).version, NOW, "more"), *g.CASES)
    assert second.number in refusal.why


ACTS: dict[str, Callable[[Ground, Case], object]] = {
    "hand over": lambda on, case: hand_over.hand_over(on.author, case, "AE", case.version, NOW),
    "close": lambda on, case: hand_over.close(on.author, case, "answered", case.version, NOW),
    "reopen": lambda on, case: hand_over.reopen(on.author, case, case.version, NOW, "because"),
    "no reply": lambda on, case: hand_over.no_reply_needed(on.author, case, "because", case.version, NOW),
    "judge": lambda on, case: triage.judge_duty(on.author, case, "AE", True, case.version, NOW),
    "assign": lambda on, case: triage.assign(on.author, case, on.community, case.version, NOW),
    "note": lambda on, case: triage.add_note(on.author, case, "a note", NOW),
    "assign to somebody who sees nothing": lambda on, case: triage.assign(on.community, case, on.author, case.version, NOW),
    "empty note": lambda on, case: triage.add_note(on.community, case, "  ", NOW),
}


@pytest.mark.parametrize("name", ACTS)
def test_refused_acts_on_a_case_change_nothing(ground: Ground, case: Case, name: str) -> None:
    g.refused(lambda: ACTS[name](ground, case), *g.CASES, "cases_evidence")


STALE: dict[str, Callable[[Ground, Case, int], object]] = {
    "hand over": lambda on, case, seen: hand_over.hand_over(on.community, case, "AE", seen, NOW),
    "close": lambda on, case, seen: hand_over.close(on.community, case, "answered", seen, NOW),
    "no reply": lambda on, case, seen: hand_over.no_reply_needed(on.community, case, "because", seen, NOW),
    "judge": lambda on, case, seen: triage.judge_duty(on.community, case, "AE", True, seen, NOW),
    "assign": lambda on, case, seen: triage.assign(on.community, case, on.safety, seen, NOW),
}


@pytest.mark.parametrize("name", STALE)
def test_the_second_writer_is_told_who_was_faster_and_changes_nothing(ground: Ground, case: Case, name: str) -> None:
    seen = case.version
    triage.assign(ground.safety, case, ground.safety, seen, NOW)
    refusal = g.refused(lambda: STALE[name](ground, case, seen), *g.CASES, kind=Stale)
    assert "Dr Ines Falkenrath" in refusal.why


def test_notes_are_sealed_and_never_collide(ground: Ground, case: Case) -> None:
    seen = case.version
    triage.add_note(ground.community, case, "Mutter klingt besorgt.", NOW)
    triage.add_note(ground.safety, case, "Danke.", NOW)
    assert fresh(case).version == seen
    note = case.happenings.filter(kind="note").first()
    assert b"besorgt" not in bytes(note.sealed)
    assert vault().open(case.vault, bytes(note.sealed)) == "Mutter klingt besorgt."


@pytest.mark.parametrize(
    ("brand", "account", "may"), [("zovellark", "", True), ("mivrantel", "", False), ("", "newsroom-de", True), ("", "other", False)]
)
def test_a_grant_for_one_brand_or_account_reaches_no_other_case(ground: Ground, case: Case, brand: str, account: str, may: bool) -> None:
    someone = g.somebody("Bea Brand")
    with acting(factories.founder(), "test"):
        give(someone, Function.COMMUNITY_MANAGER, by=factories.founder(), at=g.SINCE, market="de", brand=brand, account=account)
    acts = [
        lambda: triage.add_note(someone, case, "a note", NOW),
        lambda: hand_over.hand_over(someone, fresh(case), "AE", fresh(case).version, NOW),
    ]
    for act in acts:
        if may:
            act()
        else:
            g.refused(act, *g.CASES)


def test_the_deputy_of_drug_safety_enters_the_receipt_while_they_are_away(ground: Ground, case: Case) -> None:
    deputy = g.somebody("Dr Paul Ende")
    with acting(factories.founder(), "test"):
        set_deputy(ground.safety, deputy, away_from=NOW, away_to=NOW + timedelta(days=1))
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    before = NOW - timedelta(seconds=1)
    g.refused(lambda: hand_over.enter_receipt(deputy, duty(case), "1", fresh(case).version, before), *g.CASES)
    assert hand_over.enter_receipt(deputy, duty(case), "1", fresh(case).version, NOW).entered_by == deputy


# what is told after the hand-over


def _confirmed(on: Ground, case: Case) -> None:
    hand_over.hand_over(on.community, case, "AE", case.version, NOW)
    hand_over.enter_receipt(on.safety, duty(case), "HQ-1", fresh(case).version, NOW)


def test_what_the_person_tells_after_the_receipt_is_handed_over_too(ground: Ground, case: Case) -> None:
    _confirmed(ground, case)
    later = NOW + timedelta(days=3)
    g.hear(ground, g.heard(f"{g.HEADACHE} Jetzt liegt sie im Krankenhaus.", "c2", author="Anna", at=later), now=later)
    assert (duty(case).state, fresh(case).safety_due_at, fresh(case).safety_met_at) == (DutyState.OPEN, later + timedelta(hours=24), None)
    assert fresh(case).aware_at == case.aware_at, "day 0 of the case stays"
    assert receipts_of(fresh(case)) == {}, "the first receipt does not stand for what came later"
    refusal = g.refused(lambda: hand_over.close(ground.community, fresh(case), "answered", fresh(case).version, later), *g.CASES)
    assert "drug safety" in refusal.why
    handed = hand_over.hand_over(ground.community, fresh(case), "AE", fresh(case).version, later)
    assert "Krankenhaus" in vault().open(case.vault, bytes(handed.report_sealed))
    hand_over.enter_receipt(ground.safety, duty(case), "HQ-2", fresh(case).version, later)
    assert [receipt.number for receipt in duty(case).receipts.order_by("pk")] == ["HQ-1", "HQ-2"]
    assert (receipts_of(fresh(case))["AE"].number, fresh(case).safety_met_at) == ("HQ-2", later)


def test_a_new_post_after_not_so_is_judged_anew(ground: Ground, case: Case) -> None:
    triage.judge_duty(ground.community, case, "AE", False, case.version, NOW, reason="about a film")
    g.hear(ground, g.heard(g.HEADACHE, "c2", author="Anna"))
    assert (duty(case).state, duty(case).reason) == (DutyState.OPEN, "")
    assert fresh(case).safety_due_at is not None


def test_a_deletion_a_repost_and_a_bare_word_open_nothing_again(ground: Ground, case: Case) -> None:
    _confirmed(ground, case)
    receive.take_in(ground.listener, ground.source, Page((), "9", removed=("c1",)), NOW)
    g.hear(ground, g.heard(f"{g.MOTHER} Bei uns auch!", "c3", author="Bert", thread="tagebuch"))
    g.hear(ground, g.heard("Danke.", "c4", author="Anna"))
    assert (duty(case).state, len(fresh(case).posts.all())) == (DutyState.RECEIPTED, 3)
