"""Sealing: every committed entry gets one leaf, heads are signed and chained, and the file of heads survives a crash."""

from __future__ import annotations

import json
import struct
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from candour.core import merkle, signing
from candour.journal import exports, sealing
from candour.journal.acting import acting
from candour.journal.models import Entry, Head, Leaf
from candour.registry.models import Brand

from .company import Company, sql, value


def lines(folder: Path) -> list[dict[str, object]]:
    """What was signed, line by line, in the file of heads."""
    text = (folder / "journal" / "heads.jsonl").read_text()
    return [json.loads(json.loads(line)["signed"]) for line in text.splitlines()]


def test_every_committed_entry_gets_the_next_index_in_the_order_of_ids(company: Company) -> None:
    company.brands(3, sealed=False)
    head = sealing.seal()
    assert head is not None
    ids = list(Entry.objects.order_by("id").values_list("id", flat=True))
    assert list(Leaf.objects.order_by("index").values_list("index", "entry_id")) == list(enumerate(ids))
    assert head.size == len(ids) == 4  # the person, and three brands


def test_the_root_is_the_tree_over_the_entries(company: Company) -> None:
    company.brands(6)
    head = Head.objects.order_by("-size")[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sealing.COLUMNS} FROM journal_entry e ORDER BY id")
        rows = [sealing.Sealed(*row) for row in cursor.fetchall()]
    assert head.root == merkle.root_of(sealing.entry_leaf(row) for row in rows).hex()


def test_the_bytes_of_an_entry_are_its_columns_as_they_are_stored(company: Company) -> None:
    company.brands(1)
    entry = Entry.objects.order_by("-id")[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sealing.COLUMNS} FROM journal_entry e WHERE id = %s", [entry.id])
        row = sealing.Sealed(*cursor.fetchone())
    since_2000 = [microseconds(instant) for instant in (entry.at, entry.written_at)]
    numbers = [number.to_bytes(8, signed=True) for number in (entry.id, *since_2000)]
    texts = [str(company.person.pk), "Ana Prado", "add_brand", "test", "registry_brand", entry.key, "I", "", entry.new]
    columns = [*numbers, *(text.encode() for text in texts), b"\x00"]
    assert sealing.entry_bytes(row) == b"\x02" + b"".join(struct.pack(">i", len(column)) + column for column in columns)


def microseconds(instant: datetime) -> int:
    """As the server counts them."""
    return (instant - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_heads_are_signed_with_the_key_in_the_file_and_chained(company: Company) -> None:
    company.brands(3)
    key = signing.public_hex(signing.load_or_create_key(company.folder / "keys" / "journal.key"))
    previous = sealing.NO_HEAD
    for head in Head.objects.order_by("size"):
        told = json.loads(head.signed)
        assert signing.signature_holds(key, head.signature, head.signed.encode())
        assert (told["size"], told["root"], told["previous"]) == (head.size, head.root, previous)
        assert (told["installation"], told["demo"]) == (str(company.installation.uid), False)
        previous = signing.digest(head.signed.encode())


def test_nothing_new_makes_no_head(company: Company) -> None:
    company.brands(1)
    assert sealing.seal() is None
    assert len(lines(company.folder)) == Head.objects.count() == 1


def test_without_an_installation_nothing_is_sealed(transactional_db: None) -> None:
    assert sealing.seal() is None
    assert Head.objects.count() == 0


def test_a_large_backlog_is_sealed_in_several_heads(company: Company) -> None:
    company.brands(7, sealed=False)
    sizes = [head.size for head in iter(lambda: sealing.seal(at_most=3), None)]
    assert sizes == [3, 6, 8]


def test_an_act_that_was_rolled_back_leaves_no_entry(company: Company) -> None:
    with pytest.raises(ZeroDivisionError), acting(company.person, "add_brand"):
        Brand.objects.create(key="gone", name="Gone")
        raise ZeroDivisionError
    company.brands(1)
    assert not Entry.objects.filter(new__contains="gone").exists()
    assert Leaf.objects.count() == Entry.objects.count()


def in_another_session(work: threading.Event, done: threading.Event, company: Company, key: str) -> threading.Thread:
    """A writer that has written and waits with its commit for `done`."""

    def write() -> None:
        with acting(company.person, "add_brand"):
            Brand.objects.create(key=key, name=key)
            work.set()
            done.wait(20)
        connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    work.wait(20)
    return thread


def test_a_slow_writer_with_an_old_id_is_sealed_when_it_commits(company: Company) -> None:
    """The floor must not rise above an id whose transaction is still running."""
    wrote, may_commit = threading.Event(), threading.Event()
    slow = in_another_session(wrote, may_commit, company, "slow")
    company.brands(4)  # four seals, all with higher ids
    waiting = Entry.objects.count()
    may_commit.set()
    slow.join()
    assert Entry.objects.count() == waiting + 1
    head = sealing.seal()
    assert head is not None
    assert Leaf.objects.order_by("-index")[0].entry_id == Entry.objects.get(new__contains='"slow"').id


def test_the_look_for_new_entries_starts_at_the_floor(company: Company) -> None:
    company.brands(5)
    assert sealing._floor.sealed >= Entry.objects.order_by("-id")[1].id - 1


def test_writers_do_not_wait_for_a_sealer(company: Company) -> None:
    holds, may_end = threading.Event(), threading.Event()
    company.brands(2, sealed=False)

    def slow_sealer() -> None:
        with transaction.atomic():
            sql("SELECT pg_advisory_xact_lock(%s)", sealing.SEALER_LOCK)
            sql('INSERT INTO journal_leaf ("index", entry_id, hash) SELECT 0, min(id), %s FROM journal_entry', b"x" * 32)
            holds.set()
            may_end.wait(20)
            transaction.set_rollback(True)
        connections.close_all()

    sealer = threading.Thread(target=slow_sealer)
    sealer.start()
    holds.wait(20)
    sql("SET lock_timeout = '500ms'")
    company.brands(2, sealed=False)
    sql("SET lock_timeout = 0")
    may_end.set()
    sealer.join()
    assert Brand.objects.count() == 4


def test_a_head_committed_before_a_crash_is_appended_once(company: Company) -> None:
    company.brands(1)
    file = company.folder / "journal" / "heads.jsonl"
    before = file.read_bytes()
    company.brands(1)
    whole = file.read_bytes()
    file.write_bytes(before)  # the machine stopped between commit and append
    exports.forget_file()
    assert exports.append_heads() == 1
    assert file.read_bytes() == whole
    exports.forget_file()
    assert exports.append_heads() == 0
    assert file.read_bytes() == whole


def test_a_line_torn_by_a_crash_is_written_again(company: Company) -> None:
    company.brands(2)
    file = company.folder / "journal" / "heads.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    exports.forget_file()
    exports.append_heads()
    assert file.read_bytes() == whole


def test_a_file_ahead_of_the_database_keeps_what_it_knew(company: Company) -> None:
    company.brands(3)
    knew = (company.folder / "journal" / "heads.jsonl").read_bytes()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM journal_leaf WHERE index >= 3")
        cursor.execute("DELETE FROM journal_entry WHERE id NOT IN (SELECT entry_id FROM journal_leaf)")
        cursor.execute("DELETE FROM journal_head WHERE size > 3")
        cursor.execute("SET session_replication_role = origin")
    exports.forget_file()
    company.brands(1)
    now = (company.folder / "journal" / "heads.jsonl").read_bytes()
    assert now.startswith(knew)
    assert [line["size"] for line in lines(company.folder)] == [2, 3, 4, 4]


def test_leaves_that_do_not_fit_the_head_are_never_built_upon(company: Company) -> None:
    company.brands(2)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM journal_leaf WHERE index = 2")
        cursor.execute("SET session_replication_role = origin")
    company.brands(1, sealed=False)
    heads = Head.objects.count()
    with pytest.raises(sealing.BrokenTree, match="candour journal verify"):
        sealing.seal()
    assert Head.objects.count() == heads
    assert value("SELECT count(*) FROM journal_leaf") == 2


def test_sealing_goes_on_until_it_is_told_to_stop(company: Company) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=sealing.seal_forever, args=(stop, 0.05))
    thread.start()
    company.brands(3, sealed=False)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert Leaf.objects.count() == Entry.objects.count() == 4


def test_the_private_key_is_a_file_that_only_its_owner_reads(company: Company) -> None:
    company.brands(1)
    assert (company.folder / "keys" / "journal.key").stat().st_mode & 0o077 == 0
