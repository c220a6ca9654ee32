"""Source health: silence is shown with its expectation, what was recovered is said, and coverage is honest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factories
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from candour.core.rights import Function
from candour.core.states import SourceState
from candour.insight.source_queries import coverage, silent_since
from candour.journal.acting import acting
from candour.listening.models import Gap, Intake, Source
from candour.people.models import User

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)


@pytest.fixture
def lead(client: Client, db: None) -> User:
    factories.installation()
    factories.market("de")
    person = factories.person("Lena Osterkamp", Function.COE_LEAD)
    client.force_login(person)
    return person


def change(source: Source, **facts: object) -> Source:
    with acting(factories.founder(), "test"):
        for name, value in facts.items():
            setattr(source, name, value)
        source.save()
        return source


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("sources"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_silence_says_since_when_and_what_was_expected(client: Client, lead: User) -> None:
    change(factories.source("blue"), last_ok_at=factories.now() - timedelta(hours=1, minutes=34), expected_minutes=10)
    text = page(client)
    assert "1 source is silent beyond its expectation" in text and "expected every 10 m" in text and "Silent" in text


def test_the_providers_own_words_are_kept_and_harmless(client: Client, lead: User) -> None:
    change(factories.source("blue"), state=SourceState.RETRYING, problem="No answer.", provider_words='{"error":"<b>RateLimit</b>"}')
    text = page(client)
    assert "own words" in text
    assert "&lt;b&gt;RateLimit" in text and "<b>RateLimit" not in text


def test_not_connected_is_neither_silent_nor_calm(client: Client, lead: User) -> None:
    change(factories.source("blue"), state=SourceState.NOT_CONNECTED, last_ok_at=None)
    text = page(client)
    assert "Not connected" in text and "Poll now" not in text and "100 %" not in text


def test_a_back_filled_gap_says_how_many_of_about_how_many(client: Client, lead: User) -> None:
    source, now = factories.source("blue"), factories.now()
    with acting(factories.founder(), "test"):
        Gap.objects.create(source=source, opened_at=now - timedelta(days=9), closed_at=now - timedelta(days=8), why="quota", recovered=41,
                           expected_about=45, back_filled_at=now - timedelta(days=8))  # fmt: skip
        Gap.objects.create(source=source, opened_at=now - timedelta(hours=3), why="key expired")
        Gap.objects.create(source=source, opened_at=now - timedelta(days=90), closed_at=now - timedelta(days=80), why="too long ago")
    text = page(client)
    assert "41 of about 45" in text and "still open" in text and "too long ago" not in text
    assert text.index("key expired") < text.index("quota")


def test_another_markets_sources_are_not_there(client: Client, lead: User) -> None:
    factories.source("german-feed"), factories.source("french-feed", market_code="fr")
    client.force_login(factories.person("Jan", Function.COUNTRY_LEAD, markets=("de",)))
    text = page(client)
    assert "German feed" in text and "French feed" not in text


def test_who_looks_after_no_source_finds_no_screen(client: Client, lead: User) -> None:
    client.force_login(factories.person("Ben", Function.AUTHOR))
    assert client.get(reverse("sources")).status_code == 404


def test_poll_now_puts_one_job_before_the_worker(client: Client, lead: User) -> None:
    source = factories.source("blue")
    asked = [client.post(reverse("source-poll", args=["blue"])) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [302, 302]
    jobs = list(ProcrastinateJob.objects.filter(task_name="poll_source").values_list("args", flat=True))
    assert jobs == [{"source_id": source.pk, "asked_in": asked[0].headers["X-Request-ID"]}]
    assert "Asked" in page(client, asked="blue")


@pytest.mark.parametrize(
    ("function", "markets", "status"),
    [(Function.AUDITOR, ("",), 403), (Function.COMMUNITY_MANAGER, ("de",), 403), (Function.COE_LEAD, ("fr",), 404)],
)
def test_who_may_not_change_sources_starts_no_job(client: Client, lead: User, function, markets, status) -> None:
    factories.source("blue")
    client.force_login(factories.person("Reader", function, markets=markets))
    assert client.post(reverse("source-poll", args=["blue"])).status_code == status
    assert client.get(reverse("source-poll", args=["blue"])).status_code == 405
    assert not ProcrastinateJob.objects.filter(task_name="poll_source").exists()


def test_a_source_that_is_not_connected_is_not_polled(client: Client, lead: User) -> None:
    change(factories.source("blue"), state=SourceState.NOT_CONNECTED)
    assert client.post(reverse("source-poll", args=["blue"])).status_code == 409
    assert not ProcrastinateJob.objects.filter(task_name="poll_source").exists()


def test_coverage_on_the_page_counts_from_the_first_batch(client: Client, lead: User) -> None:
    source, now = factories.source("blue"), factories.now()
    with acting(factories.founder(), "test"):
        Intake.objects.create(source=source, at=now - timedelta(days=10), heard=0, stored=0, root="0" * 64)
        Gap.objects.create(source=source, opened_at=now - timedelta(days=6), closed_at=now - timedelta(days=5), why="x")
    assert "90.0 %" in page(client)


def gap(begins: int, ends: int | None, back_filled: bool = False) -> Gap:
    closed = None if ends is None else NOW - timedelta(hours=ends)
    return Gap(opened_at=NOW - timedelta(hours=begins), closed_at=closed, back_filled_at=closed if back_filled else None)


@pytest.mark.parametrize(
    ("gaps", "share"),
    [
        ([], 1.0),
        ([gap(10, None)], 0.9),
        ([gap(20, 10), gap(15, 5)], 0.85),
        ([gap(20, 10, back_filled=True)], 1.0),
        ([gap(500, 90)], 0.9),
        ([gap(500, None)], 0.0),
    ],
)
def test_coverage(gaps: list[Gap], share: float) -> None:
    assert coverage(gaps, NOW - timedelta(hours=100), NOW) == pytest.approx(share)


@given(st.lists(st.tuples(st.integers(0, 900), st.none() | st.integers(0, 900), st.booleans()), max_size=8))
def test_coverage_is_a_share_and_more_gaps_never_raise_it(spans: list[tuple[int, int | None, bool]]) -> None:
    gaps = [gap(*span) for span in spans]
    shares = [coverage(gaps[:n], NOW - timedelta(days=30), NOW) for n in range(len(gaps) + 1)]
    assert all(share is not None and -1e-9 <= share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("facts", "silent"),
    [
        ({}, False),
        ({"last_ok_at": NOW - timedelta(minutes=16)}, True),
        ({"last_ok_at": NOW - timedelta(days=9), "expected_minutes": 0}, False),
        ({"last_ok_at": NOW - timedelta(days=9), "state": SourceState.NOT_CONNECTED}, False),
    ],
)
def test_silent_only_beyond_the_expectation(facts: dict[str, object], silent: bool) -> None:
    source = Source(**({"state": SourceState.LISTENING, "last_ok_at": NOW - timedelta(minutes=14), "expected_minutes": 15} | facts))
    assert (silent_since(source, NOW) is not None) is silent
