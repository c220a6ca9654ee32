"""Background work as thin jobs; each is safe to run twice and only calls a flow."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from candour.flows import connect, listen, publish
from candour.people.actions import machine


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="send_due", name="send_due", pass_context=False)
def send_due(timestamp: int) -> int:
    """Send what is due and read it back."""
    return publish.send_due(machine("publisher"), timezone.now())


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="listen", name="listen")
def listen_round(timestamp: int) -> int:
    """Give every source whose turn it is a poll of its own."""
    due = listen.due(timezone.now())
    for source_id in due:
        _once(poll_source, f"poll-{source_id}", source_id=source_id)
    return len(due)


def _once(task: Task, lock: str, **arguments: int) -> None:
    try:
        task.configure(queueing_lock=lock, lock=lock).defer(**arguments)
    except AlreadyEnqueued:  # the last round's poll still waits; it will see the same posts
        return


@app.task(name="poll_source")
def poll_source(source_id: int) -> int:
    """Poll one source."""
    try:
        return listen.poll(machine("listener"), source_id, timezone.now())
    finally:
        close_old_connections()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="silence", name="silence")
def silence(timestamp: int) -> int:
    """Open gaps for sources that fell silent."""
    return listen.notice_silence(machine("listener"), timezone.now())


@app.periodic(cron="* * * * * */30")
@app.task(queueing_lock="connections", name="connections")
def connections(timestamp: int) -> int:
    """Say which accounts this machine has a secret for."""
    return connect.look_at_connections(machine("listener"), timezone.now())


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="watch_live", name="watch_live")
def watch_live(timestamp: int) -> int:
    """Look again at what is live."""
    return publish.watch(machine("publisher"), timezone.now(), every=timedelta(seconds=settings.LOOK_AGAIN_SECONDS))
