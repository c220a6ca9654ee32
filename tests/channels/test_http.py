"""No address, redirect, name or SDK leads Candour to a private address; no answer fills its memory."""

from __future__ import annotations

import gzip
import ipaddress
import socket

import httpx
import pytest
from atproto import Client, Request

from candour.channels.base import AddressRefused, ChannelError
from candour.channels.http import Door, ask, is_permanent, is_public, literal_address, safe_client, split_address

from .conftest import Answer, FakeServer

PRIVATE_FORMS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
]


@pytest.mark.parametrize("host", PRIVATE_FORMS)
def test_an_address_that_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(AddressRefused, match="administrator") as refused:
        Door().addresses(host, 9)
    assert refused.value.permanent
    with safe_client() as client, pytest.raises(AddressRefused):
        ask(client, "GET", f"http://{host}:9/")


@pytest.mark.parametrize("words", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_a_public_address_is_public(words: str) -> None:
    assert is_public(ipaddress.ip_address(words))


@pytest.mark.parametrize("host", ["example.org", "1.2.3.4.5", "0xzz", "999999999999", ""])
def test_a_name_is_not_taken_for_an_address(host: str) -> None:
    assert literal_address(host) is None


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "//example.org", "http:///x", "http://h:99999/"]
)
def test_only_web_addresses(url: str) -> None:
    with pytest.raises(AddressRefused):
        split_address(url)


def test_a_listed_private_address_is_reached_and_its_neighbour_port_is_not(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    with safe_client([fake_server.entry]) as client:
        assert client.get(fake_server.base).status_code == 200
        with pytest.raises(AddressRefused):
            client.get(other_fake_server.base)
    assert other_fake_server.asked == []


def test_another_spelling_of_a_listed_address_is_not_listed(fake_server: FakeServer) -> None:
    with safe_client([fake_server.entry]) as client, pytest.raises(AddressRefused):
        client.get(f"http://127.1:{fake_server.port}/")
    assert fake_server.asked == []


def test_a_redirect_to_a_private_address_is_refused_and_never_asked(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(302, headers={"Location": other_fake_server.base + "/secret"})
    with safe_client([fake_server.entry]) as client, pytest.raises(AddressRefused):
        ask(client, "GET", fake_server.base)
    assert len(fake_server.asked) == 1
    assert other_fake_server.asked == []


def test_a_redirect_through_the_bluesky_sdk_is_refused_and_never_asked(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(307, headers={"Location": other_fake_server.base + asked.path})
    sdk = Client(base_url=fake_server.base, request=Request(**fake_server.door().client_options()))
    with pytest.raises(AddressRefused):
        sdk.com.atproto.server.describe_server()
    assert len(fake_server.asked) == 1
    assert other_fake_server.asked == []


def test_a_redirect_to_another_scheme_is_refused(fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(302, headers={"Location": "file:///etc/passwd"})
    with safe_client([fake_server.entry]) as client, pytest.raises(ChannelError):
        ask(client, "GET", fake_server.base)


def test_five_redirects_are_followed_and_not_six(fake_server: FakeServer) -> None:
    def hop(asked: object) -> Answer:
        left = int(asked.path.strip("/"))  # type: ignore[attr-defined]
        return Answer(302, headers={"Location": f"/{left - 1}"}) if left else Answer(200, b"there")

    fake_server.reply = hop
    with safe_client([fake_server.entry]) as client:
        assert ask(client, "GET", fake_server.base + "/5").text == "there"
        with pytest.raises(ChannelError) as refused:
            ask(client, "GET", fake_server.base + "/6")
    assert refused.value.permanent


def test_a_name_that_changes_its_answer_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]]
    dialled: list[str] = []

    def fake_dial(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError("fake")

    monkeypatch.setattr(socket, "create_connection", fake_dial)
    door = Door(resolver=lambda host, port: answers.pop(0))
    with door.client() as client, pytest.raises(httpx.ConnectError):
        client.get("http://rebinding.example/")
    assert dialled == ["93.184.216.34"]
    with door.client() as client, pytest.raises(AddressRefused):
        client.get("http://rebinding.example/")
    assert dialled == ["93.184.216.34"]


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    door = Door(resolver=lambda host, port: ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(AddressRefused):
        door.addresses("mixed.example", 443)


def test_an_unknown_name_is_tried_again_later() -> None:
    def fake_resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    with pytest.raises(ChannelError) as unknown:
        Door(resolver=fake_resolver).addresses("nowhere.example", 443)
    assert not unknown.value.permanent


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_over_the_limit_is_refused(fake_server: FakeServer, packed: bool) -> None:
    body = b"a" * 200_000
    coding = {"Content-Encoding": "gzip"} if packed else {}
    fake_server.reply = lambda asked: Answer(200, gzip.compress(body) if packed else body, coding)
    with Door((fake_server.entry,), limit=100_000).client() as client, pytest.raises(ChannelError) as refused:
        ask(client, "GET", fake_server.base)
    assert "100000" in str(refused.value)
    with Door((fake_server.entry,), limit=200_000).client() as client:
        assert ask(client, "GET", fake_server.base).content == body


def test_a_coding_not_asked_for_is_refused(fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(200, b"x", {"Content-Encoding": "br"})
    with fake_server.door().client() as client, pytest.raises(ChannelError):
        ask(client, "GET", fake_server.base)


def test_broken_gzip_is_a_channel_error(fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(200, b"not gzip at all", {"Content-Encoding": "gzip"})
    with fake_server.door().client() as client, pytest.raises(ChannelError):
        ask(client, "GET", fake_server.base)


def test_a_slow_drip_ends_in_time(fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(200, b"a" * 100_000)
    with Door((fake_server.entry,), seconds=-1.0).client() as client, pytest.raises(ChannelError) as late:
        ask(client, "GET", fake_server.base)
    assert not late.value.permanent


def test_the_request_names_candour_and_no_environment_proxy_is_used(fake_server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with fake_server.door().client() as client:
        ask(client, "GET", fake_server.base)
    assert fake_server.asked[0].headers["user-agent"].startswith("Candour/")
    assert fake_server.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/xrpc", "wss://[::1]/xrpc", "ws://2130706433/x"])
def test_a_websocket_to_a_private_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        Door().websocket(url)


def test_a_websocket_does_not_follow_a_redirect(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(302, headers={"Location": f"ws://{other_fake_server.entry}/"})
    with pytest.raises(ChannelError):
        fake_server.door().websocket(f"ws://{fake_server.entry}/")
    assert other_fake_server.asked == []


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (404, True), (408, False), (425, False), (429, False), (500, False), (503, False)]
)
def test_which_status_needs_a_person(status: int, permanent: bool) -> None:
    assert is_permanent(status) is permanent
