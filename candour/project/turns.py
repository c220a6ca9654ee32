"""Pages of one process are made one after the other: threads that compute side by side in one interpreter only slow each other down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Seconds that a page waits for its turn at most: a long act, such as an import, holds up nobody longer.
PATIENCE = 0.25


class InTurn:
    """A WSGI application whose answers are made in turn by the threads of a process.

    Reading a slow browser's request and sending it the answer are outside the turn, as is a streamed answer's making; so is the
    page that waited `patience` seconds and goes ahead beside the one before it.
    """

    def __init__(self, application: Application, patience: float = PATIENCE) -> None:
        self._application = application
        self._patience = patience
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        mine = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()
