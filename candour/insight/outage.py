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

    Drivers name no SQLSTATE where no server answered. What was raised while another error was looked at counts as that one.
    """
    while error is not None:
        if isinstance(error, _DRIVER) or (isinstance(error, _DJANGO) and not isinstance(error.__cause__, psycopg.Error)):
            state = getattr(error, "sqlstate", None)
            return state is None or state.startswith(_AWAY)
        error = error.__cause__ or error.__context__
    return False


class Outage:
    """The outage this process is in, if any. Threads share it; `clock` counts seconds and is never set back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._since: float | None = None
        self._turned_away = 0

    def met(self, error: BaseException | None) -> None:
        """Somebody found no database. Only the first of an outage is a line in the log; an error's class says enough there."""
        with self._lock:
            self._turned_away += 1
            if self._since is not None:
                return
            self._since = self._clock()
        log.error("The database does not answer (%s): start it; everything goes on by itself then.", type(error).__name__)

    def over(self, **_signal: object) -> None:
        """A new connection was made: the database is back."""
        with self._lock:
            since, turned_away = self._since, self._turned_away
            self._since, self._turned_away = None, 0
        if since is not None:
            log.warning("The database answers again after %.0f s; %d attempts had found it away.", self._clock() - since, turned_away)


OUTAGE = Outage()
connection_created.connect(OUTAGE.over, dispatch_uid="the outage is over")
