"""What is past its time goes and leaves a sound record; what is held stays; who was erased comes back from no backup."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from candour.assurance.models import Erasure, LegalHold, RetentionRun
from candour.cases.models import Case
from candour.cases.queries import evidence_of
from candour.core.key_copy import read_copy
from candour.core.rights import Function
from candour.core.states import CaseState
from candour.core.terms import DutyKind
from candour.flows import erasure, retention
from candour.flows.answers import Refusal
from candour.journal import exports, sealing
from candour.journal.acting import acting
from candour.journal.destroyed import destroyed
from candour.journal.keys import vault
from candour.journal.models import Entry
from candour.journal.sealing import seal
from candour.journal.verify import verify
from candour.listening.models import PostFinding, PostVersion
from candour.listening.queries import versions_of
from candour.packs.retention import RetentionError, load
from candour.people.actions import add_machine
from candour.people.models import User
from candour.project.backup import save
from tests import factories
from tests.surroundings import clean

from .ground import somebody

if TYPE_CHECKING:
    from pytest_django import Settings

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=12000)
SECRET = b"a passphrase of a test"
WORDS = "Third week on Mivrantel and I can’t feel my left hand."


@pytest.fixture
def privacy(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[User]:
    """A person of privacy in an installation with keys of its own, whose rows are really committed."""
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    (tmp_path / "installation").write_text("company\n")
    for forget in (vault.cache_clear, sealing.forget_floor, exports.forget_file):
        forget()
    factories.installation()
    with acting(factories.founder(), "test"):
        add_machine("listener", Function.LISTENER, LONG_AGO)
    yield somebody("Lena Osterkamp", Function.LEGAL_REVIEWER)
    for forget in (vault.cache_clear, sealing.forget_floor, exports.forget_file):
        forget()


def machine() -> User:
    return User.objects.get(is_machine=True)


def praise(author: str = "otto.example", heard_at: datetime = LONG_AGO) -> Case:
    """A case without a duty that the law says to keep."""
    return factories.case(WORDS, findings=[factories.finding(WORDS, "Third week", DutyKind.PRAISE)], author=author, heard_at=heard_at)


def close(case: Case, at: datetime = LONG_AGO) -> Case:
    with acting(factories.founder(), "test"):
        case.duties.update(state="dismissed") if case.top_duty == "AE" else None
        case.state, case.closed_at, case.closed_by = CaseState.CLOSED, at, factories.founder()
        case.save()
    return case


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Entry, RetentionRun, Erasure, LegalHold))


def test_old_posts_lose_their_words_and_the_record_stays_sound(privacy: User) -> None:
    old, young = factories.post(heard_at=NOW - timedelta(days=100), findings=[factories.finding(WORDS, "left hand")]), factories.post()
    row = retention.run(machine(), NOW)[0]
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.text, bytes(old.raw), bytes(old.author_sealed), old.cleared_run) == ("", b"", b"", row.pk)
    assert (young.text, young.cleared_run, row.counts) == (WORDS, None, {"posts": 1})
    assert not PostFinding.objects.filter(version=old).exists()
    assert list(versions_of(old.post)) == []
    seal()
    assert verify().problems == []


def test_emptying_a_post_behind_the_records_back_is_named(privacy: User) -> None:
    factories.post(heard_at=NOW - timedelta(days=100))
    row, victim = retention.run(machine(), NOW)[0], factories.post()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE listening_postversion SET text = '', raw = '', cleared_run = %s WHERE id = %s", [row.pk, victim.pk])
    assert [problem.where for problem in verify().problems] == [f"assurance_retentionrun {row.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE listening_postversion SET cleared_run = 4711 WHERE id = %s", [victim.pk])
    assert "assurance_retentionrun 4711" in [problem.where for problem in verify().problems]


def test_a_dry_run_names_what_a_run_takes_and_changes_nothing(privacy: User) -> None:
    factories.post(heard_at=NOW - timedelta(days=100))
    case = close(praise())
    before = counts()
    due = {one.key: one for one in retention.dry_run(NOW)}
    assert (due["posts"].count, due["cases"].count, due["safety_cases"].count) == (2, 1, 0)
    assert due["cases"].first[0].startswith(case.number)
    assert counts() == before
    assert vault().holds(case.vault)
    retention.run(machine(), NOW)
    assert [one.count for one in retention.dry_run(NOW) if one.key in ("posts", "cases")] == [0, 0]
    assert not vault().holds(case.vault)


def test_a_run_again_takes_nothing_more(privacy: User) -> None:
    factories.post(heard_at=NOW - timedelta(days=100))
    retention.run(machine(), NOW)
    assert [row.counts for row in retention.run(machine(), NOW)] == [{"cases": 0, "safety_cases": 0, "author_keys": 0}]


def test_a_run_cut_off_before_the_key_went_is_finished_by_the_next(privacy: User) -> None:
    case = close(praise())
    with acting(machine(), "retention.run"):
        retention.record(machine(), [f"vault/{case.vault}"], "Past its retention period.", "retention", NOW)
    assert vault().holds(case.vault)
    retention.run(machine(), NOW)
    assert not vault().holds(case.vault)


@pytest.mark.parametrize("kind", ["case", "account", "author"])
def test_a_hold_beats_every_period_until_it_is_lifted(privacy: User, kind: str) -> None:
    source = factories.source(of=factories.account())
    case = close(factories.case(WORDS, findings=[factories.finding(WORDS, "Third week", DutyKind.PRAISE)], heard_at=LONG_AGO, on=source))
    key = {"case": case.number, "account": "newsroom-de", "author": case.person_key}[kind]
    hold = erasure.place_hold(privacy, kind, key, "Court asks for it", factories.PASSWORD, NOW)
    retention.run(machine(), NOW)
    assert vault().holds(case.vault)
    assert PostVersion.objects.get().text == WORDS
    assert [(one.count, one.held) for one in retention.dry_run(NOW)][:2] == [(0, 1), (0, 1)]
    with pytest.raises(Refusal, match="legal hold"):
        erasure.erase_author(privacy, case.person_key, "asked", erasure.REQUEST, factories.PASSWORD, NOW)
    lifted = erasure.lift_hold(privacy, hold.pk, "Case ended", factories.PASSWORD, NOW)
    assert (hold.signature.signer, lifted.lift_signature.meaning) == (privacy, "lift")
    retention.run(machine(), NOW)
    assert not vault().holds(case.vault)


def test_a_person_is_not_erased_by_whom_it_is_not_for_nor_with_a_wrong_secret(privacy: User) -> None:
    case = close(praise())
    auditor = somebody("Nadia Brandt", Function.AUDITOR)
    before = (counts(), vault().holds(case.vault))
    for person, secret in ((auditor, factories.PASSWORD), (privacy, "wrong-password-here")):
        with pytest.raises(Refusal):
            erasure.erase_author(person, case.person_key, "asked", erasure.REQUEST, secret, NOW)
        with pytest.raises(Refusal):
            erasure.place_hold(person, "case", case.number, "why", secret, NOW)
    assert (counts(), vault().holds(case.vault)) == before


def test_a_request_leaves_what_the_law_says_to_keep_and_an_order_does_not(privacy: User) -> None:
    kept, gone = factories.case(), praise(author="anneke.example", heard_at=NOW)
    for case in (kept, gone):
        with acting(factories.founder(), "test"):
            case.duties.exclude(kind="PRAISE").update(state="receipted")
            Case.objects.filter(pk=case.pk).update(state=CaseState.CLOSED, closed_at=NOW)
    done = erasure.erase_author(privacy, kept.person_key, "asked by letter", erasure.REQUEST, factories.PASSWORD, NOW)
    assert (done.cases, done.kept) == ([gone.number], [kept.number])
    assert (vault().holds(kept.vault), vault().holds(gone.vault)) == (True, False)
    erasure.erase_author(privacy, kept.person_key, "order 12/26", erasure.ORDER, factories.PASSWORD, NOW)
    assert not vault().holds(kept.vault)


def test_an_open_case_is_closed_before_its_person_is_erased(privacy: User) -> None:
    case = praise(heard_at=NOW)
    with pytest.raises(Refusal, match="still open"):
        erasure.erase_author(privacy, case.person_key, "asked", erasure.REQUEST, factories.PASSWORD, NOW)
    assert evidence_of(case)[0].data["text"] == WORDS


def conninfo() -> str:
    given = connection.settings_dict
    return f"host={given['HOST']} user={given['USER']} dbname={given['NAME']} port={given['PORT'] or 5432} password='{given['PASSWORD']}'"


READ = """
import sys, json
from pathlib import Path
from candour.project.django_ready import with_django
with with_django(Path(sys.argv[1])):
    from candour.cases.models import Case
    from candour.cases.queries import evidence_of
    from candour.listening.models import PostVersion
    cases = {case.number: evidence_of(case)[0].data for case in Case.objects.all()}
    print(json.dumps([cases, list(PostVersion.objects.order_by("id").values_list("text", flat=True))]))
"""


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = clean(CANDOUR_BACKUP_PASSPHRASE=SECRET.decode())
    return subprocess.run([str(part) for part in arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_who_was_erased_comes_back_from_no_backup(privacy: User, tmp_path: Path) -> None:
    """Row, history and a backup made before: none can be read, and the journal is sound in both installations."""
    gone, stays = close(praise(heard_at=NOW), NOW), close(praise("berta.example", heard_at=NOW), NOW)
    seal()
    file, keys = tmp_path / "before.candour", tmp_path / "candour.keys"
    save.save(tmp_path, conninfo(), file, keys, SECRET, lambda *told: None)
    erasure.erase_author(privacy, gone.person_key, "asked by letter", erasure.REQUEST, factories.PASSWORD, NOW)
    seal()

    assert (evidence_of(gone)[0].data, evidence_of(stays)[0].data["text"]) == ({"gone": True}, WORDS)
    name = f"vault/{gone.vault}"
    assert {name, f"author/{gone.person_key}"} == destroyed().keys()
    copy = read_copy(keys, SECRET)
    assert name not in copy.keys and f"vault/{stays.vault}" in copy.keys and name in copy.destroyed
    for row in gone.evidence.all():
        history = Entry.objects.get(subject="cases_evidence", key=str(row.pk), op="I")
        assert bytes(row.sealed).hex() in history.new and WORDS not in history.new
    assert verify().problems == []

    candour, there = Path(sys.executable).with_name("candour"), tmp_path / "restored"
    restored = command(candour, "restore", file, "--keys", keys, "--data", there, "--json")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert json.loads(restored.stdout)["verified"] is True
    cases, texts = json.loads(command(sys.executable, "-c", READ, there).stdout)
    assert (cases[gone.number], cases[stays.number]["text"], texts) == ({"gone": True}, WORDS, ["", WORDS])
    again = command(candour, "journal", "verify", "--data", there)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "Everything agrees.")


def test_a_companys_own_period_is_read_and_too_short_a_one_refused(tmp_path: Path) -> None:
    own = tmp_path / "retention.toml"
    own.write_text('[posts]\ndays = 30\nreason = "works council"\n')
    assert (load(own)["posts"].days, load(own)["cases"].days, load()["posts"].days) == (30, load()["cases"].days, 90)
    for words in (
        "[posts]\ndays = 1\nreason = 'short'\n",
        "[poets]\ndays = 30\nreason = 'who'\n",
        "[posts]\ndays = 30\n",
        "posts = 30",
        "[",
    ):
        own.write_text(words)
        with pytest.raises(RetentionError, match=r"retention\.toml"):
            load(own)
