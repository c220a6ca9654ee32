"""What the verification is made of: the lists of tables and functions agree with the database, posts and texts with their digests."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.db import connection

from candour.core.merkle import intake_root
from candour.journal import sealing, verify_leaves, verify_tables, verify_tree
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.journal.verify import Kind, verify
from candour.journal.verify_guards import function_digests, triggers
from candour.listening.models import Intake, Post, PostVersion, Source
from candour.project.commands import journal as commands

from .company import Company, forge, value

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


# --- The lists in the code -----------------------------------------------------------------------------------------------------------


def tables_of_models() -> set[str]:
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {"django_migrations"}


def test_every_table_is_regulated_append_only_or_left_out_with_a_reason() -> None:
    listed = [*verify_tables.REGULATED, *set(verify_tables.APPEND_ONLY) - set(verify_tables.REGULATED), *verify_tables.UNREGULATED]
    assert len(listed) == len(set(listed))
    assert set(listed) == tables_of_models()
    assert all(len(reason) > 20 for reason in verify_tables.UNREGULATED.values())


@pytest.mark.django_db
def test_the_guards_listed_are_those_the_migrations_made() -> None:
    found = {trigger.guard for trigger in triggers(connection.connection).values() if not trigger.guard.table.startswith("procrastinate_")}
    assert found == set(verify_tables.guards())


@pytest.mark.django_db
def test_the_functions_listed_are_those_the_migrations_made() -> None:
    with connection.cursor():
        assert function_digests(connection.connection) == verify_tables.FUNCTIONS
    called = {guard.function for guard in verify_tables.guards()}
    assert called <= verify_tables.FUNCTIONS.keys()


@pytest.mark.django_db
def test_no_guard_waits_for_a_condition() -> None:
    with connection.cursor():
        found = triggers(connection.connection)
    assert not [name for name, trigger in found.items() if trigger.conditional and "journal" in trigger.guard.trigger]


# --- Digests -------------------------------------------------------------------------------------------------------------------------


def version(post: Post, intake: Intake, text: str, raw: bytes = b"") -> PostVersion:
    digest = hashlib.sha256(b"\x00" + text.encode() + b"\x00" + raw).hexdigest()
    dates = {"seen_at": NOW, "published_at": NOW}
    return PostVersion(
        post=post, intake=intake, text=text, raw=raw, digest=digest, lang="de", market="de", author_sealed=b"", author_vault="v", **dates
    )


@pytest.fixture
def heard(company: Company) -> Company:
    """Three posts of one intake."""
    texts = ["Übelkeit seit gestern", "nach der Spritze", "danke"]
    with acting(company.person, "take_in"):
        source = Source.objects.create(key="s", name="S", kind="file", market="de")
        versions = [version(Post(), Intake(), text, b"{}") for text in texts]
        intake = Intake.objects.create(source=source, at=NOW, heard=3, stored=3, root=intake_root(row.digest for row in versions))
        for number, row in enumerate(versions):
            row.post = Post.objects.create(source=source, remote_id=str(number), author_key="a", first_heard_at=NOW)
            row.intake = intake
            row.save()
    sealing.seal()
    assert verify().problems == []
    return company


@pytest.mark.parametrize("change", ["text = 'Wohlbefinden seit gestern'", "raw = '{\"a\": 1}'", "deleted = true"])
def test_a_changed_post(heard: Company, change: str) -> None:
    first = value("SELECT min(id) FROM listening_postversion")
    forge(f"UPDATE listening_postversion SET {change} WHERE id = %s", first)
    report = verify()
    assert [(problem.kind, problem.where) for problem in report.problems] == [(Kind.POST_CHANGED, f"listening_postversion {first}")]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM listening_postversion WHERE text = 'danke'",
        "UPDATE listening_postversion SET text = 'x', digest = encode(sha256('\\x007800'::bytea || raw), 'hex') WHERE text = 'danke'",
        "UPDATE listening_postversion SET id = id + 10 WHERE text = 'nach der Spritze'",
        "UPDATE listening_postversion SET id = id + 100000 WHERE text = 'nach der Spritze'",
        "UPDATE listening_postversion SET intake_id = intake_id + 1 WHERE text = 'danke'",
        "DELETE FROM listening_postversion",
    ],
)
def test_the_posts_of_an_intake_are_bound_by_its_root(heard: Company, change: str) -> None:
    forge(change)
    report = verify()
    assert report.kinds() == {Kind.INTAKE_CHANGED}


@pytest.mark.parametrize("digest", ["'none'", "''", "repeat('é', 64)", "repeat('a', 63)", "substr(digest, 2) || 'g'"])
def test_a_digest_that_is_none(heard: Company, digest: str) -> None:
    forge(f"UPDATE listening_postversion SET digest = {digest} WHERE text = 'danke'")
    report = verify()
    assert report.kinds() == {Kind.INTAKE_CHANGED, Kind.POST_CHANGED}


def test_signed_bytes_that_were_changed_with_their_row_and_entry(company: Company) -> None:
    with acting(company.person, "sign"):
        Signature.objects.create(
            signer=company.person,
            meaning="approved",
            subject="draft",
            key="1",
            digest=hashlib.sha256(b"shown").hexdigest(),
            shown=b"shown",
            method="password",
            auth_time=NOW,
        )
    sealing.seal()
    assert verify().problems == []
    forge("UPDATE journal_signature SET shown = 'other'")
    assert verify().kinds() == {Kind.TEXT_CHANGED, Kind.ROW_CHANGED}


# --- The command ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_hand(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The tests' own database stands in for the one the command would start."""
    monkeypatch.setattr(commands, "with_django", contextlib.nullcontext)
    company.brands(3)
    return company


def run(company: Company, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `candour journal ...`."""
    result = CliRunner().invoke(commands.command, [*arguments, "--data", str(company.folder)], standalone_mode=False)
    code = result.return_value if result.exception is None else 2
    return int(code or 0), result.stdout, result.stderr


def test_the_command_says_how_many_entries_are_sound(at_hand: Company) -> None:
    at_hand.brands(1, sealed=False)
    code, out, err = run(at_hand, "verify")
    assert code == 0
    assert "4 of 5 entries are sound, 1 unsealed; 3 heads" in out
    assert out.endswith("Everything agrees.\n")
    assert err == ""  # a bar only where a person watches


def test_the_command_names_every_problem_and_answers_no(at_hand: Company) -> None:
    forge("UPDATE registry_brand SET name = 'Other' WHERE id = 2")
    code, out, _err = run(at_hand, "verify")
    assert code == 1
    assert "row_changed: The row 2 of registry_brand was changed behind the journal's back" in out


def test_only_the_entries_are_compared_when_asked_for_and_the_answer_says_so(at_hand: Company) -> None:
    forge("UPDATE registry_brand SET name = 'Other' WHERE id = 2")
    code, out, _err = run(at_hand, "verify", "--only-entries")
    assert code == 0
    assert "note: Rows and kept bytes were not compared" in out and out.endswith("The entries agree.\n")
    forge("UPDATE journal_entry SET reason = 'another' WHERE id = (SELECT max(id) FROM journal_entry)")
    code, out, _err = run(at_hand, "verify", "--only-entries")
    assert code == 1
    assert "entry_changed" in out and "row_changed" not in out


def test_the_command_answers_a_machine(at_hand: Company) -> None:
    code, out, _err = run(at_hand, "verify", "--json")
    told = json.loads(out)
    assert (code, told["holds"], told["sound"], told["problems"]) == (0, True, 4, [])


def test_a_copy_that_is_not_there_is_bad_usage(at_hand: Company, tmp_path: Path) -> None:
    code, out, _err = run(at_hand, "verify", "--heads", str(tmp_path / "none"))
    assert (code, out) == (2, "")


def test_the_exported_heads_prove_the_journal_later(at_hand: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    assert run(at_hand, "heads", "--export", str(copy))[0] == 0
    at_hand.brands(2)
    assert run(at_hand, "verify", "--heads", str(copy))[0] == 0
    before = copy.read_bytes()
    assert run(at_hand, "heads", "--export", str(copy))[0] == 2  # an older copy stays as it is
    assert copy.read_bytes() == before


def test_an_entry_that_is_sent_otherwise_than_it_was_sealed_is_sound(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a server ever send otherwise, verifying gets slower, and nothing is called changed that was not."""
    company.brands(3)
    other = verify_leaves._LEAVES.replace("e.reason", "'other'")
    monkeypatch.setattr(verify_leaves, "_LEAVES", other)
    report = verify()
    assert (report.problems, report.sound) == ([], 4)


def test_a_backlog_sealed_late_under_several_heads_is_sound(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealer that was away for hours signs head after head: entries of the later ones are old, and nobody slipped them in."""
    company.brands(6, sealed=False)
    monkeypatch.setattr(verify_tree, "LONGEST_TRANSACTION", -60.0)  # every entry is older than a head made since by more than that
    while sealing.seal(at_most=2) is not None:
        continue
    report = verify()
    assert (report.problems, report.sound) == ([], 7)
