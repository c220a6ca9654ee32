"""Verification leaves most of the comparing to the database: what it must not miss by that, and how fast it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.journal import sealing
from candour.journal.sealing import COLUMNS, COVERED, ENTRY_FORM, Sealed, entry_bytes
from candour.journal.verify import Kind, verify

from .company import Company, forge, sql, value

MANY = 50_000
#: Entries a second; a machine that does nothing else does several times as many.
FLOOR = 8_000
#: Everything a text column can hold: any character but NUL, and no lone surrogates.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actor_name=texts, reason=texts, old=texts, new=texts, simulated=st.booleans())
def test_the_database_sends_an_entry_as_the_sealer_puts_it_together(
    company: Company, actor_name: str, reason: str, old: str, new: str, simulated: bool
) -> None:
    forge(
        "UPDATE journal_entry SET actor_name = %s, reason = %s, old = %s, new = %s, simulated = %s WHERE id = 1",
        actor_name, reason, old, new, simulated,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM journal_entry e WHERE id = 1")
        columns = cursor.fetchone()
        with cursor.copy(f"COPY (SELECT {COVERED} FROM journal_entry e WHERE id = 1) TO STDOUT (FORMAT binary)") as copy:
            sent = b"".join(bytes(data) for data in copy)
    header, count = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\x00\x0d"
    assert header + count + entry_bytes(Sealed(*columns)).removeprefix(ENTRY_FORM) + b"\xff\xff" == sent


def test_an_entry_with_an_odd_date_is_read_column_by_column(company: Company) -> None:
    company.brands(1, sealed=False)
    forge("UPDATE journal_entry SET at = 'infinity', simulated = true WHERE subject = 'registry_brand'")
    sealing.seal()
    assert Kind.ENTRY_CHANGED not in verify().kinds()
    forge("UPDATE journal_entry SET at = '-infinity', reason = 'another' WHERE subject = 'registry_brand'")
    assert Kind.ENTRY_CHANGED in verify().kinds()


@contextmanager
def twins_allowed() -> Iterator[None]:
    """The database owner with the uniqueness of brands switched off; it comes back once the twins are gone."""
    switch = "UPDATE pg_index SET indisunique = %s WHERE indrelid = 'registry_brand'::regclass AND indisunique = %s"
    uniques = sql(switch, False, True)
    try:
        yield
    finally:
        forge("DELETE FROM registry_brand")
        unique = "SELECT conindid FROM pg_constraint WHERE conrelid = 'registry_brand'::regclass AND contype IN ('p', 'u')"
        assert sql(f"UPDATE pg_index SET indisunique = true WHERE indexrelid IN ({unique})") == uniques


def test_a_twin_of_a_row_does_not_hide_behind_it(company: Company) -> None:
    company.brands(2)
    assert verify().holds
    with twins_allowed():
        forge("INSERT INTO registry_brand SELECT * FROM registry_brand WHERE key = 'brand-0'")
        report = verify()
    assert report.kinds() == {Kind.ROW_INSERTED}
    assert report.total() == 1


def test_a_large_journal_is_verified_quickly(company: Company) -> None:
    sql("SELECT set_config('candour.actor', '0', false)")
    sql("INSERT INTO registry_brand (key, name, area) SELECT 'many-' || n, 'Brand “' || n || '”', '' FROM generate_series(1, %s) n", MANY)
    sql("SELECT set_config('candour.actor', '', false)")
    sealing.seal(at_most=2 * MANY)
    begin = time.perf_counter()
    report = verify()
    speed = report.sound / (time.perf_counter() - begin)
    assert report.holds
    assert report.sound == value("SELECT count(*) FROM journal_entry") > MANY
    assert speed > FLOOR
