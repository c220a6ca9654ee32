"""The asking side of the bench: every answer counted, a wrong one an error, so many at once and no more."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from candour.project.bench.asking import Asker


class Pages(BaseHTTPRequestHandler):
    """Answers in pieces, remembers cookies, and knows how many were asked at once."""

    lock, now, most = threading.Lock(), 0, 0
    cookies: set[str] = set()

    def do_GET(self) -> None:
        with Pages.lock:
            Pages.now += 1
            Pages.most = max(Pages.most, Pages.now)
        Pages.cookies.add(self.headers["Cookie"])
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        for _ in range(3):
            self.wfile.write(b"x" * 70_000)
            time.sleep(0.002)
        with Pages.lock:
            Pages.now -= 1

    def log_message(self, *_words: object) -> None:
        """Nothing to the terminal."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("connections", "requests"), [(1, 3), (4, 21), (8, 5)])
def test_every_answer_is_counted(port: int, connections: int, requests: int) -> None:
    Pages.most = 0
    seconds = Asker(port, {"sessionid": "s", "csrftoken": "t"}, 10).ask(itertools.cycle(["/a", "/b"]), connections, requests)
    assert len(seconds) == requests
    assert min(seconds) > 0.004
    assert Pages.most <= connections
    assert Pages.cookies == {"sessionid=s; csrftoken=t"}


def test_another_answer_than_a_page_is_an_error(port: int) -> None:
    with pytest.raises(RuntimeError, match="/gone answered 404"):
        Asker(port, {}, 10).ask(itertools.cycle(["/a", "/gone"]), 2, 6)
