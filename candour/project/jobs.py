"""Background work as thin jobs; each is safe to run twice and only calls a flow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext
from procrastinate.tasks import Task

from candour.flows import connect, letters, listen, outbox, publish, retention, spread, watch, withdraw_steps
from candour.journal.acting import database_now
from candour.people.actions import machine
from candour.project.running_jobs import put_back

#: Seconds without a sign of life after which a worker is taken for dead; it sends one every ten.
DEAD_AFTER = 40

#: Accounts that are sent to at once.
LANES = 4


def fresh_connection(job: Callable[..., int]) -> Callable[..., int]:
    """Give the job a working connection: one that broke when the database was restarted is left behind, before and after."""

    @wraps(job)
    def run(*args: Any, **arguments: Any) -> int:
        close_old_connections()
        try:
            return job(*args, **arguments)
        finally:
            close_old_connections()

    return run


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="send_due", name="send_due", pass_context=False)
@fresh_connection
def send_due(timestamp: int) -> int:
    """Send what is due and read it back."""
    return publish.send_due(machine("publisher"), database_now(), clock=database_now, lanes=LANES)


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="listen", name="listen")
@fresh_connection
def listen_round(timestamp: int) -> int:
    """Give every source whose turn it is a poll of its own."""
    due = listen.due(database_now())
    for source_id in due:
        _once(poll_source, f"poll-{source_id}", source_id=source_id)
    return len(due)


def _once(task: Task, lock: str, **arguments: int) -> None:
    try:
        task.configure(queueing_lock=lock, lock=lock).defer(**arguments)
    except AlreadyEnqueued:  # the last round's poll still waits; it will see the same posts
        return


@app.task(name="poll_source")
@fresh_connection
def poll_source(source_id: int, asked_in: str = "") -> int:
    """Poll one source; `asked_in` is the number of the request in which a person asked for it."""
    return listen.poll(machine("listener"), source_id, database_now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="silence", name="silence")
@fresh_connection
def silence(timestamp: int) -> int:
    """Open gaps for sources that fell silent."""
    return listen.notice_silence(machine("listener"), database_now())


@app.periodic(cron="* * * * * */30")
@app.task(queueing_lock="connections", name="connections")
@fresh_connection
def connections(timestamp: int) -> int:
    """Say which accounts this machine has a secret for."""
    return connect.look_at_connections(machine("listener"), database_now())


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="watch_live", name="watch_live")
@fresh_connection
def watch_live(timestamp: int) -> int:
    """Look again at what is live."""
    return publish.watch(machine("publisher"), database_now(), every=timedelta(seconds=settings.LOOK_AGAIN_SECONDS))


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="withdraw", name="withdraw")
@fresh_connection
def withdraw_round(timestamp: int) -> int:
    """Go on with what was withdrawn."""
    return withdraw_steps.go_on(machine("publisher"), database_now(), clock=database_now)


@app.periodic(cron="* * * * * */30")
@app.task(queueing_lock="watch", name="watch")
@fresh_connection
def watch_round(timestamp: int) -> int:
    """Find what is past its limit, take its way out, and tell who must act."""
    settled = watch.go_round(machine("listener"), database_now())
    return settled.open if settled else 0


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="tell_people", name="tell_people")
@fresh_connection
def tell_people(timestamp: int) -> int:
    """Tell everybody with a stake what happened, and climb where a matter of safety was not taken."""
    by, now = machine("listener"), database_now()
    told = spread.spread(by, now)
    spread.end_settled(now)
    return told + spread.climb(by, now)


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="send_mails", name="send_mails")
@fresh_connection
def send_mails(timestamp: int) -> int:
    """Gather what is due in a digest, and send what waits."""
    now = database_now()
    if spread.mails_are_sent():
        letters.gather(now)
    return outbox.send_waiting(now)


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="retention", name="retention")
@fresh_connection
def retain(timestamp: int) -> int:
    """Take away what is past its retention period, once a night."""
    return len(retention.run(machine("listener"), database_now()))


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="forget_lost_jobs", name="forget_lost_jobs", pass_context=True)
async def forget_lost_jobs(context: JobContext, timestamp: int) -> int:
    """Put back the jobs of a worker that was killed: as long as one stands as running, its source is polled by nobody.

    Every job is safe to begin again. Where its like already waits, the next round finds the same work and the lost one is cleared away.
    """
    lost = list(await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER))
    for job in lost:
        await put_back(context.app, job)
    return len(lost)
