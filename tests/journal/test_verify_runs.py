"""Leaves are verified many at once. Whoever forges must be named the same as one by one, and nothing may hide in a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.core.merkle import leaf_hash
from candour.journal import sealing, verify_leaves, verify_tree
from candour.journal import verify as verifying
from candour.journal.models import Entry, Leaf
from candour.journal.sealing import COLUMNS, COVERED, SPELLED_COLUMNS, Sealed, entry_bytes, spelled_leaf
from candour.journal.verify import Kind, Report, verify

from .company import Company, forge, guards_off, value

BRANDS = 12


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody appends heads while these tests look."""
    monkeypatch.setattr(verifying, "PATIENCE", 0.0)


@pytest.fixture
def sealed(company: Company) -> Company:
    """Thirteen entries under three heads."""
    for count in (3, 5, BRANDS - 8):
        company.brands(count, sealed=False)
        sealing.seal()
    return company


def told(report: Report) -> tuple[object, ...]:
    return report.problems, report.untold, report.sound, report.entries, report.unsealed, report.heads


def one_by_one() -> Report:
    """A verification that takes no leaf at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify_tree, "_taken_at_once", lambda _walk, _run: False)
        return verify()


FORGERIES = {
    "nothing": "SELECT 1",
    "a reason": "UPDATE journal_entry SET reason = 'other' WHERE id = {0}",
    "no date": "UPDATE journal_entry SET at = 'infinity', written_at = '-infinity' WHERE id = {0}",
    "old date": "UPDATE journal_entry SET at = at - interval '2 days', written_at = written_at - interval '2 days' WHERE id = {0}",
    "gone": "DELETE FROM journal_entry WHERE id = {0}",
    "no leaf": "DELETE FROM journal_leaf WHERE entry_id = {0}",
    "leaf without hash": "UPDATE journal_leaf SET hash = '' WHERE entry_id = {0}",
    "leaf of another": "UPDATE journal_leaf SET hash = (SELECT hash FROM journal_leaf WHERE entry_id <> {0} LIMIT 1) WHERE entry_id = {0}",
    "leaf far away": 'UPDATE journal_leaf SET "index" = "index" + 100 WHERE entry_id = {0}',
    "last leaves": 'DELETE FROM journal_leaf WHERE "index" > (SELECT "index" FROM journal_leaf WHERE entry_id = {0})',
    "a head": "DELETE FROM journal_head WHERE size = (SELECT min(size) FROM journal_head WHERE size >= {0} % 13)",
    "dates of heads": "UPDATE journal_head SET at = at - interval '1 day'",
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_many_at_once_says_the_same_as_one_by_one(sealed: Company, data: st.DataObject) -> None:
    kept = {table: _rows(table) for table in ("journal_entry", "journal_leaf", "journal_head")}
    entries = list(Entry.objects.values_list("id", flat=True))
    at_once = data.draw(st.sampled_from([1, 2, 4000]))
    try:
        for name in data.draw(st.lists(st.sampled_from(sorted(FORGERIES)), max_size=3)):
            forge(FORGERIES[name].format(data.draw(st.sampled_from(entries))))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(verify_leaves, "BATCH", at_once)
            assert told(verify()) == told(one_by_one())
    finally:
        for table, rows in kept.items():
            _put_back(table, rows)


def _rows(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(bytes(data) for data in copy)


def _put_back(table: str, rows: bytes) -> None:
    forge(f"DELETE FROM {table}")
    with guards_off(), connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(rows)


def test_a_sound_journal_is_taken_at_once(sealed: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(*_arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr(verify_tree, "_step", alone)
    report = verify()
    assert (report.problems, report.sound) == ([], BRANDS + 1)


def sent(entry: int) -> bytes:
    """The columns a leaf covers as the server sends them, each behind its length."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY (SELECT {COVERED} FROM journal_entry e WHERE id = {entry}) TO STDOUT BINARY") as copy,
    ):
        return b"".join(bytes(data) for data in copy)[21:-2]


def test_an_entry_does_not_hide_behind_a_hash_of_another_length(sealed: Company) -> None:
    """A hash that is too short shifts what follows it; the entry's own text could then be read as a leaf and a sound entry."""
    entry = value("SELECT max(id) FROM journal_entry")
    whole, leaf = sent(int(str(entry))), bytes(Leaf.objects.get(entry_id=entry).hash)
    for length in (0, 8, 31, 33, 64):
        forge("UPDATE journal_leaf SET hash = %s WHERE entry_id = %s", (leaf + whole)[:length], entry)
        assert Kind.ENTRY_CHANGED in verify().kinds()


def test_an_entry_sealed_by_a_development_version_is_sound(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.brands(2)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "entry_leaf", _spelled)
        company.brands(2)
    company.brands(2)
    report = verify()
    assert (report.problems, report.sound) == ([], 7)
    forge("UPDATE journal_entry SET reason = 'other' WHERE id = 4")
    assert verify().kinds() == {Kind.ENTRY_CHANGED}


def _spelled(entry: Sealed) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SPELLED_COLUMNS} FROM journal_entry e WHERE id = %s", [entry.id])
        return spelled_leaf(cursor.fetchone())


@pytest.mark.parametrize(
    "forged",
    [
        lambda entry: entry._replace(actor="1x", actor_name=""),
        lambda entry: entry._replace(actor_name=entry.actor, actor=entry.actor_name),
        lambda entry: entry._replace(old=entry.new, new=entry.old),
        lambda entry: entry._replace(at=entry.written_at[::-1]),
    ],
)
def test_no_two_entries_have_the_same_bytes(sealed: Company, forged: Callable[[Sealed], Sealed]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM journal_entry e WHERE id = 5")
        entry = Sealed(*cursor.fetchone())
    assert leaf_hash(entry_bytes(entry)) == bytes(Leaf.objects.get(entry_id=5).hash)
    assert entry_bytes(forged(entry)) != entry_bytes(entry)


@pytest.mark.parametrize("op", ["U", "D"])
def test_a_change_of_a_row_that_never_was(sealed: Company, op: str) -> None:
    """Its only entry changes it, and it is not there: neither row nor second entry gives it away."""
    forge(f"UPDATE journal_entry SET op = '{op}', key = '9999', old = new, new = '' WHERE id = 5")
    assert Kind.ROW_CHANGED_BETWEEN in verify().kinds()
