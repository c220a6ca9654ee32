"""An erring proxy, and labelled as one: a share of answers is an error, half of them before the real server is asked, half after."""

from __future__ import annotations

import contextlib
import http.client
import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Headers that belong to one connection.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "content-length"})


class ErringProxy:
    """Forwards to one real server on this machine. `errors` of its answers are none of the server's: 503 without asking it, or the server
    is asked and its answer is thrown away. `told` counts what was done."""

    def __init__(self, target: str, errors: float, seed: int) -> None:
        self.target, self.errors, self.told = urlsplit(target), errors, Counter[str]()
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.entry = f"127.0.0.1:{self._server.server_address[1]}"
        self.base = f"http://{self.entry}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def lot(self) -> str:
        """What becomes of the next request."""
        with self._lock:
            drawn = self._chance.random()
            what = "refused" if drawn < self.errors / 2 else "lost" if drawn < self.errors else "passed"
            self.told[what] += 1
        return what

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: ErringProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body, lot = self.rfile.read(int(self.headers.get("Content-Length") or 0)), proxy.lot()
            if lot == "refused":
                self._answer(503, b"erring proxy: not forwarded", [])
                return
            status, answer, headers = self._forwarded(body)
            if lot == "lost":
                self.close_connection = True
                self.connection.close()
                return
            self._answer(status, answer, headers)

        def _forwarded(self, body: bytes) -> tuple[int, bytes, list[tuple[str, str]]]:
            line = http.client.HTTPConnection(proxy.target.hostname or "", proxy.target.port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in (*_HOP, "host")}
            try:
                line.request(self.command, self.path, body or None, headers)
                answer = line.getresponse()
                return answer.status, answer.read(), [pair for pair in answer.getheaders() if pair[0].lower() not in _HOP]
            except OSError:
                return 502, b"erring proxy: the server did not answer", []
            finally:
                line.close()

        def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]:
                self.send_header(name, value)
            with contextlib.suppress(OSError):  # a killed worker waits for no answer
                self.end_headers()
                self.wfile.write(body)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Silent: `told` is read."""

    return Handler
