"""The real worker, with one more job: it writes a row into fake_ledger and holds its transaction open for SECONDS."""

import os
import sys
import time

import django

django.setup()
from django.db import connection, transaction  # noqa: E402
from procrastinate.contrib.django import app  # noqa: E402

from candour.project import worker  # noqa: E402
from candour.project.jobs import fresh_connection  # noqa: E402


@app.task(name="fake_slow")
@fresh_connection
def fake_slow(word: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO fake_ledger VALUES (%s)", [word])
        print("slow job begun", flush=True)
        time.sleep(float(os.environ["SECONDS"]))
    print("slow job ended", flush=True)
    return 1


sys.exit(worker.main())
