"""Texts for different accounts leave side by side, those for one account one after the other, and each of them once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from candour.channels.base import OutgoingMessage, Published
from candour.core.states import PublicationState
from candour.flows import lanes, publish
from tests import factories

from . import ground as g
from .test_sending import FakeChannel, going_to

WAIT = 10.0


def test_a_slow_row_does_not_hold_up_another() -> None:
    other, order = threading.Event(), []

    def take(step: int) -> bool:
        if step == 1:
            assert other.wait(WAIT), "the other row never ran"
        elif step == 12:
            other.set()
        order.append(step)
        return step != 2

    assert lanes.side_by_side([[1, 2, 3], [11, 12]], take, 2) == 4
    assert [step for step in order if step < 10] == [1, 2, 3]
    assert order.index(12) < order.index(1)


@pytest.mark.parametrize(("work", "allowed"), [([[1, 2], [3]], 1), ([[1, 2, 3]], 4), ([], 4)])
def test_one_lane_or_one_row_stays_in_the_callers_thread(work: list[list[int]], allowed: int) -> None:
    seen: list[tuple[int, int]] = []
    lanes.side_by_side(work, lambda step: bool(seen.append((step, threading.get_ident()))), allowed)
    assert seen == [(step, threading.get_ident()) for row in work for step in row]


def test_when_the_time_is_up_every_row_has_had_its_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "ROUND_AT_MOST", -1.0)
    taken: list[int] = []
    assert lanes.side_by_side([[1, 2], [3, 4], [5]], lambda step: not taken.append(step), 2) == 3
    assert sorted(taken) == [1, 3, 5]


class FakeMeeting(FakeChannel):
    """A fake destination that answers once two texts are with it at the same time."""

    meeting = threading.Barrier(2)

    def publish(self, message: OutgoingMessage) -> Published:
        self.meeting.wait(WAIT)
        return super().publish(message)


def connections_of_the_database() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_accounts_are_sent_to_at_once_and_no_connection_stays(committed: g.Ground) -> None:
    other, before = factories.account("second", handle="second.example"), connections_of_the_database()
    message = g.approved(committed, also=[other])
    with going_to(FakeMeeting([Published("r1", "", "v"), Published("r2", "", "v")])) as channel:
        rows = [publish.publish(committed.author, message, account, g.NOW) for account in (committed.account, other)]
        assert publish.send_due(committed.publisher, g.NOW, lanes=2) == 2
        assert publish.send_due(committed.publisher, g.NOW + timedelta(seconds=1), lanes=2) == 0
    assert len(channel.sent) == 2
    for row in rows:
        row.refresh_from_db()
    assert {row.state for row in rows} <= {PublicationState.LIVE.value, PublicationState.DRIFTED.value}
    assert {row.remote_id for row in rows} == {"r1", "r2"}
    assert connections_of_the_database() == before
