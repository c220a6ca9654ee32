"""The ground all tests stand on: a database of their own, no internet, and only the lanes whose parts are here."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lanes
import offline
import own_postgres
import pytest

from candour.project.postgres import EmbeddedPostgres

#: Tests that take long, beside those that say so themselves.
SLOW = (
    "tests/flows/test_gate.py",
    "tests/flows/test_import_kill.py",
    "tests/flows/test_two_at_once.py",
    "tests/journal/test_bench.py",
    "tests/journal/test_forge_it.py",
    "tests/journal/test_forged_guards.py",
    "tests/journal/test_verify_speed.py::test_a_large",
    "tests/journal/test_forging.py",
    "tests/screening/test_properties.py::test_time_grows",
    "tests/screening/test_screen_file.py::test_odd_but_sound",
)
SERVER = pytest.StashKey[EmbeddedPostgres]()
KEPT = pytest.StashKey[Path]()
OWN_SERVER = pytest.StashKey[own_postgres.OwnPostgres]()


def _hands_out_tests(config: pytest.Config) -> bool:
    """Is this the process that gives tests to others (pytest -n) and runs none itself?"""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Start the database and load the settings before pytest-django looks for them."""
    offline.install()
    for marker, about in [*((lane.marker, lane.about) for lane in lanes.LANES), ("slow", "takes more than a few seconds")]:
        config.addinivalue_line("markers", f"{marker}: {about}")
    if _hands_out_tests(config):
        config.stash[KEPT] = Path(tempfile.mkdtemp(prefix="candour-kept-"))
        return  # and its environment stays clean, because the others inherit it
    data = Path(tempfile.mkdtemp(prefix="candour-tests-"))
    data.chmod(0o755)  # started by root, the server runs as another user and must get in
    os.environ["CANDOUR_DATA"] = str(data)
    # as in every installation compiled packs are kept, by one test process for the others; nothing of a person's own is read or written
    os.environ["CANDOUR_CACHE"] = str(getattr(config, "workerinput", {}).get("kept") or data / "kept")
    if programs := os.environ.get(own_postgres.VARIABLE):
        config.stash[OWN_SERVER] = own_postgres.OwnPostgres(Path(programs)).start()
        os.environ["DATABASE_URL"] = config.stash[OWN_SERVER].url()
    if "DATABASE_URL" not in os.environ:
        config.stash[SERVER] = EmbeddedPostgres(data, for_tests=True).start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "candour.project.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver keeps an event loop in the thread of its tests
    from django.conf import settings  # only now: the environment above decides what the settings say

    settings.PASSWORD_HASHERS = ["cheap_argon2.CheapArgon2"]
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a test process where compiled packs are kept."""
    node.workerinput["kept"] = str(node.config.stash[KEPT])


@pytest.fixture(autouse=True)
def servers_are_strangers() -> None:
    """No test knows what an earlier one was told, perhaps by another server on the same port."""
    from candour.channels.kept import forget_everything  # only now: the environment is set

    forget_everything()


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_guards(django_db_setup: None) -> Iterator[None]:
    """Let Django empty the tables after a test with committed data.

    The regulated tables refuse it, so it works with triggers off; and it deletes, because truncating makes new files for every table.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations  # only now: settings must be known

    flush, truncate = DatabaseOperations.execute_sql_flush, DatabaseOperations.sql_flush

    def unguarded(self: DatabaseOperations, sql_list: list[str]) -> None:
        off, on = "SET session_replication_role = replica", "SET session_replication_role = origin"
        flush(self, [off, *sql_list, on])

    def delete(self: DatabaseOperations, style: Any, tables: list[str], **how: bool) -> list[str]:
        if how.get("reset_sequences"):
            return truncate(self, style, tables, **how)
        return ["; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", unguarded)
        patch.setattr(DatabaseOperations, "sql_flush", delete)
        yield


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and take the files away."""
    if KEPT in config.stash:
        shutil.rmtree(config.stash[KEPT], ignore_errors=True)
    if OWN_SERVER in config.stash:
        config.stash[OWN_SERVER].stop()
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()
        for folder in (server.sockets, server.cluster, server.data):
            shutil.rmtree(folder, ignore_errors=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Searches for counterexamples and long lists of forgeries are slow: `make test` runs them, `make test-fast` does not."""
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False) or item.nodeid.startswith(SLOW):
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of absent lanes; the summary names them, and a whole run in CI fails for them."""
    missing = {lane.marker for lane in lanes.absent()}
    left_out = [item for item in items if missing & {mark.name for mark in item.iter_markers()}]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=lambda item: "tests/soak/" not in item.nodeid)  # it mostly waits: first, so that the others run beside it


def _is_whole_run(config: pytest.Config) -> bool:
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not config.option.markexpr and not config.option.keyword


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true an absent lane is a failure, so that a lane that never ran can't look green."""
    if os.environ.get("CI") == "true" and _is_whole_run(session.config) and lanes.absent():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The list of absent lanes, above pytest's own closing line."""
    missing = lanes.absent() if _is_whole_run(config) else ()
    if missing:
        terminalreporter.section("lanes that did not run" + (", which is a failure in CI" if os.environ.get("CI") == "true" else ""))
    for lane in missing:
        terminalreporter.write_line(lanes.sentence(lane))
