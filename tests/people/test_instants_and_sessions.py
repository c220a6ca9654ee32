"""Instants come back as they went in, by whichever cursor; a session ends by the database's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from factories import person
from hypothesis import given
from hypothesis import strategies as st

from candour.journal.acting import database_now
from candour.people.models import User
from candour.people.session_store import SessionStore

pytestmark = pytest.mark.django_db

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES)


@given(instant=INSTANTS)
def test_an_instant_comes_back_to_the_microsecond_and_in_utc(instant: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [instant])
        (found,) = cursor.fetchone()
    assert found == instant and found.tzinfo is UTC


def test_an_instant_that_python_cannot_hold_is_an_error_never_another_one() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="too large"):
        cursor.execute("SELECT 'infinity'::timestamptz").fetchone()


def test_a_cursor_kept_by_the_server_reads_the_same_instants() -> None:
    ada = person("Ada Byron")
    User.objects.filter(pk=ada.pk).update(last_login=datetime(2024, 2, 29, 12, 30, tzinfo=UTC))
    with transaction.atomic():
        assert [one.last_login for one in User.objects.filter(pk=ada.pk).iterator(chunk_size=1)] == [
            datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
        ]


def kept(expires: datetime) -> str:
    store = SessionStore()
    store["colour"] = "blue"
    store.save()
    Session.objects.filter(session_key=store.session_key).update(expire_date=expires)
    return str(store.session_key)


def test_a_session_lasts_to_its_end_and_not_a_moment_longer() -> None:
    now = database_now()
    assert SessionStore(kept(now + timedelta(minutes=1))).get("colour") == "blue"
    over = SessionStore(kept(now - timedelta(seconds=1)))
    assert over.get("colour") is None and over.session_key is None


def test_a_key_that_a_browser_made_up_is_not_taken_over() -> None:
    store = SessionStore("a" * 32)
    assert store.get("colour") is None
    store["colour"] = "red"
    store.save()
    assert store.session_key not in (None, "a" * 32)
