"""A web server on this machine whose pages a test changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from candour.channels.http import Door
from candour.flows.doors import through


class Pages:
    """What stands at each path: (status, markup). An unknown path answers 404."""

    def __init__(self) -> None:
        self.at: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        pages = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.asked.append(self.path)
                status, markup = pages.at.get(self.path, (404, "<p>nothing here</p>"))
                body = markup.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.entry = f"127.0.0.1:{self.server.server_address[1]}"

    def address(self, path: str = "/page") -> str:
        return f"http://{self.entry}{path}"


@contextmanager
def landing_pages() -> Iterator[Pages]:
    """The server, with the door open to it and to nothing else inside."""
    pages = Pages()
    thread = threading.Thread(target=pages.server.serve_forever, daemon=True)
    thread.start()
    try:
        with through(Door(allowed_private=(pages.entry,))):
            yield pages
    finally:
        pages.server.shutdown()
        pages.server.server_close()
        thread.join(5)
