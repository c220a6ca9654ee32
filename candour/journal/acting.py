"""Naming who acts: every write of a regulated table happens inside `acting(by, act)`, one transaction with one named person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

import psycopg
from django.db import connection, transaction
from psycopg.pq import Escaping, ExecStatus, TransactionStatus

from candour.people.models import User


class Acting(NamedTuple):
    """Who acts, by which act, and why."""

    actor: str
    name: str
    act: str
    reason: str


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)

_SET = (
    "SELECT set_config('candour.actor', %s, true), set_config('candour.actor_name', %s, true), "
    "set_config('candour.act', %s, true), set_config('candour.reason', %s, true)"
)

_BEGIN = (
    b"BEGIN; SET LOCAL candour.actor = %b; SET LOCAL candour.actor_name = %b; SET LOCAL candour.act = %b; SET LOCAL candour.reason = %b"
)


def begin_as(session: psycopg.Connection, who: Acting) -> None:
    """Begin the transaction of a session that has none, and name in the same message who acts: naming then costs no way to the server.

    A message of several statements can't carry values beside it, so the driver's library writes them as literals. The session speaks UTF-8.
    Raises the driver's errors; after one the session has no transaction, or one that can only be rolled back.
    """
    words = b"\0".join([word.encode() for word in who]).split(b"\0")
    if len(words) != len(who):  # the library would cut a word there
        raise psycopg.DataError("The name, act or reason of an act contains a NUL character, which no text in the database can hold.")
    answer = session.pgconn.exec_(_BEGIN % tuple(map(Escaping(session.pgconn).escape_literal, words)))
    if answer.status != ExecStatus.COMMAND_OK:
        if session.closed:  # the server went away: its words carry no code that would tell so
            raise psycopg.OperationalError(answer.get_error_message())
        raise psycopg.errors.error_from_result(answer, encoding=session.info.encoding)


def _name(acting_now: Acting) -> None:
    """Name who acts: with the beginning of the transaction where nothing was sent yet, else by a statement within it."""
    session = connection.connection
    if session.pgconn.transaction_status == TransactionStatus.IDLE:
        with connection.wrap_database_errors:
            begin_as(session, acting_now)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_SET, list(acting_now))


@contextmanager
def acting(by: User, act: str, reason: str = "") -> Iterator[Acting]:
    """Open a transaction in which `by` does `act`; the journal's triggers read the name from it. Nested acts keep their own name."""
    with _named(Acting(str(by.pk), by.name, act, reason)) as mine:
        yield mine


@contextmanager
def founding(act: str) -> Iterator[Acting]:
    """The installation itself acts: only while it is created, before there is any person to name."""
    if User.objects.filter(is_machine=False).exists():
        raise PermissionError("Founding acts end with the first person; name the person who acts.")
    with _named(Acting("0", "Candour installation", act, "first start")) as mine:
        yield mine


@contextmanager
def _named(mine: Acting) -> Iterator[Acting]:
    outer = _current.get()
    token = _current.set(mine)
    try:
        with transaction.atomic():
            _name(mine)
            yield mine
            if outer is not None:
                _name(outer)
    finally:
        _current.reset(token)


def note(subject: str, key: str, text: str) -> None:
    """Write a named happening that changes no row (a sign-in, an import, an export) into the current act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_write(%s, %s, 'N', NULL, to_jsonb(%s::text))", [subject, key, text])


@contextmanager
def demo_clock(at: datetime) -> Iterator[None]:
    """While seeding a demo company, the database clock reads `at`. In any other installation the database ignores it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('candour.demo_clock', %s, false)", [at.isoformat()])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('candour.demo_clock', '', false)")


def database_now() -> datetime:
    """The instant the database would date an entry with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT candour_now()")
        return cursor.fetchone()[0]
