"""The screening release is compiled once, also where several threads ask for it at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from candour.flows import releases


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What was compiled, by a stand-in that takes its time."""
    made: list[object] = []

    def slow(products: object) -> object:
        time.sleep(0.2)
        made.append(object())
        return made[-1]

    monkeypatch.setattr(releases, "product_dictionary", lambda: [])
    monkeypatch.setattr(releases.engine, "release", slow)
    releases._compiled.cache_clear()
    yield made
    releases._compiled.cache_clear()


def test_whoever_comes_meanwhile_waits_for_the_same_one(compiled: list[object]) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(releases.screening_release())) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert len(compiled) == 1
    assert found == compiled * 3
