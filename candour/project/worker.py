"""The worker process: background jobs, and the sealer of the journal. Ends on SIGTERM after the running jobs."""

from __future__ import annotations

import os
import threading

import django


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candour.project.settings")
    django.setup()
    from django.conf import settings  # Django can only be used after the set-up above
    from procrastinate.contrib.django import app

    from candour.flows.releases import screening_release
    from candour.journal.sealing import seal_forever
    from candour.project.rounds import keep_steady

    stop = threading.Event()
    sealer = threading.Thread(target=seal_forever, args=(stop, settings.SEAL_EVERY_SECONDS), name="sealer", daemon=True)
    sealer.start()
    keep_steady()
    screening_release()  # compiled before the first post needs it
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(name="candour", concurrency=4, wait=True, delete_jobs="successful", fetch_job_polling_interval=1)
    stop.set()
    sealer.join(timeout=10)


if __name__ == "__main__":
    main()
