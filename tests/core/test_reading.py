"""What is asked once while a page is read, and asked anew everywhere else."""

from __future__ import annotations

import threading

import pytest

from candour.core.reading import once_per_reading, reading

asked: list[tuple[str, int]] = []


@once_per_reading
def fact(name: str, number: int = 0) -> str:
    asked.append((name, number))
    return f"{name} {len(asked)}"


@pytest.fixture(autouse=True)
def nothing_asked_yet() -> None:
    asked.clear()


def test_one_page_asks_once_and_the_next_one_again() -> None:
    with reading():
        assert fact("company") == fact("company")
        fact("company", 1)
        fact("company", number=1)
    with reading():
        fact("company")
    assert asked == [("company", 0), ("company", 1), ("company", 1), ("company", 0)]


def test_an_act_asks_every_time() -> None:
    assert fact("rights") != fact("rights")


def test_what_failed_is_asked_again() -> None:
    @once_per_reading
    def failing() -> None:
        asked.append(("failing", 0))
        raise ValueError

    with reading():
        for _ in range(2):
            with pytest.raises(ValueError):
                failing()
    assert len(asked) == 2


def test_another_thread_does_not_see_this_page() -> None:
    with reading():
        fact("company")
        other = threading.Thread(target=fact, args=("company",))
        other.start()
        other.join()
    assert len(asked) == 2
