"""A small company with committed rows, and a forger with the rights of the database's owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from candour.journal import sealing
from candour.journal.acting import acting
from candour.journal.models import Installation
from candour.people.models import User
from candour.registry.models import Brand


@contextmanager
def guards_off() -> Iterator[None]:
    """The database owner with every trigger switched off: what a forger with full rights on the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")


def sql(statement: str, *values: object) -> int:
    """Run one statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.rowcount


def forge(statement: str, *values: object) -> int:
    """One statement with the guards off."""
    with guards_off():
        return sql(statement, *values)


def value(query: str, *values: object) -> object:
    """The first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchone()[0]


class Company:
    """A small company with committed rows, acted on by one named person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        forge("TRUNCATE journal_entry, registry_brand, people_user RESTART IDENTITY CASCADE")  # the tests speak of rows by number
        self.installation = Installation.objects.create()
        sql("SELECT set_config('candour.actor', '0', false), set_config('candour.actor_name', 'Set-up', false)")
        self.person = User.objects.create(email="ana@lumen.example", name="Ana Prado")
        sql("SELECT set_config('candour.actor', '', false)")

    def brands(self, count: int, sealed: bool = True) -> list[Brand]:
        """`count` acts, each one committed entry, sealed one by one."""
        made = []
        for _ in range(count):
            with acting(self.person, "add_brand", "test"):
                number = Brand.objects.count()
                made.append(Brand.objects.create(key=f"brand-{number}", name=f"Brand {number}"))
            if sealed:
                sealing.seal()
        return made
