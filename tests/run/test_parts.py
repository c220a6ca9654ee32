"""The small pieces of the start: patience, locks, database addresses, the kind of an installation, the database's letters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

from candour.project import database, database_checks, folder, locks, postgres, supervisor
from candour.project.errors import StartError
from candour.project.postgres import EmbeddedPostgres
from candour.project.processes import Patience, describe_end

PATIENT = {"connect_timeout": "5"}


def test_patience_grows_and_ends() -> None:
    patience = Patience()
    assert [patience.after(0.1) for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, None]


def test_a_good_run_gives_patience_back() -> None:
    patience = Patience(failures=4)
    assert patience.after(3600) == 0.5
    assert patience.after(0.1) == 1.0


@pytest.mark.parametrize(("code", "words"), [(-9, "was killed by SIGKILL"), (3, "ended with exit code 3"), (0, "ended with exit code 0")])
def test_an_end_is_described(code: int, words: str) -> None:
    assert describe_end(code) == words


def test_a_lock_ends_with_the_last_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    fd = locks.open_lock(path)
    assert locks.take(fd)
    heir = os.dup(fd)
    os.close(fd)
    assert locks.is_held(path)
    os.close(heir)
    assert not locks.is_held(path)


@pytest.mark.parametrize(
    ("url", "known"),
    [
        (
            "postgresql://u:p%40ss@db:5433/n",
            {"HOST": "db", "PORT": "5433", "USER": "u", "PASSWORD": "p@ss", "NAME": "n", "OPTIONS": PATIENT},
        ),
        ("postgres://db/n?sslmode=require", {"HOST": "db", "USER": "", "PASSWORD": "", "OPTIONS": {"sslmode": "require"} | PATIENT}),
        ("postgresql:///n?host=/run/pg&user=u", {"HOST": "/run/pg", "USER": "u", "PORT": ""}),
    ],
)
def test_a_database_address_is_read(url: str, known: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CANDOUR_PREPARE", "0")
    assert postgres.database_settings(tmp_path).items() >= known.items()
    assert list(tmp_path.iterdir()) == []


def test_repeated_statements_are_planned_once_unless_a_pooler_forbids_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/n?sslmode=require")
    known = {"sslmode": "require"} | PATIENT
    assert postgres.database_settings(tmp_path)["OPTIONS"] == {"server_side_binding": True, "prepare_threshold": 5} | known
    monkeypatch.setenv("CANDOUR_PREPARE", "0")
    assert postgres.database_settings(tmp_path)["OPTIONS"] == known
    monkeypatch.setenv("CANDOUR_PREPARE", "no")
    with pytest.raises(StartError, match="CANDOUR_PREPARE"):
        postgres.database_settings(tmp_path)


@pytest.mark.parametrize("url", ["mysql://db/n", "postgresql://db", "nonsense"])
def test_an_address_that_can_not_be_used_is_one_sentence(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(StartError, match=r"^DATABASE_URL .*write postgresql://USER:PASSWORD@HOST:PORT/NAME\.$"):
        postgres.database_settings(tmp_path)


def test_the_first_start_decides_what_an_installation_is(tmp_path: Path) -> None:
    assert folder.kind(tmp_path) == "demo"
    assert not (tmp_path / "installation").exists()
    assert folder.kind(tmp_path, empty=True) == "company"
    assert folder.kind(tmp_path, empty=False) == folder.kind(tmp_path) == "company"
    assert folder.environment(tmp_path)["CANDOUR_DEMO"] == "0"


@pytest.mark.slow
def test_a_command_alone_starts_and_stops_the_database_and_beside_another_leaves_it(open_folder: Path) -> None:
    with database.at_hand(open_folder) as first:
        pid = first.pid()
        with database.at_hand(open_folder) as second:
            assert second.pid() == pid
        assert first.pid() == pid
    assert first.pid() is None
    assert not first.sockets.exists()


@pytest.mark.slow
def test_a_process_number_of_another_program_is_not_believed(open_folder: Path) -> None:
    with database.at_hand(open_folder) as server:
        pass
    (server.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert server.pid() is None
    with database.at_hand(open_folder) as again:
        assert again.pid() not in (None, os.getpid())


@pytest.fixture
def open_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


@pytest.fixture
def ascii_only(open_folder: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """A database as a careless administrator makes it: locale C, which knows ASCII letters alone."""
    server = EmbeddedPostgres(open_folder, for_tests=True).start()
    with psycopg.connect(server.conninfo(), autocommit=True) as owner:
        owner.execute("CREATE DATABASE ascii_only LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    connection = connections.create_connection("default")
    place = {"HOST": str(server.sockets), "PORT": "", "NAME": "ascii_only", "USER": postgres.DATABASE_USER, "PASSWORD": ""}
    connection.settings_dict = {**connection.settings_dict, **place}
    with django_db_blocker.unblock():
        yield connection
        connection.close()
    server.stop()


@pytest.mark.slow
def test_a_database_without_the_worlds_letters_is_found_out(ascii_only: BaseDatabaseWrapper) -> None:
    fault = "The database was made with a locale that knows only ASCII letters: make it again with a UTF-8 one such as C.UTF-8."
    assert database_checks.locale_fault(ascii_only) == fault
    with ascii_only.cursor() as cursor:
        cursor.execute("CREATE EXTENSION pg_trgm")
    assert database_checks.locale_fault(ascii_only) == fault


@pytest.mark.django_db
def test_our_own_database_knows_them() -> None:
    assert database_checks.locale_fault() is None
    assert database_checks.reach_fault() is None
    assert database_checks.migration_fault() is None


@pytest.mark.slow
def test_a_failed_write_leaves_none_of_its_words_in_the_servers_log(open_folder: Path) -> None:
    with database.at_hand(open_folder) as server, psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE TABLE heard (text text CHECK (text = ''))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO heard VALUES ('a rash since Tuesday')")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO heard VALUES (%s)", ["a rash since Monday"])
        for wrong in ("SELECT 'a rash since Sunday'::int", "SELECT rash FROM heard"):
            with pytest.raises(psycopg.Error):
                connection.execute(wrong)
        log = server.log.read_text()
    assert "ready to accept connections" in log, "what the server says of itself stays"
    assert "rash" not in log


@pytest.mark.parametrize(("wanted", "processes"), [("", None), ("1", 1), (" 12 ", 12)])
def test_web_processes_follow_the_cores_or_the_setting(monkeypatch: pytest.MonkeyPatch, wanted: str, processes: int | None) -> None:
    monkeypatch.setenv("CANDOUR_WEB_PROCESSES", wanted)
    for cores, usual in ((1, 2), (4, 4), (64, 8)):
        monkeypatch.setattr(supervisor.os, "sched_getaffinity", lambda _pid, cores=cores: set(range(cores)))
        assert supervisor.web_processes() == (processes or usual)


@pytest.mark.parametrize("wanted", ["0", "-1", "65", "two", "1.5", "²"])
def test_a_number_of_web_processes_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("CANDOUR_WEB_PROCESSES", wanted)
    with pytest.raises(StartError, match="CANDOUR_WEB_PROCESSES"):
        supervisor.web_processes()
