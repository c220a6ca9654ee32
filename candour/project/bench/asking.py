"""Asks for pages over many connections at once; one thread that computes next to nothing, since it takes the server's cores."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class _Asked:
    """A page on its way: when it was asked for, and how its answer begins."""

    path: str
    begun: float
    answer: bytes = b""


@dataclass(frozen=True, slots=True)
class Asker:
    """A person's browser without the browser: `patience` in seconds."""

    port: int
    cookies: dict[str, str]
    patience: float

    def ask(self, paths: Iterator[str], connections: int, requests: int) -> list[float]:
        """Seconds of each request, always so many at once. Raises RuntimeError for an answer other than 200, and for none in time."""
        seconds: list[float] = []
        with selectors.DefaultSelector() as waiting:
            left = iter(range(requests))
            for _ in zip(range(connections), left, strict=False):
                self._send(next(paths), waiting)
            while waiting.get_map():
                ready = waiting.select(self.patience)
                if not ready:
                    raise RuntimeError(f"The server did not answer within {self.patience:.0f} s.")
                for key, _events in ready:
                    if (took := _read(key, waiting)) is not None:
                        seconds.append(took)
                        if next(left, None) is not None:
                            self._send(next(paths), waiting)
        return seconds

    def _send(self, path: str, waiting: selectors.BaseSelector) -> None:
        asked = _Asked(path, time.perf_counter())
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        wire = socket.create_connection(("127.0.0.1", self.port), self.patience)
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode())
        wire.setblocking(False)
        waiting.register(wire, selectors.EVENT_READ, asked)


def _read(key: selectors.SelectorKey, waiting: selectors.BaseSelector) -> float | None:
    """Take what has come; the seconds once it was all."""
    wire = key.fileobj
    asked: _Asked = key.data
    assert isinstance(wire, socket.socket)  # noqa: S101  for the type alone: nothing else is registered
    piece = wire.recv(1 << 20)
    if piece:
        asked.answer = (asked.answer + piece[:12])[:12]
        return None
    waiting.unregister(wire)
    wire.close()
    if asked.answer[9:12] != b"200":
        raise RuntimeError(f"{asked.path} answered {asked.answer[9:12].decode(errors='replace') or 'nothing'}")
    return time.perf_counter() - asked.begun
