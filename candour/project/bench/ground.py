"""The ground of a measurement: an embedded server in a temporary folder, durable as in earnest, and a copy of the database per part."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django

from candour.project import folder
from candour.project.postgres import DATABASE, DATABASE_USER, EmbeddedPostgres


@dataclass
class Ground:
    """A data folder and its server. `database` is the copy that Django speaks to now."""

    data: Path
    server: EmbeddedPostgres
    database: str = DATABASE

    def fresh(self, name: str) -> None:
        """Copy the prepared database and go on in the copy."""
        import psycopg  # only in the process that measures: starting and stopping need no driver
        from django.db import connections

        connections.close_all()
        with psycopg.connect(self.server.conninfo("postgres"), autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}"')
        self.database = name
        connections["default"].close()
        connections.databases["default"]["NAME"] = name

    def twin(self, name: str) -> str:
        """Copy the database at hand as it is now; answers how to connect to the copy. Django stays where it is."""
        import psycopg  # only in the process that measures
        from django.db import connections

        connections.close_all()
        with psycopg.connect(self.server.conninfo("postgres"), autocommit=True) as db:
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.database}"')
        return self.server.conninfo(name)

    def address(self) -> str:
        """The copy at hand as a DATABASE_URL for another process."""
        return f"postgresql://{DATABASE_USER}@/{self.database}?host={self.server.sockets}"

    def version(self) -> str:
        """What the server says it is."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')")
            version, fsync, commit = cursor.fetchone()
        return f"PostgreSQL {version}, embedded, fsync {fsync}, synchronous_commit {commit}"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A data folder that is gone afterwards, together with whatever its server kept elsewhere."""
    data = Path(tempfile.mkdtemp(prefix="candour-bench-"))
    data.chmod(0o755)  # started by root, the server runs as another user and must get in
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def prepared() -> Iterator[Ground]:
    """Server up, Django ready, structure current, no company yet. Everything is gone afterwards."""
    os.environ.pop("DATABASE_URL", None)  # always the embedded server: figures of an unknown one could not be compared
    with temporary_folder() as data:
        server = EmbeddedPostgres(data)
        folder.kind(server.data, empty=True)
        os.environ.update(folder.environment(server.data, CANDOUR_DEMO="0"))
        server.start()
        try:
            django.setup()
            from candour.project import install  # models can only be imported after the set-up above

            install.prepare(demo=False)
            yield Ground(server.data, server)
        finally:
            _leave(server)


def _leave(server: EmbeddedPostgres) -> None:
    from django.db import connections

    connections.close_all()
    server.stop()
    for path in (server.sockets, server.cluster):
        shutil.rmtree(path, ignore_errors=True)
