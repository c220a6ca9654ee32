"""An import killed with -9 in the middle: no batch is half there, and the same import again makes it whole."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import factories
import pytest
from django.db import connection, connections

from candour.core.rights import Function
from candour.flows import imports
from candour.listening.models import Intake, Post, PostVersion, Source
from candour.people.models import User

ROWS, BATCH = 400, 20


def fake_killed_run(by: User, file: Path, source: Source) -> None:
    """Import in a child of this process and kill it for good once a few batches are committed."""
    connections.close_all()  # parent and child must not talk over one socket
    child = os.fork()
    if child == 0:
        imports.take_posts(by, file, source, factories.now(), name=file.name, size=BATCH)
        os._exit(0)
    deadline = time.monotonic() + 60
    while Intake.objects.filter(source=source).count() < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the import was over before it could be killed"


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_finished_by_the_next(tmp_path: Path) -> None:
    factories.installation()
    factories.market("de")
    lead = factories.person("Lena Osterkamp", Function.COE_LEAD)
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(json.dumps({"id": f"p{n}", "text": f"A quiet word, number {n}", "lang": "en"}) for n in range(ROWS)))
    source = imports.file_source(lead, "de", "posts", factories.now())

    fake_killed_run(lead, file, source)
    stored = Post.objects.count()
    assert 0 < stored < ROWS and stored % BATCH == 0
    assert sum(Intake.objects.values_list("stored", flat=True)) == stored == PostVersion.objects.count()

    step = imports.take_posts(lead, file, source, factories.now(), name=file.name, size=BATCH)
    assert (step.stored, step.known) == (ROWS - stored, stored)
    assert Post.objects.count() == PostVersion.objects.count() == ROWS
    assert connection.is_usable()
