"""The jobs that run in this worker right now: timed, named in the log, and put back when they can't be waited for."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from candour.core.trace import tracing
from candour.insight import timings

log = logging.getLogger(__name__)

#: A job that was begun this often and never ended takes its worker down with it: it is not begun again.
MOST_ATTEMPTS = 5


class RunningJobs:
    """What a worker has begun and not ended."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.worker: Worker | None = None

    async def keep(self, run: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        """Run one job and know about it meanwhile; the form of a worker's middleware."""
        number = context.job.id or 0
        self.jobs[number], self.worker = context.job, worker
        begun, well = time.perf_counter(), False
        try:
            with tracing(job=number, request=str(context.job.task_kwargs.get("asked_in", ""))):
                result = await run()
            well = True
            return result
        finally:
            del self.jobs[number]
            timings.worked(context.job.task_name, well=well, seconds=time.perf_counter() - begun)

    async def put_back(self, app: App) -> None:
        """Let the running jobs begin again, in whichever worker is there next, and sign this worker off."""
        for job in list(self.jobs.values()):
            try:
                await put_back(app, job)
            except ConnectorException:  # the watch over lost jobs finds it once this worker gives no sign of life
                log.error("Job %s %d could not be put back; the next worker finds it within a minute.", job.task_name, job.id)
        if self.worker is not None and self.worker.worker_id is not None:
            with contextlib.suppress(ConnectorException):  # then it is missed like one that was killed
                await app.job_manager.unregister_worker(self.worker.worker_id)


async def put_back(app: App, job: Job) -> None:
    """Let a job that was begun and not ended begin again, unless its like already waits or it takes its workers down with it.

    A round that waits already finds the same work, so the one that was cut off is cleared away.
    """
    if job.attempts >= MOST_ATTEMPTS:
        log.error("Job %s %d never came to an end in %d attempts and is given up.", job.task_name, job.id, job.attempts)
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        return
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    else:
        log.warning("Job %s %d was cut off and begins again.", job.task_name, job.id)
