"""Every number of the doctor is explained, keeps its meaning, and appears when, and only when, its fault is there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from running import ROOT

from candour.assurance.models import WatchRound
from candour.insight import health_queries
from candour.project import cli, database_checks, doctor
from candour.project.errors import StartError
from tests import factories


def told(findings: list[doctor.Finding]) -> set[str]:
    return {finding.number for finding in findings if finding.fault}


def test_every_number_is_explained_and_no_other() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (D\d\d) \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)) == doctor.CHECKS
    assert list(doctor.CHECKS) == [f"D{number:02}" for number in range(1, len(doctor.CHECKS) + 1)], "a number is never given away"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in order."""
    for name in ("run", "logs", "keys"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "keys" / "secret").touch(mode=0o600)
    return tmp_path


def test_faults_of_the_folder_have_their_numbers(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (doctor._writable(data), doctor._keys(data / "keys")) == (None, None)
    (data / "keys" / "secret").chmod(0o644)
    assert "chmod -R go=" in (doctor._keys(data / "keys") or "")
    (data / "keys" / "secret").unlink()
    assert "backup" in (doctor._keys(data / "keys") or "")
    shutil.rmtree(data / "logs")
    assert str(data / "logs") in (doctor._writable(data) or "")
    usage = shutil.disk_usage(data)
    for free, total, fault in ((10**8, 10**12, True), (10**8, 10**9, False), (2 * 10**9, 10**12, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free, total=total: usage._replace(total=total, free=free))
        assert bool(doctor._room(data)) is fault


@contextmanager
def no_database(data: Path) -> Iterator[None]:
    raise StartError("PostgreSQL did not start.")
    yield


def test_a_database_that_does_not_start_is_d03_and_ends_the_list(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "with_django", no_database)
    findings = doctor.examine(data)
    assert told(findings) == {"D03"}
    assert [finding.number for finding in findings] == ["D01", "D02", "D03", "D12", "D14"]


@pytest.mark.parametrize(("number", "check"), [("D03", "reach_fault"), ("D04", "locale_fault"), ("D05", "migration_fault")])
@pytest.mark.django_db
def test_a_database_that_is_not_fit_ends_the_list(number: str, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, check, lambda: "It is not.")
    findings = doctor._database()
    assert told(findings) == {number}
    assert findings[-1].number <= "D05"


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation in order, whose worker has spoken and gone round."""
    factories.installation()
    WatchRound.objects.create(id=1, at=factories.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    monkeypatch.setattr(health_queries, "sealing_lag", lambda: 0.0)


@pytest.mark.django_db
def test_an_installation_in_order_has_no_fault(at_work: None) -> None:
    assert told(list(doctor._work())) == set()


@pytest.mark.django_db
def test_a_journal_that_is_not_sealed_is_d07(at_work: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_queries, "sealing_lag", lambda: 3600.0)
    [one] = [finding for finding in doctor._work() if finding.fault]
    assert (one.number, one.name) == ("D07", "the journal is sealed")
    assert one.fault == (
        "Entries have waited 3600 s for their seal: start the worker; when one runs, its log says why it can't seal "
        "(the key in the keys folder, the file of heads, the disk)."
    )


@pytest.mark.parametrize(("sql", "words"), [("DELETE FROM procrastinate_workers", "No worker runs"), ("", "has said nothing")])
@pytest.mark.django_db
def test_a_worker_that_is_not_there_is_d08(at_work: None, sql: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql or "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    [one] = [finding for finding in doctor._work() if finding.fault]
    assert one.number == "D08" and words in (one.fault or "")


@pytest.mark.django_db
def test_a_watch_that_stands_still_is_d09(at_work: None) -> None:
    WatchRound.objects.update(at=factories.now() - timedelta(hours=1))
    assert told(list(doctor._work())) == {"D09"}


@pytest.mark.parametrize(
    ("https", "debug", "proxies", "address", "word"),
    [
        (False, False, 0, "http://127.0.0.1:8321", ""),
        (False, True, 0, "http://localhost:8321", ""),
        (True, False, 1, "https://candour.company.example", ""),
        (True, True, 1, "https://candour.company.example", "CANDOUR_DEBUG"),
        (True, False, 0, "https://candour.company.example", "CANDOUR_PROXIES"),
        (False, False, 1, "http://candour.company.example:80", "CANDOUR_BASE_URL"),
    ],
)
def test_settings_for_a_machine_that_others_reach_are_d13(
    https: bool, debug: bool, proxies: int, address: str, word: str, settings
) -> None:
    settings.HTTPS, settings.DEBUG, settings.PROXIES, settings.BASE_URL = https, debug, proxies, address
    fault = doctor._settings()
    assert bool(fault) == bool(word)
    assert word in (fault or "")


def test_numbers_and_the_exit_code_come_out_of_the_command(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "with_django", no_database)
    assert cli.outcome(["doctor", "--json", "--data", str(data)]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {"number": "D03", "check": "database answers", "ok": False, "fault": "PostgreSQL did not start."} in rows
    assert cli.outcome(["doctor", "--data", str(data)]) == 1
    assert "no   D03 database answers: PostgreSQL did not start." in capsys.readouterr().out
    monkeypatch.setattr(doctor, "examine", lambda _data: [doctor.found("D01", None)])
    assert cli.outcome(["doctor", "--data", str(data)]) == 0


def test_a_fault_in_the_companys_own_rules_is_named_by_file(data: Path) -> None:
    assert [finding.fault for finding in doctor._own_rules(data)] == [None]
    (data / "packs").mkdir()
    (data / "packs" / "house.toml").write_text('market = "de"\ntitle = "House"\nsurprise = 1\n')
    (data / "packs" / "other.toml").write_text("[[")
    found = doctor._own_rules(data)
    assert {finding.number for finding in found} == {"D14"}
    assert any("packs/other.toml is not valid TOML" in str(finding.fault) for finding in found)
