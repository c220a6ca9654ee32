"""`candour backup` and `candour restore` as a person types them: between servers, beside a running Candour, and refused without a trace."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import lanes
import pytest
from running import ROOT, Running, free_port

from candour.project import postgres, postgres_home
from candour.project.errors import StartError
from tests.pictures import drawn, photograph
from tests.surroundings import clean

pytestmark = pytest.mark.slow
CANDOUR = [sys.executable, "-m", "candour.project.cli"]
PASSPHRASE = "a passphrase of a test"
FILL = """
import json, sys
from pathlib import Path
from candour.project import folder
from candour.project.django_ready import with_django
data = folder.make(Path(sys.argv[1]))
folder.kind(data, empty=True)
with with_django(data):
    from candour.journal.acting import acting
    from candour.journal.keys import vault
    from candour.journal.sealing import seal
    from candour.journal.acting import database_now
    from candour.core.pictures import made_safe
    from candour.messages.models import Picture, PictureContent
    from candour.people.actions import machine
    from candour.project import install
    from candour.registry.models import Brand
    install.prepare(demo=False)
    with acting(machine("listener"), "registry.test"):
        Brand.objects.create(key="odd", name="Tab\\t, line\\n, backslash \\\\\\\\N, 日本, \\U0001f600")
        for raw in json.loads(sys.argv[2]):
            made, by = made_safe(bytes.fromhex(raw)), machine("listener")
            facts = {"kind": made.kind, "width": made.width, "height": made.height, "size": len(made.content)}
            row = Picture.objects.create(digest=made.digest, by=by, at=database_now(), **facts)
            PictureContent.objects.create(picture=row, content=made.content)
    vault().ensure("case-c-1")
    seal()
"""
PICTURES = """
import sys
from pathlib import Path
from candour.project.django_ready import with_django
with with_django(Path(sys.argv[1])):
    from candour.messages.models import PictureContent
    for row in PictureContent.objects.select_related("picture").order_by("pk"):
        print(row.picture.digest, bytes(row.content).hex())
"""


def told(*arguments: object, url: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    environment = clean(CANDOUR_BACKUP_PASSPHRASE=PASSPHRASE) | ({"DATABASE_URL": url} if url else {}) | more
    return subprocess.run([str(one) for one in arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def filled(data: Path, url: str = "") -> Path:
    done = told(sys.executable, "-c", FILL, data, json.dumps([photograph().hex(), drawn().hex()]), url=url)
    assert done.returncode == 0, done.stderr
    return data


def backed_up(data: Path, file: Path, url: str = "") -> dict[str, object]:
    done = told(*CANDOUR, "backup", file, "--keys", file.with_suffix(".keys"), "--data", data, "--json", url=url)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def restored(file: Path, data: Path, url: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return told(*CANDOUR, "restore", file, "--keys", file.with_suffix(".keys"), "--data", data, "--json", url=url, **more)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder any user may enter."""
    path = Path(tempfile.mkdtemp(prefix="candour-backup-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def embedded(place: Path) -> Path:
    """An installation of the embedded server."""
    return filled(place / "company")


@pytest.fixture(scope="module")
def backup(embedded: Path, place: Path) -> Path:
    """Its backup; the keys lie beside it under the same name."""
    backed_up(embedded, place / "company.candour")
    return place / "company.candour"


@pytest.fixture
def fifteen(place: Path) -> Iterator[Callable[[str, str], str]]:
    """Debian's server; makes an empty database of a role and tells its address."""
    programs, user = lanes.debian_postgres(), postgres_home.server_user()
    where = place / "fifteen"
    where.mkdir()
    user.own(where)
    run = {"check": True, "cwd": "/", "capture_output": True, **user.switch}
    access = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run([programs / "initdb", "-D", where / "data", "-U", "dba", *access], **run)
    options = f"-c listen_addresses= -c unix_socket_directories={where} -c fsync=off"
    subprocess.run([programs / "pg_ctl", "-D", where / "data", "-o", options, "-l", where / "log", "-w", "start"], **run)

    def make(database: str, role: str) -> str:
        subprocess.run(
            [programs / "psql", "-h", where, "-U", "dba", "-d", "postgres", "-c", f"CREATE DATABASE {database} OWNER {role}"], **run
        )
        return f"postgresql:///{database}?host={where}&user={role}"

    subprocess.run([programs / "createuser", "-h", where, "-U", "dba", "plain"], **run)
    yield make
    subprocess.run([programs / "pg_ctl", "-D", where / "data", "-m", "immediate", "stop"], **run)
    shutil.rmtree(where)


def test_from_embedded_to_embedded_nothing_differs(backup: Path, embedded: Path, folder: Path) -> None:
    done = restored(backup, folder / "new")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["verified"] is True and answer["keys"] == 1 and answer["rows"] > 100
    for name in ("installation", "journal/heads.jsonl", "keys/journal.key", "keys/pseudonym", "keys/vault/-1/case-c-1.key"):
        assert (folder / "new" / name).read_bytes() == (embedded / name).read_bytes()
    again = backed_up(folder / "new", folder / "again.candour")
    assert (again["rows"], again["head"]) == (answer["rows"], answer["head"])
    assert told(*CANDOUR, "journal", "verify", "--data", folder / "new").returncode == 0


def test_pictures_come_back_byte_for_byte(backup: Path, embedded: Path, folder: Path) -> None:
    assert restored(backup, folder / "new").returncode == 0
    before, after = (told(sys.executable, "-c", PICTURES, data) for data in (embedded, folder / "new"))
    assert (before.returncode, after.returncode, after.stdout) == (0, 0, before.stdout), after.stderr
    kept = dict(line.split() for line in after.stdout.splitlines())
    assert len(kept) == 2
    assert all(hashlib.sha256(bytes.fromhex(content)).hexdigest() == digest for digest, content in kept.items())


def test_the_backup_holds_no_key_and_no_clear_word(backup: Path, embedded: Path) -> None:
    content = backup.read_bytes() + backup.with_suffix(".keys").read_bytes()
    for secret in (embedded / "keys/vault/-1/case-c-1.key", embedded / "keys/journal.key", embedded / "keys/secret"):
        assert secret.read_bytes() not in content
    assert b"backslash" not in content
    assert backup.stat().st_mode & 0o077 == 0


@pytest.mark.server
def test_from_debians_fifteen_to_fifteen_and_to_embedded_and_not_back(
    fifteen: Callable[[str, str], str], backup: Path, folder: Path
) -> None:
    """The role is a plain owner: it may not switch off all triggers at once."""
    first = fifteen("first", "plain")
    filled(folder / "first", first)
    backed_up(folder / "first", folder / "first.candour", first)
    for data, url in ((folder / "second", fifteen("second", "plain")), (folder / "embedded", "")):
        done = restored(folder / "first.candour", data, url)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["verified"] is True
    empty = fifteen("third", "plain")
    refused = restored(backup, folder / "older", empty)
    ours = postgres.embedded_major()
    sentence = f"The backup comes from PostgreSQL {ours} and this server is 15: restore to {ours} or newer.\n"
    assert (refused.returncode, refused.stderr) == (2, sentence)
    full = restored(folder / "first.candour", folder / "over", first)
    assert (full.returncode, full.stderr.startswith("The database is not empty and stays as it is")) == (2, True)
    assert not (folder / "over" / "keys").exists()


@pytest.mark.parametrize("harm", ["truncated", "altered", "passphrase", "no keys", "full folder", "no backup"])
def test_what_does_not_fit_is_refused_in_one_sentence_and_nothing_is_made(backup: Path, folder: Path, harm: str) -> None:
    file, data, more = folder / "copy.candour", folder / "new", {}
    content = bytearray(backup.read_bytes())
    if harm == "truncated":
        content = content[:-20]
    elif harm == "altered":
        content[len(content) // 2] ^= 1
    elif harm == "no backup":
        content = bytearray(b"anything else")
    file.write_bytes(content)
    if harm != "no keys":
        file.with_suffix(".keys").write_bytes(backup.with_suffix(".keys").read_bytes())
    if harm == "passphrase":
        more = {"CANDOUR_BACKUP_PASSPHRASE": "some other words"}
    if harm == "full folder":
        data.mkdir()
        (data / "installation").write_text("company\n")
    done = restored(file, data, **more)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (data / "keys").exists() and not (data / "postgres").exists()


def test_a_running_candour_is_backed_up(embedded: Path, folder: Path, start: Callable[..., Running]) -> None:
    port = free_port()
    candour = start(how=lambda: Running([*CANDOUR, "run", "--data", embedded, "--port", port], cwd=ROOT))
    candour.wait_for("answers at http://127.0.0.1:")
    backed_up(embedded, folder / "live.candour")
    assert candour.process.poll() is None
    assert candour.stop() == 0
    done = restored(folder / "live.candour", folder / "copy")
    assert (done.returncode, json.loads(done.stdout)["verified"]) == (0, True)


def test_a_backup_never_replaces_a_file(embedded: Path, backup: Path) -> None:
    before = backup.read_bytes()
    done = told(*CANDOUR, "backup", backup, "--data", embedded)
    assert (done.returncode, done.stderr) == (2, f"{backup} exists and stays as it is: name a new file.\n")
    assert backup.read_bytes() == before


def test_a_folder_of_another_major_version_names_both_commands(folder: Path) -> None:
    server = postgres.EmbeddedPostgres(folder / "data")
    (server.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(StartError, match=r"is of PostgreSQL 17 .*`candour backup FILE`.*`candour restore FILE`") as told_why:
        server.start()
    assert str(told_why.value).count(". ") == 0
    assert not server.is_running()


def test_the_embedded_major_is_that_of_the_programs() -> None:
    programs = postgres_home.programs(postgres_home.server_user())
    version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert version.split()[-1].partition(".")[0] == str(postgres.embedded_major())
