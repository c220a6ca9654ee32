"""Is the database away? What the log says of it: one line of each process when it begins, one when it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import django.db
import psycopg
from django.db.backends.signals import connection_created

log = logging.getLogger(__name__)

#: SQLSTATE of a server that ends a connection or takes none: connection exceptions, shutdown, crash, starting up, no connection left.
_AWAY = ("08", "57P01", "57P02", "57P03", "53300")
_DRIVER = (psycopg.OperationalError, psycopg.InterfaceError)
_DJANGO = (django.db.OperationalError, django.db.InterfaceError)


def is_away(error: BaseException | None) -> bool:
    """Does this error say that the database was not there, rather than that it refused a statement?

    What was raised while another error was looked at counts as that one.
    """
    found = _of_the_driver(error)
    if found is None:
        return False
    state = getattr(found, "sqlstate", None)
    return state.startswith(_AWAY) if state else _no_server(found)


def _of_the_driver(error: BaseException | None) -> BaseException | None:
    while error is not None:
        if isinstance(error, _DRIVER) or (isinstance(error, _DJANGO) and not isinstance(error.__cause__, psycopg.Error)):
            return error
        error = error.__cause__ or error.__context__
    return None


def _no_server(error: BaseException) -> bool:
    """Drivers name no SQLSTATE where no server answered, nor where they were used wrongly, which is a fault of ours and must be seen."""
    words = str(error)
    if isinstance(error, psycopg.InterfaceError | django.db.InterfaceError):
        return "connection" in words and "closed" in words
    return "another command" not in words


def _reason(error: BaseException | None) -> str:
    """What a driver says of a connection names hosts and roles, never a row: for the log, not for a page."""
    found = _of_the_driver(error)
    return " ".join(str(found).split())[:300] or type(found).__name__


class Outage:
    """The outage this process is in, if any. Threads share it; `clock` counts seconds and is never set back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._since: float | None = None
        self._turned_away = 0

    def met(self, error: BaseException | None) -> None:
        """Somebody found no database. Only the first of an outage is a line in the log, with the driver's reason."""
        with self._lock:
            self._turned_away += 1
            if self._since is not None:
                return
            self._since = self._clock()
        log.error("The database does not answer (%s): start it; everything goes on by itself then.", _reason(error))

    def over(self, **_signal: object) -> None:
        """A new connection was made: the database is back."""
        with self._lock:
            since, turned_away = self._since, self._turned_away
            self._since, self._turned_away = None, 0
        if since is not None:
            log.warning("The database answers again after %.0f s; %d attempts had found it away.", self._clock() - since, turned_away)


OUTAGE = Outage()
connection_created.connect(OUTAGE.over, dispatch_uid="the outage is over")
