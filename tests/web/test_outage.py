"""Which errors say that the database is away, and that an outage is told once. The outage itself is in tests/run/test_database_away.py."""

from __future__ import annotations

import logging

import django.db
import psycopg
import pytest
from django.template.loader import render_to_string
from django.test import Client
from psycopg import errors

from candour.insight.outage import Outage, is_away
from tests import factories


def raised(by_django: type[Exception], cause: Exception) -> Exception:
    try:
        raise by_django(str(cause)) from cause
    except Exception as error:
        return error


def while_looking_at(error: Exception) -> Exception:
    try:
        try:
            raise error
        except Exception:
            raise KeyError("something else")  # noqa: B904  the point of it
    except KeyError as later:
        return later


AWAY = [
    psycopg.OperationalError("connection failed: no such file"),
    psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly"),
    psycopg.InterfaceError("the connection is closed"),
    errors.AdminShutdown("terminating connection"),
    errors.CannotConnectNow("starting up"),
    errors.TooManyConnections("sorry"),
    errors.ConnectionFailure("gone"),
    django.db.InterfaceError("connection already closed"),
]
THERE = [
    psycopg.InterfaceError("the cursor is closed"),
    psycopg.OperationalError("sending query failed: another command is already in progress"),
    errors.DeadlockDetected("deadlock"),
    errors.LockNotAvailable("lock"),
    errors.QueryCanceled("too long"),
    errors.DiskFull("no space"),
    errors.UniqueViolation("twice"),
    ValueError("no database in it"),
]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_server_that_is_not_there_is_away(error: Exception) -> None:
    assert is_away(error)
    assert is_away(raised(django.db.OperationalError, error)) or isinstance(error, django.db.InterfaceError)
    assert is_away(while_looking_at(error))


@pytest.mark.parametrize("error", THERE, ids=repr)
def test_a_refusal_or_a_fault_of_ours_is_not(error: Exception) -> None:
    assert not is_away(error)
    assert not is_away(raised(django.db.OperationalError, error)) or isinstance(error, ValueError)
    assert not is_away(while_looking_at(error))
    assert not is_away(None)


def test_an_outage_is_told_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    outage = Outage(clock=lambda: now[0])
    with caplog.at_level(logging.INFO):
        outage.over()
        for _ in range(5):
            outage.met(raised(django.db.OperationalError, AWAY[0]))
        now[0] = 42.0
        outage.over()
        outage.over()
        outage.met(AWAY[2])
    assert [record.getMessage() for record in caplog.records] == [
        "The database does not answer (connection failed: no such file): start it; everything goes on by itself then.",
        "The database answers again after 42 s; 5 attempts had found it away.",
        "The database does not answer (the connection is closed): start it; everything goes on by itself then.",
    ]


@pytest.mark.django_db
def test_a_fault_of_ours_is_a_page_with_a_number_and_stays_in_the_log(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    factories.installation()
    client.raise_request_exception = False

    def break_down(*_given: object) -> None:
        raise ValueError("planted words")

    monkeypatch.setattr("candour.web.signin._cards", break_down)
    answer = client.get("/sign-in/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.content.decode()
    assert "planted words" not in answer.content.decode()
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ValueError]


def test_what_was_typed_is_spoken_of_only_where_something_was_typed() -> None:
    typed, read = (render_to_string("503.html", {"typed": typed, "address": "" if typed else "/cases/?a=<b>"}) for typed in (True, False))
    assert "go back and send it again" in typed and "Try again" not in typed
    assert "go back" not in read and 'href="/cases/?a=&lt;b&gt;"' in read
