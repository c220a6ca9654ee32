"""What a failure of the other side means: will it pass by itself, or must a person change something, and what does it hold up?

One table for all channels. In doubt a failure passes: what is taken for permanent stops a source or ends a publication, so only what
repeating can't mend stands there.
"""

from __future__ import annotations

import email.utils
import socket
import ssl
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import httpx

#: "place": everything that goes to or comes from there meets it; "message": only this one text does.
Reach = typing.Literal["place", "message"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`cause` is a short stable name: failures with the same cause at the same place are one matter for one person."""

    cause: str
    permanent: bool
    reach: Reach


def _passing(cause: str) -> Fault:
    return Fault(cause, permanent=False, reach="place")


def _lasting(cause: str) -> Fault:
    return Fault(cause, permanent=True, reach="place")


def _refused(cause: str) -> Fault:
    return Fault(cause, permanent=True, reach="message")


#: Answers of HTTP that say more than their class (RFC 9110, RFC 6585, RFC 8470).
_STATUS: Mapping[int, Fault] = MappingProxyType(
    {
        401: _lasting("sign_in"),
        402: _lasting("payment"),
        403: _lasting("forbidden"),
        407: _lasting("proxy"),
        408: _passing("timeout"),
        421: _passing("misdirected"),
        423: _passing("locked"),
        425: _passing("too_early"),
        429: _passing("too_many"),
        451: _refused("legal"),
        501: _lasting("not_offered"),
        505: _lasting("not_offered"),
    }
)

#: Names of errors of AT-proto servers, which answer 400 or 500 to nearly everything.
_AT_NAMES: Mapping[str, Fault] = MappingProxyType(
    {
        "AuthenticationRequired": _lasting("sign_in"),
        "AuthMissing": _lasting("sign_in"),
        "AuthFactorTokenRequired": _lasting("sign_in"),
        "ExpiredToken": _passing("session"),
        "InvalidToken": _passing("session"),
        "AccountTakedown": _lasting("account_closed"),
        "AccountDeactivated": _lasting("account_closed"),
        "AccountSuspended": _lasting("account_closed"),
        "RepoTakendown": _lasting("account_closed"),
        "RepoDeactivated": _lasting("account_closed"),
        "RepoSuspended": _lasting("account_closed"),
        "RepoNotFound": _lasting("account_unknown"),
        "MethodNotImplemented": _lasting("not_offered"),
        "RateLimitExceeded": _passing("too_many"),
        "UpstreamFailure": _passing("upstream"),
        "UpstreamTimeout": _passing("upstream"),
        "NotEnoughResources": _passing("overloaded"),
        "InternalServerError": _passing("server"),
        "ConsumerTooSlow": _passing("too_slow"),
        "InvalidRequest": _refused("refused"),
        "InvalidRecord": _refused("refused"),
        "InvalidSwap": _refused("refused"),
        "PayloadTooLarge": _refused("too_large"),
        "BlobTooLarge": _refused("too_large"),
    }
)


def of_status(status: int) -> Fault:
    """What an HTTP status means; 0 stands for no answer at all. A status that is no failure is an answer out of place, and passes."""
    if status in _STATUS:
        return _STATUS[status]
    if 400 <= status < 500:
        return _refused(f"refused_{status}")
    if status >= 500:
        return _passing("server")
    return _passing("no_answer" if status == 0 else "odd_answer")


def of_at_error(name: str, status: int) -> Fault:
    """What an AT-proto error means: by its name where we know it, else by its status."""
    return _AT_NAMES.get(name) or of_status(status)


def of_transport(problem: BaseException) -> Fault:
    """What a failure on the way means; all of them pass, and a person is told when they don't."""
    for error in _chain(problem):
        for kinds, cause in _WAY:
            if isinstance(error, kinds):
                return _passing(cause)
    words = repr(problem)
    return _passing("tls" if "CERTIFICATE_VERIFY" in words or "SSL:" in words else "no_answer")


_WAY: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ssl.SSLError,), "tls"),
    ((socket.gaierror, UnicodeError), "no_host"),
    ((httpx.TimeoutException, TimeoutError), "timeout"),
    ((ConnectionRefusedError,), "connection_refused"),
    ((httpx.DecodingError, httpx.RemoteProtocolError), "odd_answer"),
)


def _chain(problem: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        problem = problem.__cause__ or problem.__context__


def patience(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the other side asks us to wait: Retry-After in seconds or as a date (RFC 9110, 10.2.3), else `ratelimit-reset` as an
    instant in seconds since 1970 (AT-proto). None where it says nothing readable; never negative."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    wait = _after(given.get("retry-after", ""), now) or _until(given.get("ratelimit-reset", ""), now)
    return wait if wait is not None and wait > timedelta() else None


def _after(words: str, now: datetime) -> timedelta | None:
    if words.isascii() and words.isdecimal():
        return timedelta(seconds=min(int(words[:12]), 400 * 86400))
    try:
        at = email.utils.parsedate_to_datetime(words)
    except (ValueError, TypeError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def _until(words: str, now: datetime) -> timedelta | None:
    if not (words.isascii() and words.isdecimal()):
        return None
    return timedelta(seconds=min(int(words[:12]) - int(now.timestamp()), 400 * 86400))
