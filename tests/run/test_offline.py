"""The tests' own promise: nothing leaves the machine."""

import socket

import offline
import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 443)])
def test_a_connection_to_another_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as sock, pytest.raises(offline.InternetRefused):
        sock.connect(address)


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(offline.InternetRefused):
        socket.getaddrinfo("candour.example", 443)


def test_this_machine_is_allowed() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(("localhost", server.getsockname()[1])) as client:
            assert client.getpeername()[0] == "127.0.0.1"
