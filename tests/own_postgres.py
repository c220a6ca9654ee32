"""A server of the tests' own from PostgreSQL programs of the machine, for a run on another version than the one that comes with Candour."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from candour.project import postgres_home
from candour.project.postgres import CARELESS, DATABASE, DATABASE_USER, SMALL, die_with_parent

#: The folder of the programs; without it the tests run on the embedded server.
VARIABLE = "CANDOUR_TEST_POSTGRES"
#: What older servers do not know.
_YOUNGER = ("io_workers",)


class OwnPostgres:
    """A new cluster in a temporary folder, reached by its socket only; started by root it runs as `nobody`, as the embedded one does."""

    def __init__(self, programs: Path) -> None:
        if not (programs / "initdb").exists():
            raise FileNotFoundError(f"{VARIABLE} names {programs}, where no initdb is: name the folder of a server's programs.")
        self.programs, self.user = programs, postgres_home.server_user()
        self.folder = Path(tempfile.mkdtemp(prefix="candour-pg-"))
        self.user.own(self.folder)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> OwnPostgres:
        """Running and answering, with an empty database, when this returns."""
        cluster = self.folder / "data"
        self._run("initdb", "-D", cluster, "-U", DATABASE_USER, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (cluster / "pg_hba.conf").write_text("local all all peer map=candour\n")
        (cluster / "pg_ident.conf").write_text(f'candour "{pwd.getpwuid(os.geteuid()).pw_name}" {DATABASE_USER}\n')
        self._run("postgres", "--single", "-D", cluster, "postgres", text=f"CREATE DATABASE {DATABASE}\n")
        told = SMALL | CARELESS | {"listen_addresses": "", "unix_socket_directories": str(self.folder)}
        options = [part for name, value in told.items() if name not in _YOUNGER for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command = [str(self.programs / "postgres"), "-D", str(cluster), *options]
            self.process = subprocess.Popen(  # type: ignore[call-overload]
                command, stdout=log, stderr=log, cwd="/", preexec_fn=die_with_parent, **self.user.switch
            )
        self._wait()
        return self

    def url(self) -> str:
        """As DATABASE_URL."""
        return f"postgresql://{DATABASE_USER}@/{DATABASE}?host={self.folder}"

    def stop(self) -> None:
        """Stop it, and take its files away."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 0:
            if time.monotonic() > end:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str | Path, text: str | None = None) -> None:
        subprocess.run(  # type: ignore[call-overload]
            [self.programs / program, *arguments], input=text, cwd="/", capture_output=True, text=True, check=True, **self.user.switch
        )
