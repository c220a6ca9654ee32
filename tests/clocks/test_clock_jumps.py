"""Clocks that are wrong or set: only the database's clock dates what people and machines do, and no round is skipped or doubled."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate import periodic
from procrastinate import worker as library_worker
from procrastinate.contrib.django import app

import candour
from candour.cases.models import Case, Duty, Happening
from candour.channels.base import ChannelError, Page
from candour.core.states import PublicationState, SourceState
from candour.flows import listen, publish, reply
from candour.flows.doors import channel_of_source
from candour.journal.acting import acting, database_now
from candour.journal.models import Entry, Signature
from candour.listening.models import Gap, Source
from candour.messages.models import Publication
from candour.project import clock_checks, jobs
from candour.project.rounds import SteadyDeferrer, keep_steady
from tests.flows import ground as g
from tests.flows.test_listen import hearing, poll
from tests.flows.test_sending import FakeChannel, going_to

if TYPE_CHECKING:
    from tests.flows.ground import Ground

NOW, State = g.NOW, PublicationState
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMPS = [-3 * DAY, -HOUR, HOUR, 3 * DAY]


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs give their connection back; here it carries the test's own transaction."""
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)


@contextmanager
def machine_off_by(jump: timedelta) -> Iterator[None]:
    """The clock of this machine (web or worker) is wrong; the database's is not."""
    with time_machine.travel(datetime.now(UTC) + jump):
        yield


def is_now(at: datetime | None) -> bool:
    return at is not None and abs(database_now() - at) < MINUTE


# the clock of the web and of the worker


@pytest.mark.parametrize("jump", JUMPS)
def test_what_a_person_does_is_dated_by_the_database(ground: Ground, client: Client, jump: timedelta) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=database_now()), now=database_now())
    g.live_article(ground)
    with machine_off_by(jump):
        client.force_login(ground.community)
        assert client.post(f"/cases/{case.number}/hand-over/", {"version": case.version, "kind": "AE"}).status_code == 302
        assert client.get(f"/cases/{case.number}/").status_code == 200
    case = Case.objects.get(pk=case.pk)
    assert is_now(case.safety_met_at)
    assert is_now(Duty.objects.get(case=case, kind="AE").handed_over_at)
    assert is_now(Happening.objects.filter(case=case).latest("pk").at)
    assert is_now(Entry.objects.latest("pk").at)
    assert is_now(Signature.objects.latest("pk").at)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_question_in_the_newsroom_is_dated_by_the_database_and_heard_in_time(ground: Ground, client: Client, jump: timedelta) -> None:
    g.live_article(ground)
    with machine_off_by(jump):
        told = {"text": g.HEADACHE, "author": "Anna", "form_token": f"token{jump.days}"}
        assert client.post("/newsroom/newsroom-de/fragen/", told).status_code == 302
        assert jobs.poll_source(ground.source.pk) == 1
    case = Case.objects.get()
    assert is_now(case.opened_at)
    assert is_now(case.aware_at)
    assert (case.born_late, case.safety_due_at) == ("", case.aware_at + timedelta(hours=24))
    assert is_now(Source.objects.get(pk=ground.source.pk).last_ok_at)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_hold_ends_by_the_databases_clock_and_by_no_other(ground: Ground, jump: timedelta) -> None:
    now = database_now()
    (case,) = g.hear(ground, g.heard(g.MOTHER, "a", at=now), now=now)
    g.live_article(ground, now=now)
    held = reply.send(ground.community, case, g.template(ground, now=now), case.version, now).publication
    with going_to(FakeChannel([])) as channel, machine_off_by(jump):
        assert (jobs.send_due(0), channel.sent) == (0, []), "not before its time, however far ahead the worker is"
        g.forge("UPDATE approval_publication SET due_at = %s", now - timedelta(seconds=1))
        assert jobs.send_due(0) == 1
        assert jobs.send_due(0) == 0
    held.refresh_from_db()
    assert (len(channel.sent), held.state, is_now(held.sent_at)) == (1, State.LIVE, True)


def test_each_step_of_a_long_round_is_dated_when_it_begins(ground: Ground) -> None:
    """A round that waits for slow places must not date its last publication so early that it passes for interrupted."""
    publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW)
    with going_to(FakeChannel([ChannelError("x.example did not answer.", permanent=False)])):
        publish.send_due(ground.publisher, NOW, clock=lambda: NOW + 5 * MINUTE)
    publication.refresh_from_db()
    assert publication.sending_since == NOW + 5 * MINUTE


@pytest.mark.parametrize("jump", JUMPS)
def test_what_a_feed_does_not_date_is_dated_by_the_database(ground: Ground, jump: timedelta) -> None:
    feed = Source(kind="feed", settings={"url": "http://127.0.0.1/feed"})
    with machine_off_by(jump):
        assert is_now(channel_of_source(feed)._clock())


@pytest.mark.parametrize(("jump", "words"), [(3 * DAY + MINUTE, "3 d 0 h ahead of"), (-HOUR - MINUTE / 2, "1 h 00 m behind")])
def test_the_doctor_says_when_a_machines_clock_is_off(ground: Ground, jump: timedelta, words: str) -> None:
    assert clock_checks.clock_fault() is None
    with machine_off_by(jump):
        assert words in (clock_checks.clock_fault() or "")


#: Reads of a clock of the machine that date nothing people rely on, with the reason.
ALLOWED = {
    "channels/base.py": "the default of whoever uses a channel outside Candour; the flows hand in the database's clock",
    "web/imports.py": "the age of files on this very machine",
    "project/bench": "measures machines",
    "project/clock_checks.py": "compares it with the database's",
}
_CLOCKS = {"now", "today", "utcnow", "localdate", "utc_now"}


def test_nothing_else_reads_the_machines_clock() -> None:
    root = Path(candour.__file__).parent
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted(root.rglob("*.py"))
        if not any(path.relative_to(root).as_posix().startswith(place) for place in ALLOWED)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _reads_clock(node)
    ]
    assert found == [], "take `now` as a parameter, or ask candour.journal.acting.database_now()"


def _reads_clock(call: ast.Call) -> bool:
    """`timezone.now()`, `datetime.now(UTC)`, `date.today()`, `timezone.localdate()`: of the module's own names, without a value."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name) or call.func.attr not in _CLOCKS:
        return False
    return call.func.value.id in ("datetime", "timezone", "date", "dt") and not (call.func.attr == "localdate" and call.args)


# the clock of the database is set back


def test_a_source_tried_later_than_now_is_polled(ground: Ground) -> None:
    with acting(ground.lead, "test"):
        Source.objects.update(last_try_at=NOW + 3 * DAY, last_ok_at=NOW + 3 * DAY)
    assert listen.due(NOW) == [ground.source.pk]
    poll(ground, 0, Page((g.heard(g.HEADACHE, "a"),), "c1"))
    row = Source.objects.get()
    assert (row.last_ok_at, row.last_try_at, Case.objects.count()) == (NOW, NOW, 1)
    assert not Gap.objects.exists(), "it answered all the time"


def test_silence_after_the_clock_was_set_back_is_noticed_within_the_interval(ground: Ground) -> None:
    with acting(ground.lead, "test"):
        Source.objects.update(last_try_at=NOW + 3 * DAY, last_ok_at=NOW + 3 * DAY)
    dumb = ChannelError("x.example did not answer.", permanent=False, provider_words="timed out")
    poll(ground, 0, dumb)
    assert not Gap.objects.exists()
    poll(ground, ground.source.expected_minutes, dumb)
    assert Gap.objects.get().opened_at == NOW
    poll(ground, ground.source.expected_minutes + 1, Page((), "c1"))
    gap = Gap.objects.get()
    assert gap.opened_at <= gap.closed_at
    assert Source.objects.get().state == SourceState.LISTENING


def test_a_gap_never_ends_before_it_began(ground: Ground) -> None:
    with acting(ground.lead, "test"):
        Gap.objects.create(source=ground.source, opened_at=NOW + HOUR, why="set back since")
    poll(ground, 0, Page((), "c1"))
    assert Gap.objects.get().closed_at == NOW + HOUR


def begun(on: Ground, *, at: datetime, state: State, delivery: str) -> tuple[Publication, FakeChannel]:
    """A publication whose first attempt was put on record at an instant, and its destination."""
    publication = publish.publish(on.author, g.approved(on), on.account, NOW)
    g.forge("UPDATE approval_publication SET state = %s, sending_since = %s, attempts = 1", state.value, at)
    return publication, FakeChannel([], delivery=delivery)


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
@pytest.mark.parametrize(("delivery", "sent", "ends"), [("exactly_once", 1, State.LIVE), ("never_twice", 0, State.UNKNOWN)])
def test_an_attempt_begun_later_than_now_is_taken_up(ground: Ground, state: State, delivery: str, sent: int, ends: State) -> None:
    publication, channel = begun(ground, at=NOW + 3 * DAY, state=state, delivery=delivery)
    with going_to(channel):
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + MINUTE)
    publication.refresh_from_db()
    assert (len(channel.sent), publication.state) == (sent, ends)
    assert publish.waits_for_person(publication) == (ends == State.UNKNOWN), "never sent twice: a person looks"


def test_an_attempt_begun_a_moment_ago_by_a_slightly_faster_clock_is_left_alone(ground: Ground) -> None:
    publication, channel = begun(ground, at=NOW + timedelta(seconds=20), state=State.SENDING, delivery="exactly_once")
    with going_to(channel):
        assert publish.send_due(ground.publisher, NOW) == 0
    assert channel.sent == []
    assert publication.pk not in publish.due(NOW)


def test_a_reply_held_before_the_clock_was_set_back_is_held_once_more_and_leaves(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.MOTHER, "a"))
    template, later = g.template(ground), NOW + 3 * DAY
    held = reply.send(ground.community, case, template, case.version, later).publication
    planned = publish.publish(ground.author, g.approved(ground), ground.account, NOW, due_at=later)
    with going_to(FakeChannel([])) as channel:
        assert publish.send_due(ground.publisher, NOW) == 0
        held.refresh_from_db()
        assert held.due_at == NOW + timedelta(seconds=django_settings.HOLD_REPLY_SECONDS), "it can still be taken back"
        assert publish.send_due(ground.publisher, held.due_at) == 1
    planned.refresh_from_db()
    assert (len(channel.sent), planned.state, planned.due_at) == (1, State.HELD, later), "what was ordered for a time waits for it"


def test_what_is_live_is_looked_at_again(ground: Ground) -> None:
    publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW)
    with going_to(FakeChannel([])):
        publish.send_due(ground.publisher, NOW + 3 * DAY)
        assert publish.watch(ground.publisher, NOW + HOUR) == 1
    publication.refresh_from_db()
    assert publication.seen_at == NOW + HOUR


@given(st.lists(st.integers(-5000, 5000), min_size=1, max_size=12), st.integers(-3000, 3000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_clock_is_set_a_held_text_leaves_once_and_not_before_its_time(ground: Ground, readings: list[int], after: int) -> None:
    due = NOW + timedelta(seconds=5000 + after)
    with transaction.atomic():
        publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW, due_at=due)
        with going_to(FakeChannel([])) as channel:
            for reading in readings:
                now = NOW + timedelta(seconds=5000 + reading)
                publish.send_due(ground.publisher, now)
                assert len(channel.sent) in ((1,) if now >= due else (0, 1))
        publication.refresh_from_db()
        was_due = any(NOW + timedelta(seconds=5000 + reading) >= due for reading in readings)
        assert (len(channel.sent), publication.state) == ((1, State.LIVE) if was_due else (0, State.HELD))
        transaction.set_rollback(True)


# the metronome


class FakeMachine:
    """A machine whose wall clock can be set while its steady clock only runs."""

    def __init__(self) -> None:
        self.steady_seconds, self.set_by = 1_000_000.0, 800_000_000.0

    def steady(self) -> float:
        return self.steady_seconds

    def wall(self) -> float:
        return self.steady_seconds + self.set_by


def beats(deferrer: periodic.PeriodicDeferrer, at: float) -> dict[str, int]:
    """How often each job is ordered now."""
    counts: dict[str, int] = {}
    for task, _timestamp in deferrer.get_previous_tasks(at=at):
        counts[task.task.name] = counts.get(task.task.name, 0) + 1
    return counts


@given(st.lists(st.tuples(st.integers(1, 120), st.sampled_from([0, 0, 0, -86_400, -3600, 3600, 86_400])), min_size=1, max_size=15))
@settings(max_examples=40, deadline=None)
def test_rounds_come_as_often_as_time_passes_however_the_clock_is_set(steps: list[tuple[int, int]]) -> None:
    machine = FakeMachine()
    deferrer = SteadyDeferrer(app.periodic_registry, steady=machine.steady, wall=machine.wall)
    ordered = beats(deferrer, deferrer.now()).get("send_due", 0)
    assert ordered == 1
    for seconds, jump in steps:
        machine.steady_seconds += seconds
        machine.set_by += jump
        ordered += beats(deferrer, deferrer.now()).get("send_due", 0)
    passed = sum(seconds for seconds, _jump in steps)
    assert abs(ordered - 1 - passed / 2) <= 1, "one round every two seconds"


def test_why_the_librarys_own_metronome_would_not_do() -> None:
    """It falls silent for an hour when the clock is set back by one, and orders a day of rounds when it is set forward."""
    machine = FakeMachine()
    theirs = periodic.PeriodicDeferrer(app.periodic_registry)
    beats(theirs, machine.wall())
    machine.steady_seconds += 60
    machine.set_by -= 3600
    assert beats(theirs, machine.wall()).get("send_due", 0) == 0
    machine.set_by += 86_400
    assert beats(theirs, machine.wall())["send_due"] > 40_000


def test_a_worker_uses_the_steady_metronome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "PeriodicDeferrer", periodic.PeriodicDeferrer)
    made: list[str] = []

    async def note(self: SteadyDeferrer) -> None:
        made.append(type(self).__name__)

    monkeypatch.setattr(SteadyDeferrer, "worker", note)
    keep_steady()
    asyncio.run(library_worker.Worker(app=app)._periodic_deferrer())
    assert made == ["SteadyDeferrer"]


def test_the_steady_metronome_goes_on_from_beat_to_beat() -> None:
    """Its loop orders what is due, waits for the next beat, and orders again; the fake time passes while it waits."""
    machine, ordered = FakeMachine(), []

    class Quick(SteadyDeferrer):
        async def defer_jobs(self, jobs_to_defer: Iterator[periodic.TaskAtTime]) -> None:
            ordered.append(sum(1 for _one in jobs_to_defer))

        async def wait(self, next_tick: float) -> None:
            assert 0 < next_tick <= 2
            machine.steady_seconds += next_tick + 0.1
            if len(ordered) == 5:
                raise TimeoutError

    quick = Quick(app.periodic_registry, steady=machine.steady, wall=machine.wall)
    with pytest.raises(TimeoutError):
        asyncio.run(quick.worker())
    assert len(ordered) == 5
    assert all(ordered)


def test_a_round_hears_whatever_the_clock_says_meanwhile(ground: Ground) -> None:
    with hearing(Page((g.heard(g.HEADACHE, "a"),), "c1")), machine_off_by(-3 * DAY):
        assert jobs.poll_source(ground.source.pk) == 1
    assert is_now(Case.objects.get().opened_at)
