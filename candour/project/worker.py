"""The worker process: background jobs, and the sealer of the journal.

SIGTERM lets the running jobs end. What does not end within the limit is put back into the queue and this process ends at once: the
transaction it was in is taken back by the database, and every job is made to be begun again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import django

from candour.project.logs import catch_the_uncaught

if TYPE_CHECKING:
    from procrastinate import App

#: Seconds the running jobs have after a request to stop. The supervisor ends what still lives some seconds later.
STOP_WITHIN = 8.0
#: Seconds between two looks for a database that is away.
LOOK_AGAIN = 1.0


def main() -> int:
    """Run until told to stop: 0. With 1 when it must be started afresh, because the queue was lost."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candour.project.settings")
    django.setup()
    from django.conf import settings  # Django can only be used after the set-up above
    from procrastinate.contrib.django import app

    catch_the_uncaught()
    from candour.journal.sealing import seal_forever
    from candour.project.rounds import keep_steady

    wait_for_database()
    stop = threading.Event()
    sealer = threading.Thread(target=seal_forever, args=(stop, settings.SEAL_EVERY_SECONDS), name="sealer", daemon=True)
    sealer.start()
    keep_steady()
    preparing = threading.Thread(target=prepare_screening, name="screening", daemon=True)
    preparing.start()
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        code = asyncio.run(_opened(worker, stop))
    stop.set()
    sealer.join(timeout=3)
    if preparing.is_alive():
        _end_now(code)  # the interpreter can't end under a thread that compiles: it would abort
    return code


def prepare_screening() -> None:
    """Compile what screens before the first post needs it, beside the jobs: texts that are due don't wait for it after a restart."""
    from django.db import connections  # see main

    from candour.flows.releases import screening_release

    try:
        screening_release()
    finally:
        connections.close_all()  # this thread's own


def wait_for_database() -> None:
    """Until the database answers. Ending instead would look like a fault of the worker and stop the whole of Candour."""
    from django.db import OperationalError, connection  # see main

    from candour.insight.outage import OUTAGE

    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            OUTAGE.met(error)
            time.sleep(LOOK_AGAIN)
        else:
            return


async def _opened(app: App, stop: threading.Event) -> int:
    async with app.open_async():
        return await _work(app, stop)


async def _work(app: App, stop: threading.Event) -> int:
    """Jobs until a signal asks to stop; the sealer is told at once, so that both end together."""
    from candour.project.running_jobs import RunningJobs  # see main

    running = RunningJobs()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    work = asyncio.create_task(
        app.run_worker_async(
            name="candour",
            concurrency=4,
            wait=True,
            delete_jobs="successful",
            fetch_job_polling_interval=1,
            install_signal_handlers=False,
            worker_middleware=[running.keep],
        )
    )
    await asyncio.wait({work, asyncio.create_task(asked.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.is_set():
        return _lost(work)
    stop.set()
    work.cancel()
    await asyncio.wait({work}, timeout=STOP_WITHIN)
    if not work.done():
        await running.put_back(app)
        _end_now()
    return 0 if work.cancelled() else _lost(work)


def _lost(work: asyncio.Task[None]) -> int:
    """The queue ended by itself: one line when the database is away, the fault itself when it is another."""
    from candour.insight.outage import OUTAGE, is_away  # see main

    error = work.exception()
    if error is not None and not is_away(error):
        raise error
    if error is not None:
        OUTAGE.met(error)
    return 1


def _end_now(code: int = 0) -> None:
    """Leave without waiting for the threads of jobs or of what screens, which nothing can interrupt."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
