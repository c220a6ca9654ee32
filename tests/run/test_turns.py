"""One process makes one page after the other, and nobody waits long behind a slow act."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from candour.project.turns import InTurn


class Counting:
    """A WSGI application that notes how many of its answers are being made at once; a `slow` one ends when it is let go."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.begun, self.let_go = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return self._answer(environ)
        finally:
            with self._lock:
                self.now -= 1

    def _answer(self, environ: dict[str, Any]) -> Iterable[bytes]:
        if environ.get("fails"):
            raise ValueError("this page fails")
        if environ.get("slow"):
            self.begun.set()
            self.let_go.wait(30)
        time.sleep(0.002)
        return [b"page"]


def nothing(*_told: object) -> None:
    """A `start_response` that nobody listens to."""


def test_pages_are_made_one_after_the_other() -> None:
    counting = Counting()
    application = InTurn(counting, patience=30)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: application({}, nothing), range(60)))
    assert answers == [[b"page"]] * 60
    assert counting.most == 1


def test_a_page_goes_ahead_beside_an_act_that_takes_long_and_gives_no_turn_away_that_it_never_had() -> None:
    counting = Counting()
    application = InTurn(counting, patience=0.05)
    with ThreadPoolExecutor(2) as pool:
        act = pool.submit(application, {"slow": True}, nothing)
        assert counting.begun.wait(30)
        assert application({}, nothing) == [b"page"]
        assert counting.most == 2
        assert not act.done()
        assert application._turn.locked(), "the act has its turn still"
        counting.let_go.set()
        assert act.result(30) == [b"page"]
    assert not application._turn.locked()


def test_a_page_that_fails_gives_its_turn_back() -> None:
    application = InTurn(Counting(), patience=30)
    with pytest.raises(ValueError, match="this page fails"):
        application({"fails": True}, nothing)
    assert application({}, nothing) == [b"page"]
