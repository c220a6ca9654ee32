"""What a failure means, for every class of failure: passing or for a person, one text or the whole place, and how long to wait."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from atproto_client.exceptions import InvokeTimeoutError, NetworkError, RequestErrorBase
from atproto_client.models.common import XrpcError
from atproto_client.request import Response
from hypothesis import given
from hypothesis import strategies as st

from candour.channels import faults
from candour.channels.base import MOST_WORDS, ChannelError, OutgoingMessage
from candour.channels.bluesky import _refusal
from candour.channels.faults import of_at_error, of_status, of_transport, patience
from candour.channels.http import Door, refusal
from candour.channels.newsroom import Newsroom, NewsroomSettings
from tests.channels.conftest import Answer, FakeServer

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
PASSES, LASTS = False, True


@pytest.mark.parametrize(
    ("status", "cause", "permanent", "reach"),
    [
        (0, "no_answer", PASSES, "place"),
        (200, "odd_answer", PASSES, "place"),
        (302, "odd_answer", PASSES, "place"),
        (400, "refused_400", LASTS, "message"),
        (401, "sign_in", LASTS, "place"),
        (402, "payment", LASTS, "place"),
        (403, "forbidden", LASTS, "place"),
        (404, "refused_404", LASTS, "message"),
        (407, "proxy", LASTS, "place"),
        (408, "timeout", PASSES, "place"),
        (409, "refused_409", LASTS, "message"),
        (413, "refused_413", LASTS, "message"),
        (421, "misdirected", PASSES, "place"),
        (422, "refused_422", LASTS, "message"),
        (423, "locked", PASSES, "place"),
        (425, "too_early", PASSES, "place"),
        (429, "too_many", PASSES, "place"),
        (451, "legal", LASTS, "message"),
        (499, "refused_499", LASTS, "message"),
        (500, "server", PASSES, "place"),
        (501, "not_offered", LASTS, "place"),
        (502, "server", PASSES, "place"),
        (503, "server", PASSES, "place"),
        (504, "server", PASSES, "place"),
        (529, "server", PASSES, "place"),
    ],
)
def test_what_a_status_means(status: int, cause: str, permanent: bool, reach: str) -> None:
    fault = of_status(status)
    assert (fault.cause, fault.permanent, fault.reach) == (cause, permanent, reach)


@given(st.integers(0, 999))
def test_every_status_means_something_and_only_4xx_and_two_others_last(status: int) -> None:
    fault = of_status(status)
    assert fault.cause
    assert not fault.permanent or 400 <= status < 500 or status in (501, 505)


@pytest.mark.parametrize(
    ("name", "status", "cause", "permanent", "reach"),
    [
        ("AuthenticationRequired", 401, "sign_in", LASTS, "place"),
        ("AccountTakedown", 400, "account_closed", LASTS, "place"),
        ("RepoDeactivated", 400, "account_closed", LASTS, "place"),
        ("ExpiredToken", 400, "session", PASSES, "place"),
        ("RateLimitExceeded", 400, "too_many", PASSES, "place"),
        ("InvalidRequest", 400, "refused", LASTS, "message"),
        ("BlobTooLarge", 400, "too_large", LASTS, "message"),
        ("UpstreamFailure", 400, "upstream", PASSES, "place"),
        ("InternalServerError", 500, "server", PASSES, "place"),
        ("NeverHeardOf", 400, "refused_400", LASTS, "message"),
        ("", 503, "server", PASSES, "place"),
    ],
)
def test_what_an_error_of_an_at_server_means(name: str, status: int, cause: str, permanent: bool, reach: str) -> None:
    fault = of_at_error(name, status)
    assert (fault.cause, fault.permanent, fault.reach) == (cause, permanent, reach)
    answer = Response(False, status, XrpcError(error=name, message="Its own words"), {"retry-after": "90"})
    error = _refusal(RequestErrorBase(answer))
    assert (error.cause, error.permanent, error.provider_words, error.wait) == (cause, permanent, "Its own words", timedelta(seconds=90))


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (InvokeTimeoutError(), "no_answer"),
        (NetworkError(), "no_answer"),
        (RequestErrorBase(Response(False, 502, b"<html>bad gateway", {})), "server"),
        (RequestErrorBase(Response(False, 200, b"half a rec", {})), "odd_answer"),
    ],
)
def test_an_at_server_that_gives_no_error_of_its_own(problem: RequestErrorBase, cause: str) -> None:
    error = _refusal(problem)
    assert (error.cause, error.permanent, bool(error.provider_words)) == (cause, PASSES, True)


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (TimeoutError(), "timeout"),
        (socket.gaierror(-2, "Name or service not known"), "no_host"),
        (caused(httpx.ConnectError("x"), socket.gaierror(-3, "Temporary failure")), "no_host"),
        (ConnectionRefusedError(111, "refused"), "connection_refused"),
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), "connection_refused"),
        (ssl.SSLCertVerificationError("expired"), "tls"),
        (caused(httpx.ConnectError("x"), ssl.SSLError("handshake")), "tls"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"), "tls"),
        (httpx.RemoteProtocolError("peer closed"), "odd_answer"),
        (httpx.DecodingError("bad gzip"), "odd_answer"),
        (ConnectionResetError(104, "reset"), "no_answer"),
        (OSError("network unreachable"), "no_answer"),
    ],
)
def test_what_fails_on_the_way_passes_and_says_where(problem: Exception, cause: str) -> None:
    fault = of_transport(problem)
    assert (fault.cause, fault.permanent, fault.reach) == (cause, PASSES, "place")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"retry-after": " 7 "}, 7),
        ({"Retry-After": format_datetime(NOW + timedelta(minutes=5), usegmt=True)}, 300),
        ({"Retry-After": format_datetime(NOW - timedelta(minutes=5), usegmt=True)}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "0"}, None),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"ratelimit-reset": "x"}, None),
        ({}, None),
    ],
)
def test_the_patience_that_is_asked_for(headers: dict[str, str], seconds: int | None) -> None:
    assert patience(headers, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=60))
def test_no_header_breaks_us_and_no_wait_is_negative(words: str) -> None:
    for name in ("Retry-After", "ratelimit-reset"):
        wait = patience({name: words}, NOW)
        assert wait is None or wait > timedelta()


def test_a_refusal_keeps_words_cause_and_wait() -> None:
    error = refusal(httpx.Response(429, headers={"Retry-After": "30"}, text="calm\ndown <b>"), "Refused.", "Later (%(status)s).")
    assert (str(error), error.permanent, error.cause, error.reach) == ("Later (429).", PASSES, "too_many", "place")
    assert (error.provider_words, error.wait) == ("calm\ndown <b>", timedelta(seconds=30))
    assert len(refusal(httpx.Response(400, text="w" * 9000), "Refused.", "Later.").provider_words) == MOST_WORDS


def test_an_error_that_names_nothing_is_still_told_apart() -> None:
    assert (ChannelError("x", True).cause, ChannelError("x", True).reach) == ("refused", "message")
    assert (ChannelError("x", False).cause, ChannelError("x", False).reach) == ("no_answer", "place")
    assert ChannelError.of(faults.of_status(401), "x").reach == "place"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"nul", b"\xff\xfe"])
def test_a_malformed_answer_passes_and_is_kept(fake_server: FakeServer, body: bytes) -> None:
    fake_server.reply = lambda asked: Answer(200, body, {"Content-Type": "application/json"})
    newsroom = Newsroom(NewsroomSettings(fake_server.base, "a", "t"), fake_server.door())
    with pytest.raises(ChannelError) as told:
        newsroom.publish(OutgoingMessage(text="x", key="k", at=NOW))
    assert (told.value.cause, told.value.permanent) == ("odd_answer", PASSES)


def test_a_host_that_nobody_knows() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    newsroom = Newsroom(NewsroomSettings("https://gone.example", "a", "t"), Door(resolver=unknown))
    with pytest.raises(ChannelError) as told:
        newsroom.read_back("r1")
    assert (told.value.cause, told.value.permanent, told.value.reach) == ("no_host", PASSES, "place")
