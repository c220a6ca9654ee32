"""The database at hand: the server in DATABASE_URL, or the embedded one, started by whoever needs it first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from candour.project import locks
from candour.project.postgres import EmbeddedPostgres, external_url


@contextlib.contextmanager
def at_hand(data: Path, look: Callable[[], None] = lambda: None) -> Iterator[EmbeddedPostgres | None]:
    """The database answers for the length of the block; None stands for a server of the company's own.

    Every user of the embedded server holds a shared lock. The last one to leave stops the server, so that a command typed beside a
    running Candour takes nothing away from it, and a command alone leaves no process. `look` is called while a start is waited for.
    """
    if external_url():
        yield None
        return
    server = EmbeddedPostgres(data)
    users = data / "run" / "database-users.lock"
    with locks.shared(users) as fd:
        try:
            server.start(look=look)
            yield server
        finally:
            if locks.take(fd):
                server.stop()
