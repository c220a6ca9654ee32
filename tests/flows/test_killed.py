"""kill -9 in the middle of a publication: the next round finds it, the same key is used, one item stands there."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from candour.channels.base import OutgoingMessage, Published
from candour.channels.newsroom import Newsroom
from candour.core.states import PublicationState
from candour.flows import publish, withdraw, withdraw_steps
from candour.flows.doors import channel_of, through
from candour.messages.models import Publication
from candour.newsroom.models import Item

from . import ground as g

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

NOW = g.NOW


class FakeSlowNewsroom(Newsroom):
    """Puts the item over real HTTP, then sleeps where the answer would be recorded."""

    def publish(self, message: OutgoingMessage) -> Published:
        answer = super().publish(message)
        time.sleep(60)
        return answer

    def take_down(self, remote_id: str) -> None:
        super().take_down(remote_id)
        time.sleep(60)


def _child_sends(on: g.Ground, pk: int, now: datetime) -> int:
    """A child process that takes the publication's step with the slow newsroom; its process id."""
    connections.close_all()  # parent and child must not talk over one socket
    child = os.fork()
    if child == 0:
        publish.channel_of = _slow
        publish.step(on.publisher, pk, now)
        os._exit(0)
    return child


def _slow(account: object) -> Newsroom:
    plain = channel_of(account)
    plain.__class__ = FakeSlowNewsroom
    return plain


def _child_takes_down(on: g.Ground, pk: int, now: datetime) -> int:
    """A child process that takes a step of a withdrawal with the slow newsroom; its process id."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        withdraw_steps.channel_of = _slow
        withdraw_steps.take_step(on.publisher, pk, now)
        os._exit(0)
    return child


def _until(true: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_killed_between_sending_and_recording(
    transactional_db: None, quick_secrets: None, live_server: LiveServer, settings: Settings
) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE = live_server.url, (live_server.url.removeprefix("http://"),)
    with through(None):
        on = g.found()
        publication = publish.publish(on.author, g.approved(on), on.account, NOW)
        child = _child_sends(on, publication.pk, NOW)
        _until(Item.objects.exists)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        publication.refresh_from_db()
        assert (publication.state, publication.attempts, publication.remote_id) == (PublicationState.SENDING, 1, "")

        assert publish.send_due(on.publisher, NOW + timedelta(seconds=59)) == 0, "it might still be at work"
        assert publish.send_due(on.publisher, NOW + timedelta(seconds=61)) == 1
        publication.refresh_from_db()
        item = Item.objects.get()
        assert (publication.state, publication.attempts) == (PublicationState.LIVE, 2)
        assert (item.key, item.text) == (publication.key.hex, publication.text)
        assert Publication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_killed_before_anything_was_sent(transactional_db: None, quick_secrets: None, live_server: LiveServer, settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE = live_server.url, (live_server.url.removeprefix("http://"),)
    with through(None):
        on = g.found()
        publication = publish.publish(on.author, g.approved(on), on.account, NOW)
        begun = publish._begin(on.publisher, publication.pk, NOW)  # the worker dies here, its intent on record
        assert (begun.state, Item.objects.count()) == (PublicationState.SENDING, 0)
        publish.send_due(on.publisher, NOW + timedelta(seconds=61))
        publication.refresh_from_db()
        assert (publication.state, Item.objects.count()) == (PublicationState.LIVE, 1)


@pytest.mark.django_db(transaction=True)
def test_killed_between_taking_down_and_recording(
    transactional_db: None, quick_secrets: None, live_server: LiveServer, settings: Settings
) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE = live_server.url, (live_server.url.removeprefix("http://"),)
    with through(None):
        on = g.found()
        publication = publish.publish(on.author, g.approved(on), on.account, NOW)
        publish.step(on.publisher, publication.pk, NOW)
        cause = withdraw.of_message(publication.message)
        row = withdraw.begin(on.lead, cause, "recall", g.PASSWORD, withdraw.reach_of(cause, NOW).seen, NOW)
        child = _child_takes_down(on, row.steps.get(act="take_down").pk, NOW)
        _until(Item.objects.filter(withdrawn_at__isnull=False).exists)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        publication.refresh_from_db()
        assert publication.state == PublicationState.TAKING_DOWN

        assert withdraw_steps.go_on(on.publisher, NOW + timedelta(seconds=59)) == 0, "it might still be at work"
        assert withdraw_steps.go_on(on.publisher, NOW + timedelta(seconds=61)) == 1
        publication.refresh_from_db()
        row.refresh_from_db()
        assert (publication.state, row.ended_at) == (PublicationState.TAKEN_DOWN, NOW + timedelta(seconds=61))
