"""The forger owns the database and switches its triggers off. Each way of forging must be named by `verify`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from candour.core.merkle import Frontier
from candour.core.signing import digest, load_or_create_key, public_hex
from candour.journal import exports, sealing, verify_tree
from candour.journal import verify as verifying
from candour.journal.acting import acting, note
from candour.journal.models import Entry, Head, Leaf
from candour.journal.verify import Kind, Report, verify
from candour.registry.models import Brand

from .company import Company, forge, guards_off, sql, value

BRANDS = 12


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody appends heads while these tests look."""
    monkeypatch.setattr(verifying, "PATIENCE", 0.0)


@pytest.fixture
def sealed(company: Company) -> Company:
    """Thirteen sealed entries: the person and twelve brands, each brand under a head of its own."""
    company.brands(BRANDS)
    assert verify().holds
    return company


def entry_of(brand: int) -> int:
    """The number of the entry that put in a brand."""
    return Entry.objects.get(subject="registry_brand", key=str(brand), op="I").id


def found(report: Report, kind: Kind) -> list[str]:
    return [problem.where for problem in report.problems if problem.kind == kind]


def test_a_changed_byte_in_an_entry(sealed: Company) -> None:
    entry = entry_of(5)
    assert forge("UPDATE journal_entry SET new = replace(new, 'Brand 4', 'Brand X') WHERE id = %s", entry) == 1
    report = verify()
    assert found(report, Kind.ENTRY_CHANGED) == [f"entry {entry}"]
    assert report.kinds() == {Kind.ENTRY_CHANGED, Kind.ROW_CHANGED}  # and the row no longer says what the entry says
    assert report.sound == BRANDS


@pytest.mark.parametrize(
    "column",
    [
        "at = at + interval '1 hour'",
        "written_at = written_at - interval '1 us'",
        "actor = '99'",
        "actor_name = 'Bo'",
        "act = 'x'",
        "reason = 'y'",
        "simulated = true",
        "key = '77'",
    ],
)
def test_every_column_of_an_entry_is_covered(sealed: Company, column: str) -> None:
    entry = entry_of(5)
    forge(f"UPDATE journal_entry SET {column} WHERE id = %s", entry)
    assert found(verify(), Kind.ENTRY_CHANGED) == [f"entry {entry}"]


def test_an_entry_that_no_clock_could_have_dated(sealed: Company) -> None:
    entry = entry_of(5)
    forge("UPDATE journal_entry SET at = 'infinity' WHERE id = %s", entry)
    assert found(verify(), Kind.ENTRY_CHANGED) == [f"entry {entry}"]


def test_a_deleted_entry(sealed: Company) -> None:
    entry = entry_of(5)
    forge("DELETE FROM journal_entry WHERE id = %s", entry)
    report = verify()
    assert found(report, Kind.ENTRY_DELETED) == [f"entry {entry}"]
    assert Kind.ENTRY_CHANGED not in report.kinds()


def test_a_deleted_entry_with_its_leaf(sealed: Company) -> None:
    index = Leaf.objects.get(entry_id=entry_of(5)).index
    forge("DELETE FROM journal_entry WHERE id = %s", entry_of(5))
    forge('DELETE FROM journal_leaf WHERE "index" = %s', index)
    assert found(verify(), Kind.LEAF_MISSING) == [f"leaf {index}"]


def test_a_deleted_entry_with_its_leaf_and_the_gap_closed(sealed: Company) -> None:
    forge("DELETE FROM journal_leaf WHERE entry_id = %s", entry_of(5))
    forge("DELETE FROM journal_entry WHERE id = %s", entry_of(5))
    with guards_off():
        for index in range(6, BRANDS + 1):
            sql('UPDATE journal_leaf SET "index" = %s WHERE "index" = %s', index - 1, index)
    report = verify()
    assert Kind.ROOT_DIFFERS in report.kinds()
    assert Kind.LEAF_MISSING in report.kinds()  # the last head counts one leaf more


def cut_off(last: int) -> None:
    """Take away the last entries with their rows, leaves and heads, so that the rest agrees with itself."""
    size = Leaf.objects.count() - last
    with guards_off():
        sql(
            "DELETE FROM registry_brand WHERE id IN (SELECT key::bigint FROM journal_entry WHERE id IN "
            "(SELECT entry_id FROM journal_leaf WHERE \"index\" >= %s) AND subject = 'registry_brand')",
            size,
        )
        sql('DELETE FROM journal_entry WHERE id IN (SELECT entry_id FROM journal_leaf WHERE "index" >= %s)', size)
        sql('DELETE FROM journal_leaf WHERE "index" >= %s', size)
        sql("DELETE FROM journal_head WHERE size > %s", size)


def test_the_last_ten_entries_cut_off_with_their_leaves_and_heads(sealed: Company) -> None:
    cut_off(10)
    report = verify()
    assert report.kinds() == {Kind.CUT_OFF}
    assert "the last 10 entries were cut off" in report.problems[0].sentence


def test_the_last_ten_cut_off_from_database_and_file_are_known_to_a_copy(sealed: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    exports.export_heads(copy)
    cut_off(10)
    own = sealed.folder / "journal" / "heads.jsonl"
    own.write_bytes(b"".join(own.read_bytes().splitlines(keepends=True)[:-10]))
    assert verify().holds  # nothing on this machine knows better
    report = verify(copy)
    assert found(report, Kind.CUT_OFF) == ["copy.jsonl"]


def test_a_database_that_was_set_back_and_went_on(sealed: Company) -> None:
    cut_off(3)
    exports.forget_file()
    sealing.forget_floor()
    sealed.brands(2)
    report = verify()
    assert {Kind.SET_BACK, Kind.REWRITTEN} <= report.kinds()
    assert report.sound == BRANDS + 1 - 3


CONTENT = ("at", "written_at", "actor", "actor_name", "act", "reason", "subject", "key", "op", "old", "new", "simulated")


def test_two_entries_that_changed_places(sealed: Company) -> None:
    one, other = entry_of(4), entry_of(9)
    columns, sources = ", ".join(CONTENT), ", ".join(f"b.{column}" for column in CONTENT)
    forge(
        f"UPDATE journal_entry a SET ({columns}) = ({sources}) FROM (SELECT * FROM journal_entry) b "
        "WHERE (a.id = %s AND b.id = %s) OR (a.id = %s AND b.id = %s)",
        one,
        other,
        other,
        one,
    )
    report = verify()
    assert found(report, Kind.ENTRIES_SWAPPED) == [f"entries {one} and {other}"]
    assert Kind.ENTRY_CHANGED not in report.kinds()


def test_two_leaves_that_changed_places(sealed: Company) -> None:
    one, other = Leaf.objects.get(index=3), Leaf.objects.get(index=8)
    with guards_off():
        sql('DELETE FROM journal_leaf WHERE "index" IN (3, 8)')
        sql(
            'INSERT INTO journal_leaf ("index", entry_id, hash) VALUES (3, %s, %s), (8, %s, %s)',
            other.entry_id,
            bytes(other.hash),
            one.entry_id,
            bytes(one.hash),
        )
    report = verify()
    assert {Kind.ENTRIES_SWAPPED, Kind.ROOT_DIFFERS} <= report.kinds()
    assert f"entry {other.entry_id}" in found(report, Kind.ENTRIES_SWAPPED)


def test_two_entries_of_one_seal_that_changed_their_leaves(company: Company) -> None:
    company.brands(4, sealed=False)
    sealing.seal()
    one, other = Leaf.objects.get(index=1), Leaf.objects.get(index=3)
    with guards_off():
        sql('DELETE FROM journal_leaf WHERE "index" IN (1, 3)')
        sql(
            'INSERT INTO journal_leaf ("index", entry_id, hash) VALUES (1, %s, %s), (3, %s, %s)',
            other.entry_id,
            bytes(other.hash),
            one.entry_id,
            bytes(one.hash),
        )
    assert {Kind.ENTRIES_SWAPPED, Kind.ROOT_DIFFERS} <= verify().kinds()


def recompute(key: Path) -> None:
    """Compute every leaf and head anew over the entries as they are now, and sign with `key`, as a forger with a script would."""
    sizes, at, previous = list(Head.objects.order_by("size").values_list("size", "at")), {}, sealing.NO_HEAD
    at = dict(sizes)
    installation, signer = value("SELECT uid::text FROM journal_installation"), load_or_create_key(key)
    with guards_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_leaf")
        cursor.execute("DELETE FROM journal_head")
        cursor.execute(f"SELECT {sealing.COLUMNS} FROM journal_entry e ORDER BY id")
        tree = Frontier()
        for row in cursor.fetchall():
            leaf = sealing.entry_leaf(sealing.Sealed(*row))
            cursor.execute('INSERT INTO journal_leaf ("index", entry_id, hash) VALUES (%s, %s, %s)', [tree.size, row[0], leaf])
            tree.append(leaf)
            if tree.size in at:
                head = Head(size=tree.size, at=at[tree.size], root=tree.root().hex(), previous=previous)
                head.signed = sealing.head_bytes(head, str(installation), False).decode()
                head.signature, head.public_key = signer.sign(head.signed.encode()).hex(), public_hex(signer)
                head.frontier = tree.to_bytes()
                head.save(force_insert=True)
                previous = digest(head.signed.encode())


def forge_everything(key: Path) -> None:
    """Change a brand's name in row and entry alike, and recompute the rest."""
    forge("UPDATE journal_entry SET new = replace(new, 'Brand 4', 'Brand X') WHERE subject = 'registry_brand'")
    forge("UPDATE registry_brand SET name = 'Brand X' WHERE name = 'Brand 4'")
    recompute(key)


def test_everything_recomputed_with_a_key_of_the_forger(sealed: Company, tmp_path: Path) -> None:
    forge_everything(tmp_path / "forger.key")
    report = verify()
    assert report.kinds() == {Kind.HEAD_KEY, Kind.REWRITTEN}
    assert report.sound == 0


def test_everything_recomputed_with_the_stolen_key_is_known_to_the_file(sealed: Company) -> None:
    forge_everything(sealed.folder / "keys" / "journal.key")
    report = verify()
    assert report.kinds() == {Kind.REWRITTEN, Kind.HEAD_REPLACED} or report.kinds() == {Kind.REWRITTEN}
    assert report.sound < BRANDS + 1


def test_everything_recomputed_and_the_file_replaced_is_known_to_a_copy(sealed: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    exports.export_heads(copy)
    forge_everything(sealed.folder / "keys" / "journal.key")
    own = sealed.folder / "journal" / "heads.jsonl"
    own.unlink()
    exports.forget_file()
    exports.append_heads()
    assert verify().holds  # nothing on this machine knows better
    report = verify(copy)
    assert report.kinds() == {Kind.REWRITTEN}
    assert found(report, Kind.REWRITTEN)[0].startswith("copy.jsonl:")


def test_the_key_replaced_on_the_machine_as_well(sealed: Company, tmp_path: Path) -> None:
    forge_everything(tmp_path / "forger.key")
    shutil.copy(tmp_path / "forger.key", sealed.folder / "keys" / "journal.key")
    assert {Kind.REWRITTEN, Kind.HEAD_KEY} <= verify().kinds()  # the lines of the file carry another key


def test_a_missing_key_is_named_and_not_made_anew(sealed: Company) -> None:
    (sealed.folder / "keys" / "journal.key").unlink()
    assert verify().kinds() == {Kind.KEY_MISSING}
    assert not (sealed.folder / "keys" / "journal.key").exists()


# --- Rows ----------------------------------------------------------------------------------------------------------------------------


def test_a_row_changed_behind_the_journals_back(sealed: Company) -> None:
    forge("UPDATE registry_brand SET name = 'Other' WHERE id = 5")
    report = verify()
    assert report.kinds() == {Kind.ROW_CHANGED}
    assert found(report, Kind.ROW_CHANGED) == ["registry_brand 5"]
    assert "name" in report.problems[0].sentence


def test_a_row_deleted_behind_the_journals_back(sealed: Company) -> None:
    forge("DELETE FROM registry_brand WHERE id = 5")
    report = verify()
    assert (report.kinds(), found(report, Kind.ROW_DELETED)) == ({Kind.ROW_DELETED}, ["registry_brand 5"])


def test_a_row_put_in_behind_the_journals_back(sealed: Company) -> None:
    forge("INSERT INTO registry_brand (id, key, name, area) VALUES (999, 'ghost', 'Ghost', '')")
    report = verify()
    assert (report.kinds(), found(report, Kind.ROW_INSERTED)) == ({Kind.ROW_INSERTED}, ["registry_brand 999"])


def test_a_row_deleted_by_an_act_is_no_problem(sealed: Company) -> None:
    with acting(sealed.person, "remove_brand"):
        Brand.objects.get(pk=5).delete()
    sealing.seal()
    assert verify().problems == []


def test_a_change_that_a_later_act_covered_up(sealed: Company) -> None:
    forge("UPDATE registry_brand SET name = 'Other' WHERE id = 5")
    with acting(sealed.person, "rename"):
        Brand.objects.filter(pk=5).update(name="Brand 4")
    report = verify()
    assert report.kinds() == {Kind.ROW_CHANGED_BETWEEN}


def test_a_column_left_out_of_the_record_may_change(sealed: Company) -> None:
    sql("UPDATE people_user SET failed_attempts = 3, last_login = now()")
    assert verify().problems == []


def test_a_row_written_by_a_session_in_another_time_zone_is_no_problem(sealed: Company) -> None:
    sql("SET timezone = 'Asia/Kolkata'")
    with acting(sealed.person, "invite"):
        sql("UPDATE people_user SET invited_at = now()")
    sql("SET timezone = 'UTC'")
    assert verify().problems == []


# --- Dates ---------------------------------------------------------------------------------------------------------------------------


def slip_in(when: str, number: int | None = None) -> None:
    """An entry with the date of the forger's choice, and where wanted with a number that was drawn and never used."""
    columns = "at, written_at, actor, actor_name, act, reason, subject, key, op, old, new, simulated"
    values = f"{when}, {when}, '1', 'Ana Prado', 'train', '', 'note', '1', 'N', '', '\"trained\"', false"
    if number is None:
        forge(f"INSERT INTO journal_entry ({columns}) VALUES ({values})")
    else:
        forge(f"INSERT INTO journal_entry (id, {columns}) VALUES ({number}, {values})")


@pytest.mark.parametrize("sealed_too", [False, True])
def test_an_entry_slipped_in_with_an_old_date(sealed: Company, sealed_too: bool) -> None:
    slip_in("now() - interval '10 days'")
    if sealed_too:
        sealing.seal()
    report = verify()
    assert report.kinds() == {Kind.ENTRY_BACKDATED}


def test_an_entry_slipped_in_under_a_number_that_was_never_used(company: Company) -> None:
    company.brands(2)
    unused = int(str(value("SELECT nextval(pg_get_serial_sequence('journal_entry', 'id'))")))
    company.brands(2)
    slip_in("now() - interval '2 hours'", unused)
    sealing.forget_floor()
    sealing.seal()
    report = verify()
    assert found(report, Kind.ENTRY_BACKDATED) == [f"entry {unused}"]


def test_an_insert_with_the_guards_on_is_dated_by_the_database_whatever_it_says(sealed: Company) -> None:
    with acting(sealed.person, "real act"):
        sql(
            "INSERT INTO journal_entry (at, written_at, actor, actor_name, act, reason, subject, key, op, old, new, simulated) "
            "VALUES ('2001-01-01', '2001-01-01', '99', 'Somebody else', 'other', '', 'note', '1', 'N', '', '', true)"
        )
    entry = Entry.objects.order_by("-id")[0]
    assert (entry.actor, entry.actor_name, entry.act, entry.simulated) == (str(sealed.person.pk), "Ana Prado", "real act", False)
    assert entry.at == entry.written_at
    assert entry.at.year > 2001
    assert verify().problems == []


# --- Heads and their files -----------------------------------------------------------------------------------------------------------


def edit_file(company: Company, change: Callable[[list[bytes]], list[bytes]]) -> None:
    own = company.folder / "journal" / "heads.jsonl"
    own.write_bytes(b"".join(change(own.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize("kept", [slice(None, -2), slice(None, 0)])
def test_a_shortened_file_of_heads(sealed: Company, kept: slice) -> None:
    edit_file(sealed, lambda lines: lines[kept])
    assert verify().kinds() == {Kind.HEADS_FILE_SHORTENED}


def test_lines_taken_out_of_the_middle_of_the_file(sealed: Company) -> None:
    edit_file(sealed, lambda lines: lines[:4] + lines[6:])
    assert verify().kinds() == {Kind.HEADS_FILE_SHORTENED, Kind.HEADS_FILE_EDITED}


def test_an_edited_line(sealed: Company) -> None:
    edit_file(sealed, lambda lines: [*lines[:3], lines[3].replace(b'size\\":', b'size\\":1'), *lines[4:]])
    report = verify()
    assert Kind.HEADS_FILE_EDITED in report.kinds()
    assert found(report, Kind.HEADS_FILE_EDITED)[0] == "heads.jsonl:4"


def test_a_line_that_is_no_head(sealed: Company) -> None:
    edit_file(sealed, lambda lines: [*lines[:3], b"not a head\n", *lines[3:]])
    assert verify().kinds() == {Kind.HEADS_FILE_EDITED}


def test_a_lost_file_of_heads(sealed: Company) -> None:
    (sealed.folder / "journal" / "heads.jsonl").unlink()
    assert verify().kinds() == {Kind.HEADS_FILE_MISSING}


def test_an_older_copy_is_no_problem(sealed: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    exports.export_heads(copy)
    sealed.brands(3)
    assert verify(copy).problems == []


def test_an_export_never_replaces_an_older_one(sealed: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    assert exports.export_heads(copy) == BRANDS
    before = copy.read_bytes()
    with pytest.raises(FileExistsError):
        exports.export_heads(copy)
    assert copy.read_bytes() == before == (sealed.folder / "journal" / "heads.jsonl").read_bytes()


def test_a_deleted_head(sealed: Company) -> None:
    forge("DELETE FROM journal_head WHERE size = 6")
    assert verify().kinds() == {Kind.HEAD_MISSING, Kind.HEAD_CHAIN}


def test_deleted_last_heads_with_their_leaves_left(sealed: Company) -> None:
    forge("DELETE FROM journal_head WHERE size > 6")
    assert Kind.HEAD_MISSING in verify().kinds()


@pytest.mark.parametrize("column", ["root = repeat('0', 64)", "previous = repeat('0', 64)", "at = at - interval '1 day'"])
def test_a_column_of_a_head_that_was_changed(sealed: Company, column: str) -> None:
    forge(f"UPDATE journal_head SET {column} WHERE size = 6")
    report = verify()
    assert found(report, Kind.HEAD_CHANGED) == ["the head of 6 entries"]


def test_a_head_whose_signed_text_was_changed(sealed: Company) -> None:
    forge("UPDATE journal_head SET signed = replace(signed, '\"demo\":false', '\"demo\":true') WHERE size = 6")
    assert {Kind.HEAD_SIGNATURE, Kind.INSTALLATION_CHANGED, Kind.HEAD_CHAIN} <= verify().kinds()


def test_a_demo_made_real_by_force(sealed: Company) -> None:
    forge("UPDATE journal_installation SET demo = true")
    assert Kind.INSTALLATION_CHANGED in verify().kinds()


def test_a_frontier_that_was_changed_stops_the_sealer(sealed: Company) -> None:
    forge("UPDATE journal_head SET frontier = set_byte(frontier, 0, (get_byte(frontier, 0) + 1) % 256)")
    sealed.brands(1, sealed=False)
    with pytest.raises(sealing.BrokenTree):
        sealing.seal()
    assert Leaf.objects.count() == BRANDS + 1


# --- Counting ------------------------------------------------------------------------------------------------------------------------


def test_young_entries_are_unsealed_and_not_sound(sealed: Company) -> None:
    sealed.brands(3, sealed=False)
    report = verify()
    assert (report.sound, report.unsealed, report.entries) == (BRANDS + 1, 3, BRANDS + 4)
    assert report.problems == report.notes == []


def test_entries_that_wait_too_long_are_noted(sealed: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.brands(1, sealed=False)
    monkeypatch.setattr(verify_tree, "WAITED_LONG", -1.0)
    report = verify()
    assert "worker" in report.notes[0]


def test_many_problems_of_a_kind_are_counted(company: Company) -> None:
    company.brands(30, sealed=False)
    sealing.seal()
    forge("UPDATE journal_entry SET reason = 'x' WHERE subject = 'registry_brand'")
    report = verify()
    assert len(found(report, Kind.ENTRY_CHANGED)) == 25
    assert report.untold[Kind.ENTRY_CHANGED] == 5
    assert report.sentences()[-1].startswith("5 more")


def test_happenings_without_a_row_are_entries_too(sealed: Company) -> None:
    with acting(sealed.person, "sign_in"):
        note("people_user", str(sealed.person.pk), "signed in")
    sealing.seal()
    report = verify()
    assert (report.problems, report.sound) == ([], BRANDS + 2)
    assert json.loads(Entry.objects.order_by("-id")[0].new) == "signed in"
