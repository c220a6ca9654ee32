"""What the lines of a log have in common: the request, job and person they belong to. Numbers only, never names or words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

#: The form in which a number of a request is taken over from a proxy; anything else might be a stranger's words.
_NUMBER = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Trace:
    """`request` made one of the web's answers, `job` is the number of a background job, `actor` the person's row."""

    request: str = ""
    job: int | None = None
    actor: str = ""


_NOTHING = Trace()
_current: ContextVar[Trace] = ContextVar("trace", default=_NOTHING)


def trace() -> Trace:
    """What this thread or task works for right now."""
    return _current.get()


@contextmanager
def tracing(**known: str | int | None) -> Iterator[None]:
    """Lines written inside the block carry what is `known` (fields of Trace) beside what was known outside."""
    token = _current.set(replace(_current.get(), **known))  # type: ignore[arg-type]
    try:
        yield
    finally:
        _current.reset(token)


def request_number(given: str) -> str:
    """The number a proxy gave to a request, if it has the form of one, else a new one of 16 characters."""
    return given if _NUMBER.fullmatch(given) else secrets.token_hex(8)
