"""What storing a batch costs: a number of statements that does not grow with the batch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candour.core.terms import HeardPost
from candour.journal.acting import acting
from candour.journal.models import Installation
from candour.listening import actions as listening
from candour.listening.models import PostVersion, Source
from candour.people.actions import add_person
from candour.people.models import User

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def by(db: None) -> User:
    Installation.objects.get_or_create()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('candour.actor', '0', true)")
    return add_person(email="ana@lumen.example", name="Ana Prado", password="a-long-secret-for-tests")


def statements(by: User, where: Source, count: int, edition: str) -> int:
    """How many statements storing `count` posts takes, COPY apart, which Django does not count: two a batch."""
    heard = [HeardPost(f"p{number}", f"Post {number} in edition {edition}", "an author", NOW, raw=b"{}") for number in range(count)]
    with (
        CaptureQueriesContext(
            connection,
        ) as seen,
        acting(by, "take_in"),
    ):
        listening.store(where, heard, NOW)
    return len(seen)


def test_a_larger_batch_takes_no_more_statements(by: User) -> None:
    with acting(by, "add_source"):
        one, other = (Source.objects.create(key=key, name=key, kind="file", market="de") for key in ("one", "other"))
    assert statements(by, one, 3, "first") == statements(by, other, 400, "first")
    assert statements(by, one, 3, "second") == statements(by, other, 400, "second")  # edits of known posts
    assert PostVersion.objects.count() == 2 * 403


def test_stored_rows_are_what_was_heard(by: User) -> None:
    odd = 'tab\tbackslash \\N "quote" {1,2} line\nend Übelkeit 🤢'
    with acting(by, "add_source"):
        where = Source.objects.create(key="one", name="one", kind="file", market="de")
    heard = HeardPost("1", odd, "who", NOW, raw=b"\x00\xff\\x41\n", thread="\\.")
    with acting(by, "take_in"):
        _intake, (stored,) = listening.store(where, [heard], NOW)
    kept = PostVersion.objects.select_related("post").get()
    assert (kept.pk, kept.post.pk, kept.text, bytes(kept.raw), kept.thread) == (
        stored.version.pk,
        stored.post.pk,
        odd,
        heard.raw,
        "\\.",
    )
    assert kept.sketch == stored.version.sketch
    assert kept.number == 1 and not kept.deleted and kept.post.alike_to_id is None
