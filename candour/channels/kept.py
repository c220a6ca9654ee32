"""What a server told this process about itself or about an account: remembered for a while, so that many texts ask it once.

In memory only, and lost with the process. A key must hold everything the answer depends on, the secret among it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_EVERY: WeakSet[Kept[Any]] = WeakSet()


class Kept(Generic[T]):
    """Answers by key, each for `seconds` by a clock that nobody sets. Threads may share it: the worst is one question too many."""

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._steady = seconds, steady
        self._answers: dict[Hashable, tuple[float, T]] = {}
        _EVERY.add(self)

    def get(self, key: Hashable) -> T | None:
        """The answer while it holds, else None."""
        found = self._answers.get(key)
        return found[1] if found and self._steady() - found[0] < self._seconds else None

    def keep(self, key: Hashable, answer: T) -> T:
        """Remember an answer and give it back."""
        self._answers[key] = (self._steady(), answer)
        return answer

    def forget(self, key: Hashable, answer: T | None = None) -> None:
        """Ask anew next time; with `answer` only where that is still what is remembered, as another thread may have asked anew already."""
        if answer is None or self.get(key) is answer:
            self._answers.pop(key, None)

    def clear(self) -> None:
        """Ask everything anew."""
        self._answers.clear()


def forget_everything() -> None:
    """Ask every server anew, as a new process would."""
    for kept in list(_EVERY):
        kept.clear()
