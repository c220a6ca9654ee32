"""A mail server that really runs on this machine, and answers as a test says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session


class MailHost:
    """A mail server of this test: keeps what it took, and answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.at_recipient = self.at_data = "250 OK"

    async def handle_RCPT(self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.at_data == "gone":
            server.transport.close()
            return "250 never heard"
        if self.at_data.startswith("250"):
            self.taken.append(envelope)
        return self.at_data


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_host(**how: Any) -> Iterator[tuple[MailHost, int]]:
    """The server and its port, until the block ends."""
    host = MailHost()
    controller = Controller(host, hostname="127.0.0.1", port=free_port(), **how)
    controller.start()
    try:
        yield host, controller.port
    finally:
        controller.stop(no_assert=True)
