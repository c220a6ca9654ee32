"""Silence of a source is recorded, ends when it answers, and says what was recovered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from candour.channels.base import ChannelError, Page
from candour.core.states import SourceState
from candour.flows import listen
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening.models import Gap, Intake, Post, Source

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW


@dataclass
class FakeSource:
    """Answers what the test says, one per poll; after that nothing new. `cursors` are what it was asked with."""

    answers: list[object] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    closed: int = 0

    def poll(self, cursor: str) -> Page:
        self.cursors.append(cursor)
        answer = self.answers.pop(0) if self.answers else Page((), cursor)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1


@contextmanager
def hearing(*answers: object) -> Iterator[FakeSource]:
    fake = FakeSource(list(answers))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listen, "channel_of_source", lambda _source: fake)
        yield fake


def silent() -> ChannelError:
    return ChannelError("x.example did not answer.", permanent=False, provider_words="timed out")


def poll(on: Ground, minutes: int, *answers: object) -> FakeSource:
    with hearing(*answers) as fake:
        listen.poll(on.listener, on.source.pk, NOW + timedelta(minutes=minutes))
    return fake


def source() -> Source:
    return Source.objects.get()


def test_a_failing_source_opens_a_gap_after_its_interval_and_closes_it_back_filled(ground: Ground) -> None:
    last_ok = source().last_ok_at
    poll(ground, 5, silent())
    assert (source().state, source().problem, Gap.objects.count()) == (SourceState.RETRYING, "x.example did not answer.", 0)
    poll(ground, 16, silent())
    poll(ground, 21, silent())
    gap = Gap.objects.get()
    assert (gap.opened_at, gap.closed_at, gap.why) == (last_ok, None, "x.example did not answer.")
    first = Page((g.heard(g.CLEAN, "a"), g.heard(g.PRAISE, "b", author="B")), "1", more=True)
    fake = poll(ground, 300, first, Page((g.heard(g.HEADACHE, "c", author="C"),), "2"))
    gap.refresh_from_db()
    assert (gap.closed_at, gap.back_filled_at, gap.recovered) == (NOW + timedelta(minutes=300), NOW + timedelta(minutes=300), 3)
    assert (source().state, source().problem, source().cursor, fake.closed) == (SourceState.LISTENING, "", "2", 1)
    assert fake.cursors == ["", "1"]


def test_a_permanent_fault_stops_the_source_with_its_reason_until_somebody_polls_it(ground: Ground) -> None:
    poll(ground, 1, ChannelError("The token is over; its owner renews it.", permanent=True, provider_words="401 expired"))
    stopped = source()
    assert (stopped.state, stopped.problem, stopped.provider_words) == (
        SourceState.STOPPED,
        "The token is over; its owner renews it.",
        "401 expired",
    )
    assert Gap.objects.get().closed_at is None
    assert listen.due(NOW + timedelta(days=1)) == []
    poll(ground, 90)
    assert (source().state, Gap.objects.get().back_filled_at is not None) == (SourceState.LISTENING, True)


def test_silence_that_nobody_polled_is_noticed_once(ground: Ground) -> None:
    assert listen.notice_silence(ground.listener, NOW + timedelta(minutes=10)) == 0
    assert listen.notice_silence(ground.listener, NOW + timedelta(minutes=15)) == 1
    with g.nothing_changed("listening_gap", "listening_source"):
        assert listen.notice_silence(ground.listener, NOW + timedelta(minutes=16)) == 0
    assert "15 minutes" in Gap.objects.get().why


def test_a_silence_of_ours_is_written_down_when_it_ends(ground: Ground) -> None:
    poll(ground, 120, Page((g.heard(g.CLEAN, "a"),), "1"))
    gap = Gap.objects.get()
    assert (gap.opened_at, gap.closed_at, gap.recovered) == (NOW - timedelta(seconds=20), NOW + timedelta(minutes=120), 1)
    assert "did not listen" in gap.why


def test_what_a_channel_says_can_no_longer_be_heard_is_a_gap_that_stays_unfilled(ground: Ground) -> None:
    poll(ground, 1, Page((g.heard(g.CLEAN, "a"),), "1", gap="Posts before 10:00 are gone."))
    gap = Gap.objects.get()
    assert (gap.why, gap.closed_at, gap.back_filled_at) == ("Posts before 10:00 are gone.", NOW + timedelta(minutes=1), None)


def test_an_answer_without_news_is_a_heartbeat_and_no_intake(ground: Ground) -> None:
    before = Entry.objects.count()
    poll(ground, 5)
    assert (source().last_ok_at, Intake.objects.count()) == (NOW + timedelta(minutes=5), 0)
    assert Entry.objects.count() == before, "a heartbeat fills no journal"


def test_a_repeated_poll_from_an_old_cursor_stores_nothing_twice(ground: Ground) -> None:
    page = Page((g.heard(g.HEADACHE, "a"),), "1")
    poll(ground, 1, page)
    poll(ground, 2, page)
    assert (Post.objects.count(), [intake.known for intake in Intake.objects.order_by("id")]) == (1, [0, 1])


def test_a_source_is_due_three_times_in_its_interval_and_our_own_newsroom_at_once(ground: Ground) -> None:
    own = source()
    own.last_try_at = NOW
    assert (listen.every(own), listen.every(Source(kind="feed", expected_minutes=15))) == (timedelta(seconds=5), timedelta(minutes=5))


def test_a_source_that_is_only_read_from_files_says_so_and_stops(ground: Ground) -> None:

    with acting(ground.lead, "test"):
        Source.objects.update(kind="file")
    listen.poll(ground.listener, ground.source.pk, NOW)
    assert source().state == SourceState.STOPPED
