"""Facts asked once per page: while one page is read, the same question has one answer and costs one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_known: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("known", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """What is asked inside is remembered to its end. Only around work that changes nothing it asks for: a page, never an act."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def once_per_reading(ask: Callable[P, T]) -> Callable[P, T]:
    """Remember the answer of `ask` by its arguments, which must be hashable, within `reading`; elsewhere every call asks."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        known = _known.get()
        if known is None:
            return ask(*args, **kwargs)
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = ask(*args, **kwargs)
        answer: T = known[key]
        return answer

    return asked
