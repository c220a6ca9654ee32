"""Findings to duties: what opens a case by itself, what waits for a person, what is only searchable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.terms import SAFETY_DUTIES, DutyKind, Finding
from candour.core.triage import OWED, QUEUE_THRESHOLD, SAFETY_THRESHOLD, Path, triage


def found(duty: DutyKind, score: float = 0.9) -> Finding:
    return Finding(duty, score, (), "why", "pack@1")


AE, PRAISE, SPAM, CRISIS, COMPLAINT, MIR = (
    DutyKind.AE,
    DutyKind.PRAISE,
    DutyKind.SPAM,
    DutyKind.CRISIS,
    DutyKind.COMPLAINT,
    DutyKind.MIR,
)


@pytest.mark.parametrize(
    ("findings", "ours", "named", "unscreened", "path", "owed"),
    [
        ([], True, True, False, Path.REST, set()),
        ([found(AE)], True, False, False, Path.CASE, {AE}),
        ([found(AE)], False, True, False, Path.CASE, {AE}),
        ([found(AE)], False, False, False, Path.JUDGE, set()),
        ([found(AE, QUEUE_THRESHOLD)], True, False, False, Path.CASE, {AE}),
        ([found(AE, 0.49)], True, False, False, Path.SECOND_LOOK, set()),
        ([found(AE, SAFETY_THRESHOLD)], True, False, False, Path.SECOND_LOOK, set()),
        ([found(AE, 0.34)], True, False, False, Path.REST, set()),
        ([found(MIR, 0.4)], True, True, False, Path.REST, set()),
        ([found(PRAISE)], True, True, False, Path.JUDGE, set()),
        ([found(SPAM)], True, True, False, Path.JUDGE, set()),
        ([found(CRISIS)], False, False, False, Path.CASE, {CRISIS}),
        ([found(COMPLAINT), found(PRAISE)], True, False, False, Path.CASE, {COMPLAINT}),
        ([], False, False, True, Path.JUDGE, set()),
        ([found(AE, 0.4)], False, False, True, Path.JUDGE, set()),
        ([found(AE), found(MIR)], True, True, True, Path.CASE, {AE, MIR}),
    ],
)
def test_where_a_post_goes(findings: list[Finding], ours: bool, named: bool, unscreened: bool, path: Path, owed: set[DutyKind]) -> None:
    answer = triage(findings, ours=ours, names_product=named, unscreened=unscreened)
    assert (answer.path, {finding.duty for finding in answer.owed}) == (path, owed)


_findings = st.lists(st.builds(found, st.sampled_from(DutyKind), st.floats(0, 1)), max_size=6)


@given(_findings, st.booleans(), st.booleans(), st.booleans())
def test_nothing_that_was_found_is_dropped_and_a_language_nobody_screens_is_seen(
    findings: list[Finding], ours: bool, named: bool, unscreened: bool
) -> None:
    answer = triage(findings, ours=ours, names_product=named, unscreened=unscreened)
    worth = [finding for finding in findings if finding.score >= SAFETY_THRESHOLD]
    assert sorted((*answer.owed, *answer.noted), key=repr) == sorted(worth, key=repr)
    assert (answer.path == Path.CASE) == bool(answer.owed)
    assert not unscreened or answer.path in (Path.CASE, Path.JUDGE)
    assert {finding.duty for finding in answer.owed} <= OWED
    if any(finding.duty in SAFETY_DUTIES and finding.score >= QUEUE_THRESHOLD for finding in findings):
        assert answer.path in (Path.CASE, Path.JUDGE), "a safety finding always has a person or a case"
