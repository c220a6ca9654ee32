"""No test reaches the internet: a connection or a name look-up that leaves this machine is refused."""

from __future__ import annotations

import ipaddress
import socket
import sys

LOCAL_NAMES = ("localhost", "")


class InternetRefused(OSError):
    """A test tried to leave the machine; give it a fake or a server on 127.0.0.1."""


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or not isinstance(name, str) or name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_number(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        sock, address = arguments
        if isinstance(sock, socket.socket) and sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            _refuse_unless(_is_local(address[0]), address)
    elif event == "socket.getaddrinfo":
        _refuse_unless(_is_local(arguments[0]) or _is_number(arguments[0]), arguments[0])


def _refuse_unless(allowed: bool, where: object) -> None:
    if not allowed:
        raise InternetRefused(f"tests stay on this machine, but one asked for {where!r}")


def install() -> None:
    """Watch every connection of this process from now on."""
    sys.addaudithook(_watch)
