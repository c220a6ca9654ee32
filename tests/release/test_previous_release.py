"""While a new release is rolled out, the one before still runs: its own code and its own statements, on the new structure."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, models, transaction
from django.db.migrations import AddField, AddIndex, AlterField, CreateModel, DeleteModel, RemoveField, RenameField, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import AddConstraint, SeparateDatabaseAndState
from running import ROOT, Running, eventually, free_port

from candour.project.policy import refusals
from candour.project.postgres import EmbeddedPostgres
from tests.release.walk import walk

MARKED = json.loads((ROOT / "tests" / "release" / "marked.json").read_text())
TABLES: Mapping[str, Mapping[str, str]] = MARKED["tables"]


def newer() -> list[tuple[str, str]]:
    """Our migrations that the marked release does not have, in the order in which they are applied."""
    loader = MigrationLoader(None)
    old = {(app, name) for app, names in MARKED["migrations"].items() for name in names}
    ours = [key for key, one in loader.disk_migrations.items() if type(one).__module__.startswith("candour.") and key not in old]
    return [key for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True) if key in ours]


def test_no_migration_takes_away_what_the_release_before_needs() -> None:
    loader = MigrationLoader(None)
    found = []
    for key in newer():
        found += refusals(loader.disk_migrations[key], loader.project_state([key], at_end=False), TABLES)
    assert found == [], "see docs/operate.md, Changing the structure"


def test_no_migration_of_the_marked_release_is_gone_or_changed_its_name() -> None:
    known = set(MigrationLoader(None).disk_migrations)
    assert {(app, name) for app, names in MARKED["migrations"].items() for name in names} - known == set()


def judged(*operations: object) -> list[str]:
    loader = MigrationLoader(None)
    migration = Migration("9999_of_a_test", "cases")
    migration.operations = list(operations)
    return refusals(migration, loader.project_state(), TABLES)


TEXT = models.CharField(max_length=40)
INDEX = models.Index(fields=["state"], name="of_a_test")
CHECK = models.CheckConstraint(condition=models.Q(version__gte=0), name="of_a_test")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (RemoveField("case", "state"), "still read"),
        (RemoveField("case", "assignee"), "still read"),
        (RenameField("case", "state", "condition"), "another name"),
        (DeleteModel("case"), "another name"),
        (AddField("case", "extra", models.CharField(max_length=9, default="")), "db_default"),
        (AlterField("case", "number", models.IntegerField()), "type"),
        (AlterField("case", "number", models.CharField(max_length=1)), "type"),
        (AlterField("case", "closed_at", models.DateTimeField()), "NOT NULL"),
        (AddIndex("case", INDEX), "AddIndexConcurrently"),
        (AddConstraint("case", CHECK), "AddConstraintNotValid"),
        (SeparateDatabaseAndState(database_operations=[RemoveField("case", "state")]), "still read"),
        (RunSQL("ALTER TABLE cases_case DROP COLUMN state"), "a release later"),
        (RunSQL("SELECT 1;\nALTER TABLE IF EXISTS cases_case\n  RENAME state TO condition;"), "new name beside"),
        (RunSQL("alter table cases_case add column extra text not null"), "DEFAULT"),
        (RunSQL("ALTER TABLE cases_case ALTER COLUMN state TYPE integer"), "new column"),
        (RunSQL("CREATE INDEX of_a_test ON cases_case (state)"), "CONCURRENTLY"),
        (RunSQL("CREATE UNIQUE INDEX of_a_test ON cases_case (state)"), "CONCURRENTLY"),
        (RunSQL("ALTER TABLE cases_case ADD CONSTRAINT c CHECK (true)"), "NOT VALID"),
        (RunSQL("DROP TABLE cases_case"), "a release later"),
        (RunSQL("SELECT 1; ALTER TABLE cases_case DROP COLUMN state; SELECT 2"), "a release later"),
        (RunSQL([("SELECT %s", [1]), "DROP TABLE cases_case"]), "a release later"),
        (AddField("case", "other", models.ForeignKey("people.User", models.PROTECT, null=True)), "comes with an index"),
        (AddField("case", "other", models.IntegerField(null=True, unique=True)), "comes with an index"),
        (AlterField("case", "market", models.CharField(max_length=400, db_index=True)), "gets an index"),
        (RunSQL("LOCK TABLE cases_case"), "stops everybody"),
        (RunSQL("UPDATE cases_case SET state = 'open'"), "batches"),
    ],
)
def test_what_breaks_the_release_before_is_refused_with_the_way_that_works(operation: object, words: str) -> None:
    [refusal] = judged(operation)
    assert words in refusal and refusal.startswith("cases.9999_of_a_test: ")


@pytest.mark.parametrize(
    "operation",
    [
        AddField("case", "extra", models.CharField(max_length=9, db_default="")),
        AddField("case", "extra", models.CharField(max_length=9, null=True)),
        AlterField("case", "number", models.TextField()),
        AddIndexConcurrently("case", INDEX),
        CreateModel("fresh", [("id", models.BigAutoField(primary_key=True)), ("word", TEXT)]),
        SeparateDatabaseAndState(state_operations=[RemoveField("case", "state")]),
        RunSQL("CREATE INDEX CONCURRENTLY of_a_test ON cases_case (state)"),
        RunSQL("ALTER TABLE cases_case ADD COLUMN extra text NOT NULL DEFAULT ''"),
        RunSQL("ALTER TABLE cases_case ADD CONSTRAINT c CHECK (true) NOT VALID"),
        RunSQL("ALTER TABLE cases_fresh DROP COLUMN word; CREATE INDEX i ON cases_fresh (word)"),
        RunSQL("UPDATE cases_case SET state = 'open' WHERE state = ''"),
        RunSQL("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $do$ BEGIN DROP TABLE cases_case; END $do$; SELECT 1"),
        AddField("case", "other", models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)),
    ],
)
def test_what_the_release_before_survives_is_allowed(operation: object) -> None:
    assert judged(operation) == []


def test_a_new_table_may_be_changed_at_will() -> None:
    make = CreateModel("fresh", [("id", models.BigAutoField(primary_key=True)), ("word", TEXT)])
    assert judged(make, AddField("fresh", "more", TEXT), RemoveField("fresh", "word")) == []


# the statements and columns of the marked release on the structure of this one


def what_fails() -> list[str]:
    """The marked release's columns that are gone or of another kind, inserts that new columns refuse, statements that don't parse."""
    ask = (
        "SELECT table_name, column_name, is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES'"
        " OR is_generated <> 'NEVER'"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
    )
    with connection.cursor() as cursor:
        cursor.execute(ask)
        there: dict[str, dict[str, bool]] = {}
        for table, column, may_be_left_out in cursor.fetchall():
            there.setdefault(table, {})[column] = may_be_left_out
    found = [f"{table}.{column} is gone" for table, columns in TABLES.items() for column in columns.keys() - there.get(table, {}).keys()]
    for table, columns in TABLES.items():
        more = {column: free for column, free in there.get(table, {}).items() if column not in columns}
        found += [f"{table}.{column} must be given" for column, free in more.items() if not free]
    return [*found, *(f"{statement[:80]}: {why}" for statement in MARKED["statements"] if (why := _why_not(statement)))]


def _why_not(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"PREPARE of_a_test AS {statement.replace('%', '%%')}")
            cursor.execute("DEALLOCATE of_a_test")
    except Exception as error:  # whatever the server says is the answer
        return str(error).splitlines()[0]
    return ""


@pytest.mark.django_db
def test_the_statements_of_the_marked_release_fit() -> None:
    assert len(MARKED["statements"]) > 50 and any(one.startswith("INSERT") for one in MARKED["statements"])
    assert what_fails() == []


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        ("ALTER TABLE people_user DROP COLUMN title", "people_user.title is gone"),
        ("ALTER TABLE people_user RENAME COLUMN language TO tongue", "people_user.language is gone"),
        (
            "ALTER TABLE people_grant ADD COLUMN extra text NOT NULL",
            "must be given",
        ),
        ("ALTER TABLE people_user ALTER COLUMN is_active TYPE text USING ''", "SELECT"),
    ],
)
@pytest.mark.django_db
def test_a_structure_that_breaks_them_is_noticed(harm: str, word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(harm)
    assert any(word in one for one in what_fails())


# its code


def previous_code(folder: Path) -> Path | None:
    """The marked release's code from the repository's history; None in a clone that does not reach back so far."""
    packed = subprocess.run(["git", "archive", MARKED["commit"], "candour"], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        warnings.warn("The marked release is not in this clone: its recorded statements stand for its code.", stacklevel=2)
        return None
    target = folder / "previous"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(target, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # Python 3.11.2 has no filters
    return target


@pytest.fixture
def previous(start: Callable[..., Running], folder: Path) -> Iterator[str]:
    """The web and the worker of the marked release, on a database prepared by this one. Where its code is out of reach, the statements
    it was recorded with have been proven above, and this release walks in its place, so that the walk itself is known to work."""
    code = previous_code(folder) or ROOT
    server = EmbeddedPostgres(folder / "theirs", for_tests=True).start()
    port = free_port()
    more = {
        "DATABASE_URL": f"postgresql://candour@/candour?host={server.sockets}",
        "CANDOUR_DATA": str(folder / "data"),
        "CANDOUR_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "candour.project.settings",
    }
    whole = {**os.environ, **more}
    subprocess.run([sys.executable, "-m", "candour.project.prepare"], env=whole | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, check=True)
    old = more | {"PYTHONPATH": str(code)}
    which = [sys.executable, "-c", "import candour; print(candour.__file__)"]
    told = subprocess.run(which, env=whole | old, cwd=code, check=True, capture_output=True, text=True).stdout
    assert told.strip() == str(code / "candour" / "__init__.py")
    command = [sys.executable, "-m", "gunicorn", "candour.project.wsgi:application", "--bind", f"127.0.0.1:{port}", "--threads", "2"]
    web = start(how=lambda: Running([*command, "--no-control-socket"], old, cwd=code))
    worker = start(how=lambda: Running([sys.executable, "-m", "candour.project.worker"], old, cwd=code))
    eventually(lambda: answers(port), "a page of the release before")
    yield f"http://127.0.0.1:{port}"
    for running in (web, worker):
        running.clear()
    with psycopg.connect(server.conninfo()) as direct:
        assert direct.execute("SELECT count(*) FROM people_user WHERE NOT is_machine").fetchone() == (1,)
        assert direct.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'").fetchone() == (0,)
    server.stop()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_the_code_of_the_marked_release_runs_on_this_structure(previous: str) -> None:
    with httpx.Client(base_url=previous, trust_env=False, timeout=60) as browser:

        def ask(method: str, path: str, fields: Mapping[str, str]) -> int:
            if method == "GET":
                return browser.get(path).status_code
            if "csrftoken" not in browser.cookies:
                browser.get(path)
            token = browser.cookies.get("csrftoken") or re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(path).text)[1]
            return browser.post(path, data={**fields, "csrfmiddlewaretoken": token}).status_code

        told = walk(ask)
        eventually(lambda: browser.get("/readyz").status_code == 200, "a worker of the release before")
    assert told.pop("/readyz") in (200, 503)
    assert told.pop("refused") == 403
    assert {name: status for name, status in told.items() if status not in (200, 302)} == {}
    assert told["found"] == told["sign in"] == 302
