"""What a listening post hears is stored once, screened, and put where somebody answers for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.cases.models import Case, Duty
from candour.cases.queries import evidence_of
from candour.channels.base import Page
from candour.core.clocks import add_business_minutes
from candour.core.rights import Function
from candour.core.states import DutyState
from candour.core.terms import HeardPost
from candour.flows import hand_over, receive, triage
from candour.flows.answers import Stale
from candour.listening.models import Gap, Intake, Post, PostFinding, PostVersion, Source
from candour.listening.queries import second_look, to_judge
from candour.packs.calendars import business_calendar
from candour.packs.loader import load_market
from candour.people.rights import held_by
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
STORED = ("listening_post", "listening_postversion", "listening_postfinding", "listening_intake", "listening_source")


def queue(on: Ground) -> list[str]:
    """Remote ids of the posts that wait for the community manager."""
    return [version.post.remote_id for version in to_judge(held_by(on.community, NOW))]


def duties(case: Case, state: DutyState = DutyState.OPEN) -> set[str]:
    return set(case.duties.filter(state=state).values_list("kind", flat=True))


# once, whatever is repeated

_TEXTS = (g.MOTHER, g.QUESTION, g.PRAISE, g.CLEAN, g.UNSCREENED, f"{g.HEADACHE} Und Schwindel.")
_posts = st.builds(
    lambda number, text, author: g.heard(_TEXTS[text], f"p{number}", author=f"author-{number}" if author else "", thread=f"t{number % 2}"),
    st.integers(0, 3),
    st.integers(0, len(_TEXTS) - 1),
    st.booleans(),
)
_pages = st.lists(st.lists(_posts, min_size=1, max_size=4), min_size=1, max_size=4)


def _told(on: Ground, pages: list[list[HeardPost]]) -> tuple[list[object], ...]:
    """The end state after these pages: versions, findings, cases with their duties and posts, rows of the queue."""
    with transaction.atomic():
        for number, page in enumerate(pages):
            receive.take_in(on.listener, Source.objects.get(pk=on.source.pk), Page(tuple(page), str(number)), NOW)
        versions = sorted(PostVersion.objects.values_list("post__remote_id", "digest", "number"))
        found = sorted(PostFinding.objects.values_list("version__digest", "duty", "score"))
        cases = sorted((case.thread, case.person_key, sorted(duties(case)), _posts_of(case)) for case in Case.objects.all())
        answer = (versions, found, cases, sorted(queue(on)))
        transaction.set_rollback(True)
    return answer


def _posts_of(case: Case) -> list[tuple[str, str]]:
    return sorted(case.posts.values_list("post__remote_id", "kind"))


@given(pages=_pages, again=st.lists(st.integers(0, 3), max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_heard_again_change_nothing(ground: Ground, pages: list[list[HeardPost]], again: list[int]) -> None:
    repeated = pages + [pages[number % len(pages)] for number in again]
    once: dict[tuple[str, str], HeardPost] = {}
    for post in (post for page in pages for post in page):
        once.setdefault((post.remote_id, post.text), post)
    assert _told(ground, repeated) == _told(ground, [[post] for post in once.values()])


def test_what_comes_later_in_the_same_page_is_no_original(ground: Ground) -> None:
    receive.take_in(ground.listener, ground.source, Page((g.heard(g.QUESTION, "p1", thread="t1"),), "1"), NOW)
    page = (g.heard(g.MOTHER, "p0", thread="t0"), g.heard(g.MOTHER, "p1", thread="t1"))
    receive.take_in(ground.listener, ground.source, Page(page, "2"), NOW)
    assert {case.thread: _posts_of(case) for case in Case.objects.all()}["t0"] == [("p0", "said")]


def test_counts_of_an_intake_add_up(ground: Ground) -> None:
    page = (g.heard(g.CLEAN, "a"), g.heard(g.CLEAN, "a"), g.heard(g.PRAISE, "a"), g.heard(g.CLEAN, "b"))
    intake = receive.take_in(ground.listener, ground.source, Page(page, "1"), NOW, refused=2, name="a file")
    assert (intake.heard, intake.stored, intake.known, intake.refused) == (6, 3, 1, 2)
    intake = receive.take_in(ground.listener, ground.source, Page(page, "2"), NOW)
    assert (intake.heard, intake.stored, intake.known) == (4, 0, 4)
    assert PostVersion.objects.filter(post__remote_id="a").count() == 2, "both texts heard in one page are kept"


def test_who_may_not_hear_or_import_stores_nothing(ground: Ground) -> None:
    page = Page((g.heard(g.MOTHER, "a"),), "1")
    g.refused(lambda: receive.take_in(ground.publisher, ground.source, page, NOW), *STORED, *g.CASES)
    g.refused(lambda: receive.take_in(ground.author, ground.source, page, NOW), *STORED, *g.CASES)


def test_a_page_that_fails_half_way_leaves_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "capture", lambda _item: 1 / 0)
    page = Page((g.heard(g.CLEAN, "a"), g.heard(g.MOTHER, "b")), "1")
    with g.nothing_changed(*STORED, *g.CASES), pytest.raises(ZeroDivisionError), transaction.atomic():
        receive.take_in(ground.listener, ground.source, page, NOW)


# who and where


def test_an_edit_joins_its_case_and_both_texts_are_kept(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a"))
    g.hear(ground, g.heard(f"{g.HEADACHE} Nachtrag: auch Ausschlag.", "a"), now=NOW + timedelta(hours=1))
    assert Case.objects.get() == case
    assert [kept.kind for kept in evidence_of(case)] == ["post", "edit"]
    assert case.happenings.filter(kind="edited").count() == 1


def test_an_edit_that_tells_of_a_side_effect_opens_a_case_from_when_it_could_be_read(ground: Ground) -> None:
    g.hear(ground, g.heard(g.CLEAN, "a", at=NOW - timedelta(days=9)), now=NOW - timedelta(hours=2))
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=NOW - timedelta(days=9)), now=NOW)
    assert (case.aware_at, case.born_late) == (NOW - timedelta(hours=2), "")


def test_an_edit_into_a_language_nobody_screens_goes_before_a_person(ground: Ground) -> None:
    g.hear(ground, g.heard(g.CLEAN, "a"))
    g.hear(ground, g.heard(g.UNSCREENED, "a"))
    assert queue(ground) == ["a"]


def test_a_deletion_is_kept_in_the_case_and_opens_nothing_new(ground: Ground) -> None:
    (case, _clean) = g.hear(ground, g.heard(g.HEADACHE, "a"), g.heard(g.CLEAN, "b", author="B"))
    page = Page((), "2", removed=("a", "b", "never-heard"))
    receive.take_in(ground.listener, ground.source, page, NOW + timedelta(hours=1))
    receive.take_in(ground.listener, ground.source, page, NOW + timedelta(hours=2))
    assert [kept.data["deleted"] for kept in evidence_of(case)] == [False, True]
    assert (Case.objects.count(), Post.objects.count(), PostVersion.objects.filter(deleted=True).count()) == (1, 2, 2)


def test_anonymous_authors_are_different_people(ground: Ground) -> None:
    first, second = g.hear(ground, g.heard(g.HEADACHE, "a", author=""), g.heard(g.QUESTION, "b", author=" "))
    assert first != second
    assert first.person_key != second.person_key


def test_two_people_in_one_thread_are_two_cases(ground: Ground) -> None:
    first, second = g.hear(ground, g.heard(g.HEADACHE, "a", author="Anna"), g.heard(g.QUESTION, "b", author="Bert"))
    assert (first.thread, second.thread, first == second) == ("fragen", "fragen", False)


def test_the_same_person_in_one_thread_is_one_case_and_in_two_threads_two(ground: Ground) -> None:
    first, again, other = g.hear(
        ground, g.heard(g.HEADACHE, "a"), g.heard(g.QUESTION, "b"), g.heard(f"Noch etwas: {g.QUESTION}", "c", thread="tagebuch")
    )
    assert (first == again, first == other) == (True, False)
    assert duties(first) == {"AE", "MIR"}


def test_what_a_person_adds_without_any_finding_is_not_lost_to_the_case(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a"))
    g.hear(ground, g.heard("Das war am Montag.", "b"))
    assert [kept.data["text"] for kept in evidence_of(case)] == [g.HEADACHE, "Das war am Montag."]
    assert _posts_of(case) == [("a", "said"), ("b", "said")]


def test_23_reposts_are_one_case(ground: Ground) -> None:
    posts = [g.heard(f"{g.MOTHER} #{number}", f"p{number}", author=f"a{number}", thread=f"t{number}") for number in range(24)]
    g.hear(ground, *posts[:9])
    g.hear(ground, *posts[9:])
    case = Case.objects.get()
    assert (case.alike, case.posts.filter(kind="alike").count(), queue(ground)) == (23, 23, [])


def test_a_repost_that_says_more_owes_more(ground: Ground) -> None:
    long = f"{g.HEADACHE} Das geht jetzt jeden Tag so, morgens und abends, und ich weiß nicht mehr weiter damit"
    g.hear(ground, g.heard(long, "a", author="Anna", thread="t1"))
    g.hear(ground, g.heard(f"{long}. Die Packung war offen und die Tabletten zerbrochen!", "b", author="Bert", thread="t2"))
    case = Case.objects.get()
    assert (duties(case), case.alike, len(evidence_of(case))) == ({"AE", "PQC"}, 1, 2)


def test_a_closed_case_swallows_no_repost(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.QUESTION + " Das wüsste ich gern vor dem Wochenende, danke.", "a", author="Anna"))
    triage.judge_duty(ground.community, case, "MIR", False, case.version, NOW, reason="answered elsewhere")
    case = hand_over.no_reply_needed(ground.community, case, "answered elsewhere", case.version, NOW)
    hand_over.close(ground.community, case, "not_ours", case.version, NOW)
    (second,) = g.hear(ground, g.heard(g.QUESTION + " Das wüsste ich gern vor dem Wochenende, danke.", "b", author="Bert"))
    assert (second is not None, second != case, duties(second)) == (True, True, {"MIR"})


def test_a_corpus_post_alike_swallows_no_comment_of_ours(ground: Ground) -> None:
    corpus = factories.source("corpus", kind="file", ours=False)
    text = "Seit der neuen Tablette habe ich schrecklichen Ausschlag an beiden Armen und weiß nicht weiter."
    (nothing,) = g.hear(ground, g.heard(text, "a", author="Anna"), source=corpus)
    (case,) = g.hear(ground, g.heard(text, "b", author="Bert"))
    assert (nothing, duties(case)) == (None, {"AE"})


def test_a_dismissed_first_stands_for_its_reposts_when_nothing_is_owed(ground: Ground) -> None:
    praise = "Danke für das schöne Tagebuch, ganz toll gemacht, es hilft meiner ganzen Familie sehr!"
    g.hear(ground, g.heard(praise, "a", author="Anna", thread="t1"), g.heard(praise, "b", author="Bert", thread="t2"))
    assert queue(ground) == ["a"]
    triage.judge_post(ground.community, g.post_of(ground.source, "a"), "dismissed", NOW)
    g.hear(ground, g.heard(praise, "c", author="Cem", thread="t3"))
    assert (queue(ground), Post.objects.get(remote_id="a").alike) == ([], 2)


# what goes where


def test_a_post_without_findings_makes_no_row(ground: Ground) -> None:
    corpus = factories.source("corpus", kind="file", ours=False)
    for source in (ground.source, corpus):
        assert g.hear(ground, g.heard(g.CLEAN, "a"), source=source) == [None]
    assert (Case.objects.count(), queue(ground), Post.objects.count()) == (0, [], 2)


def test_a_language_without_a_pack_goes_before_a_person_whatever_its_source_says(ground: Ground) -> None:
    g.hear(
        ground,
        g.heard(g.UNSCREENED, "a", lang="el"),
        g.heard("Kiitos paljon tästä lääkkeestä, mutta siitä ei ollut minulle mitään hyötyä", "b", author="B", lang=""),
    )
    assert queue(ground) == ["a", "b"]
    assert set(PostVersion.objects.values_list("unscreened", flat=True)) == {True}


@pytest.mark.parametrize("text", [g.PRAISE, g.SPAM])
def test_praise_and_spam_start_no_safety_clock(ground: Ground, text: str) -> None:
    g.hear(ground, g.heard(text, "a", lang="de" if text == g.PRAISE else "en"))
    assert (Case.objects.count(), queue(ground)) == (0, ["a"])
    case = triage.judge_post(ground.community, g.post_of(ground.source, "a"), "case", NOW)
    assert (case.safety_due_at, duties(case)) == (None, set())


def test_between_the_thresholds_drug_safety_looks_a_second_time(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    found = factories.finding(g.CLEAN, "Wetter", score=0.4)
    real = receive.screen_page
    monkeypatch.setattr(receive, "screen_page", lambda release, posts: [_with(one, found) for one in real(release, posts)])
    assert g.hear(ground, g.heard(g.CLEAN, "a")) == [None]
    assert [version.post.remote_id for version in second_look(held_by(ground.safety, NOW))] == ["a"]


def _with(screened: object, finding: object) -> object:
    return replace(screened, findings=(finding,))


def test_elsewhere_only_what_names_a_product_of_ours_opens_a_case(ground: Ground) -> None:
    elsewhere = factories.source("a-forum", kind="feed", ours=False)
    named, unnamed = g.hear(
        ground,
        g.heard(g.HEADACHE, "a", author="A"),
        g.heard("Seit der neuen Tablette habe ich schrecklichen Ausschlag.", "b", author="B"),
        source=elsewhere,
    )
    assert (duties(named), unnamed, queue(ground)) == ({"AE"}, None, ["b"])
    assert (named.aware_at, named.aware_basis) == (NOW, "heard")


# clocks


def test_day_0_is_when_it_could_be_read_not_when_we_polled(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=NOW - timedelta(hours=3)))
    assert (case.aware_at, case.aware_basis, case.born_late) == (NOW - timedelta(hours=3), "readable", "")
    assert case.safety_due_at == NOW + timedelta(hours=21)


def test_back_filled_after_nine_days_a_case_is_born_late_and_says_by_how_much(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=NOW - timedelta(days=9)))
    assert (case.aware_at, case.safety_due_at) == (NOW - timedelta(days=9), NOW - timedelta(days=8))
    assert int(case.born_late) == 8 * 24 * 60


def test_the_first_reply_is_due_by_the_markets_office_hours(ground: Ground) -> None:
    pack = load_market("de")
    friday_night = NOW.replace(day=13, hour=21)
    (case,) = g.hear(ground, g.heard(g.QUESTION, "a", at=friday_night), now=friday_night)
    due = add_business_minutes(friday_night, pack.clocks.service_first_reply_minutes, business_calendar(pack.calendar))
    assert (case.service_due_at, due > friday_night + timedelta(days=2)) == (due, True)


def test_a_side_effect_told_later_counts_from_its_own_post(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.QUESTION, "a", at=NOW - timedelta(days=5)), now=NOW - timedelta(days=5))
    assert case.safety_due_at is None
    g.hear(ground, g.heard(g.HEADACHE, "b", at=NOW - timedelta(hours=1)))
    case.refresh_from_db()
    assert (case.aware_at, case.safety_due_at) == (NOW - timedelta(hours=1), NOW + timedelta(hours=23))


def test_a_question_after_the_answer_wants_an_answer_again(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.QUESTION, "a"))
    hand_over.no_reply_needed(ground.community, case, "told on the phone", case.version, NOW)
    g.hear(ground, g.heard("Danke!", "b"))
    case.refresh_from_db()
    assert case.service_due_at is None, "thanks want no answer"
    g.hear(ground, g.heard(f"Und: {g.QUESTION} Bitte bald.", "c"))
    case.refresh_from_db()
    assert (case.service_due_at > NOW, case.service_met_at) == (True, None)


# the queue


def test_two_people_judge_one_post_and_the_second_is_told(ground: Ground) -> None:
    g.hear(ground, g.heard(g.PRAISE, "a"))
    post = g.post_of(ground.source, "a")
    g.refused(lambda: triage.judge_post(ground.author, post, "dismissed", NOW), "listening_post", "listening_judgement")
    g.refused(lambda: triage.judge_post(ground.community, post, "maybe", NOW), "listening_post", "listening_judgement")
    triage.judge_post(ground.community, post, "dismissed", NOW)
    for answer in ("case", "dismissed"):
        g.refused(lambda answer=answer: triage.judge_post(ground.safety, post, answer, NOW), *g.CASES, "listening_judgement", kind=Stale)


def test_a_post_that_has_its_case_is_not_made_one_again(ground: Ground) -> None:
    g.hear(ground, g.heard(g.HEADACHE, "a"))
    post = g.post_of(ground.source, "a")
    refusal = g.refused(lambda: triage.judge_post(ground.community, post, "case", NOW), *g.CASES, kind=Stale)
    assert Case.objects.get().number in refusal.why


def test_a_case_by_hand_takes_the_posts_alike_along(ground: Ground) -> None:
    praise = "Danke für das schöne Tagebuch, ganz toll gemacht, es hilft meiner ganzen Familie sehr!"
    g.hear(ground, *[g.heard(praise, f"p{number}", author=f"a{number}", thread=f"t{number}") for number in range(3)])
    first = to_judge(held_by(ground.community, NOW)).get()
    case = triage.judge_post(ground.community, first.post, "case", NOW)
    assert (case.posts.count(), Case.objects.get().alike, queue(ground)) == (3, 2, [])


def test_findings_are_counted_per_version_once(ground: Ground) -> None:
    g.hear(ground, g.heard(g.MOTHER, "a"))
    g.hear(ground, g.heard(g.MOTHER, "a"))
    assert Counter(PostFinding.objects.values_list("duty", flat=True)) == {"AE": 1, "MIR": 1}
    assert Intake.objects.count() == 2


def test_a_person_takes_in_what_they_may_import(ground: Ground) -> None:
    corpus = factories.source("corpus", kind="file", ours=False)
    receive.take_in(ground.community, corpus, Page((g.heard(g.CLEAN, "a"),), ""), NOW)
    assert Post.objects.filter(source=corpus).exists()
    lead = g.somebody("Frida France", Function.COMMUNITY_MANAGER, markets=("fr",))
    g.refused(lambda: receive.take_in(lead, corpus, Page((g.heard(g.CLEAN, "b"),), ""), NOW), *STORED)


def test_clean_posts_cost_the_same_queries_for_ten_and_for_a_hundred(ground: Ground) -> None:
    g.hear(ground, g.heard(g.CLEAN, "first"))
    costs = []
    for size in (10, 100):
        posts = tuple(g.heard(f"{g.CLEAN} {size}/{number}", f"{size}-{number}", author=f"{size}-{number}") for number in range(size))
        with CaptureQueriesContext(connection) as asked:
            receive.take_in(ground.listener, ground.source, Page(posts, str(size)), NOW)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_no_gap_and_no_duty_without_a_reason(ground: Ground) -> None:
    g.hear(ground, g.heard(g.CLEAN, "a"))
    assert not Gap.objects.exists()
    assert not Duty.objects.exists()
