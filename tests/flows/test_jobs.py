"""Background jobs are safe to lose and to run twice; a killed worker blocks no source."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from candour.core.states import PublicationState
from candour.flows import publish, withdraw
from candour.listening.models import Post, Source
from candour.newsroom.actions import add_comment
from candour.project import jobs

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground


@pytest.fixture(autouse=True)
def no_jobs(transactional_db: None) -> None:
    """The tables of the queue are not Django's, so nobody else empties them between tests."""
    ProcrastinateJob.objects.all().delete()


def run_waiting(seconds: float = 30) -> None:
    """Run what waits now, in this process, and return."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await asyncio.wait_for(worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False), seconds)

    asyncio.run(run())


def poll_jobs() -> list[tuple[str, str | None]]:
    return sorted(ProcrastinateJob.objects.filter(task_name="poll_source").values_list("status", "lock"))


@pytest.mark.django_db(transaction=True)
def test_a_round_asks_each_source_once_and_the_poll_hears_the_comment(committed: Ground) -> None:
    add_comment("newsroom-de", "fragen", author="Anna", text=g.HEADACHE, lang="de", form_token="t1", now=timezone.now())
    assert jobs.listen_round(0) == 1
    jobs.listen_round(0)
    lock = f"poll-{committed.source.pk}"
    assert poll_jobs() == [("todo", lock)], "one that waits is not asked for again"
    jobs.poll_source(committed.source.pk)
    assert Post.objects.count() == 1
    assert Source.objects.get().last_ok_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_poll_of_a_killed_worker_is_cleared_away_and_the_source_is_heard_again(committed: Ground) -> None:
    jobs.listen_round(0)
    ProcrastinateJob.objects.filter(task_name="poll_source").update(status="doing")  # its worker is gone without a word
    jobs.listen_round(0)
    lock = f"poll-{committed.source.pk}"
    assert poll_jobs() == [("doing", lock), ("todo", lock)], "the second waits for a lock that nobody gives back"
    jobs.forget_lost_jobs.defer(timestamp=0)
    run_waiting()
    assert ("doing", lock) not in poll_jobs()
    run_waiting()
    assert poll_jobs() == [("succeeded", lock)], "the poll that waited has run"


@pytest.mark.django_db(transaction=True)
def test_the_rounds_send_look_and_notice(committed: Ground) -> None:
    now = timezone.now()
    publication = publish.publish(committed.author, g.approved(committed, now=now), committed.account, now)
    assert jobs.send_due(0) == 1
    publication.refresh_from_db()
    assert publication.state == PublicationState.LIVE
    assert (jobs.send_due(0), jobs.watch_live(0)) == (0, 0)
    assert jobs.silence(0) == 1, "the source was last heard long ago"
    assert jobs.silence(0) == 0
    assert now - Source.objects.get().last_ok_at > timedelta(minutes=15)


@pytest.mark.django_db(transaction=True)
def test_a_round_takes_down_what_was_withdrawn_and_a_second_one_finds_nothing(committed: Ground) -> None:
    live, now = g.live_article(committed), timezone.now()
    cause = withdraw.of_message(live.message)
    withdraw.begin(committed.lead, cause, "recall", g.PASSWORD, withdraw.reach_of(cause, now).seen, now)
    assert (jobs.withdraw_round(0), jobs.withdraw_round(0)) == (1, 0)
    live.refresh_from_db()
    assert live.state == PublicationState.TAKEN_DOWN
