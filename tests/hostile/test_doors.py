"""No address leads inside: every spelling, every wrapping, every scheme, through our own client, a redirect, a socket and each SDK."""

from __future__ import annotations

import ipaddress

import httpx
import pytest
from atproto import Client, Request
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.atom import Feed, FeedSettings
from candour.channels.base import AddressRefused, ChannelError
from candour.channels.http import Door, ask, is_public, safe_client, split_address

PRIVATE_V4 = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
]
PRIVATE_V6 = ["::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "2001::1"]


def spellings(words: str) -> list[str]:
    """Every way to write an IPv4 address that a resolver or a browser takes, and every IPv6 address that carries it."""
    value = int(ipaddress.IPv4Address(words))
    a, b, c, d = words.split(".")
    low = value & 0xFFFFFF
    plain = [
        words,
        f"{words}.",
        str(value),
        hex(value),
        f"0{value:o}",
        f"{a}.{low}",
        f"0x{int(a):x}.{hex(low)}",
        f"0{int(a):o}.{b}.{c}.{d}",
    ]
    high, low16 = f"{value >> 16:x}", f"{value & 0xFFFF:x}"
    wrapped = ["::ffff:", "64:ff9b::", "64:ff9b:1::", "::", "::ffff:0:"]
    return plain + [f"[{before}{high}:{low16}]" for before in wrapped] + [f"[2002:{high}:{low16}::1]", f"[::ffff:{words}]"]


@pytest.mark.parametrize(
    "host", [spelling for words in PRIVATE_V4 for spelling in spellings(words)] + [f"[{words}]" for words in PRIVATE_V6]
)
def test_no_spelling_of_a_private_address_is_reached(host: str) -> None:
    with safe_client() as client, pytest.raises(ChannelError):
        ask(client, "GET", f"http://{host}:9/")
    with pytest.raises(ChannelError):
        Door().websocket(f"ws://{host}:9/")


@given(st.integers(0, 2**32 - 1))
def test_wrapping_an_address_never_opens_it(value: int) -> None:
    inner = ipaddress.IPv4Address(value)
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + value)) == is_public(inner)
    for prefix in ("64:ff9b:1::", "::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + value))


@pytest.mark.parametrize("host", ["fe80::1%eth0", "fe80::1%25eth0", "::1%lo", "2606:2800:220:1::1%1"])
def test_a_zone_is_no_public_address(host: str) -> None:
    with pytest.raises(ChannelError):
        Door(resolver=lambda name, port: [name]).addresses(host, 443)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "dict://example.org:11211/", "ldap://example.org/", "data:,x",
        "javascript:x", "ws://example.org/", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "//example.org", "",
        "http://user@example.org/", "http://user:word@example.org/", "https://example.org@127.0.0.1/", "http://h:99999/", "http://h:-1/",
        "http:///x", "http://exa\r\nmple.org/", "http://example.org\\@127.0.0.1/",
    ],
)  # fmt: skip
def test_only_plain_web_addresses(url: str) -> None:
    with pytest.raises(AddressRefused):
        split_address(url)


@pytest.mark.parametrize("port", [0, 22, 25, 110, 143, 465, 587, 3306, 5432, 6379, 11211])
def test_ports_of_other_services_are_not_spoken_to(port: int) -> None:
    with pytest.raises(AddressRefused):
        Door(resolver=lambda host, asked: ["93.184.216.34"]).addresses("example.org", port)


def test_the_name_is_asked_once_and_the_checked_address_is_the_one_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    asked, dialled = [], []
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    def fake_resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    def fake_dial(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError("fake")

    monkeypatch.setattr(socket, "create_connection", fake_dial)
    with pytest.raises(ChannelError):
        Feed(FeedSettings("http://rebinding.example/feed"), Door(resolver=fake_resolver)).poll("")
    assert (asked, dialled) == (["rebinding.example"], ["93.184.216.34"])


def _bluesky(door: Door, base: str) -> None:
    Client(base_url=base, request=Request(**door.client_options())).com.atproto.server.describe_server()


def _feed(door: Door, base: str) -> None:
    Feed(FeedSettings(f"{base}/feed"), door).poll("")


def _socket(door: Door, base: str) -> None:
    door.websocket(base.replace("http", "ws", 1))


@pytest.mark.parametrize("way", [_bluesky, _feed, _socket])
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "inside.example"])
def test_each_way_out_refuses_a_private_host_and_dials_nothing(way: object, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail("it dialled"))
    with pytest.raises((AddressRefused, httpx.ConnectError)):
        way(Door(resolver=lambda name, port: ["10.0.0.7"]), f"http://{host}:8080")  # type: ignore[operator]
