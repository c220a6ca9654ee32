"""An Atom feed on 127.0.0.1 that the soak writes and Candour listens to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Soak</title><id>urn:soak:feed</id>'


class FeedServer:
    """Serves every entry put so far, newest first."""

    def __init__(self) -> None:
        self._entries: list[str] = []
        feed = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = feed.document().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/atom+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.entry = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.entry}/feed.atom"
        threading.Thread(target=self._server.serve_forever, daemon=True, name="feed").start()

    def put(self, key: str, text: str) -> None:
        """Add one entry under its id."""
        at = datetime.now(UTC).isoformat()
        self._entries.append(
            f"<entry><id>{key}</id><title>{key}</title><updated>{at}</updated><published>{at}</published>"
            f'<author><name>{key}</name></author><content type="text">{escape(text)}</content></entry>'
        )

    def document(self) -> str:
        """The feed as it stands."""
        return f"{HEAD}<updated>{datetime.now(UTC).isoformat()}</updated>{''.join(reversed(self._entries))}</feed>"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
