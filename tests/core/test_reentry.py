"""Who is asked again: whoever a change concerns, and always somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.reentry import CONCERNS, EVERYBODY, changed_parts, concerned, reentry
from candour.core.review import ReviewRole

M, L, R = ReviewRole.MEDICAL, ReviewRole.LEGAL, ReviewRole.REGULATORY
PARTS = st.sets(
    st.sampled_from([*CONCERNS, "text", "title", "links", "pages", "check", "alt_text", "media", "audience", "market", "new_part"])
)
ROLES = st.lists(st.sampled_from(ReviewRole), unique=True, min_size=1)


@given(ROLES, st.dictionaries(st.sampled_from(ReviewRole), PARTS))
def test_somebody_is_always_asked_and_nobody_is_lost(roles: list[ReviewRole], since: dict[ReviewRole, set[str]]) -> None:
    answer = reentry(roles, since)
    assert answer.ask
    assert sorted([*answer.ask, *answer.keep]) == sorted(roles)
    for role in answer.keep:
        assert role in since, "who never signed has nothing that stands"
        assert role not in concerned(since[role])


@pytest.mark.parametrize("part", ["text", "title", "links", "alt_text", "media", "pages", "check", "audience", "market", "lang", "product"])
def test_words_and_what_they_lead_to_concern_everybody(part: str) -> None:
    assert concerned([part]) == EVERYBODY
    assert reentry([M, L, R], {M: [part], L: [part]}).keep == ()


def test_a_part_nobody_thought_of_concerns_everybody() -> None:
    assert concerned(["something_new"]) == EVERYBODY


def test_another_time_does_not_ask_medicine_again() -> None:
    assert reentry([M, L, R], {M: ["valid_until"], L: ["valid_until"], R: ["valid_until"]}) == ((L, R), (M,))


def test_nothing_changed_asks_only_who_had_not_signed() -> None:
    assert reentry([M, L, R], {M: [], R: []}) == ((L,), (M, R))


def test_when_all_signatures_would_stand_everybody_is_asked() -> None:
    assert reentry([M, L], {M: [], L: []}) == ((M, L), ())


def test_a_page_counts_by_what_it_showed_and_not_by_when_it_was_fetched() -> None:
    page = {"address": "https://a.example", "digest": "1", "fetched_at": "2026-11-01T00:00:00Z"}
    later, other = page | {"fetched_at": "2026-11-02T00:00:00Z"}, page | {"digest": "2"}
    assert changed_parts({"pages": [page]}, {"pages": [later]}) == frozenset()
    assert changed_parts({"pages": [page]}, {"pages": [other]}) == {"pages"}


def test_a_part_that_an_older_form_lacks_equals_an_empty_one() -> None:
    assert changed_parts({"v": 1, "text": "a"}, {"v": 2, "text": "a", "pages": [], "valid_from": ""}) == frozenset()
    assert changed_parts({"v": 1, "text": "a"}, {"v": 2, "text": "a", "check": {"digest": "1"}}) == {"check"}
