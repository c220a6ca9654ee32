"""The soak can fail: a lost act, a doubled one and a broken book are each noticed."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.soak.kills import parent_of
from tests.soak.ledger import Ledger, counted, read
from tests.soak.network import Keys
from tests.soak.page import BEGIN, END, plan
from tests.soak.verdict import compare, signed
from tests.soak.visitor import GaveUp, Unanswered, keep_on

KEYS = some.lists(some.text("abc", min_size=1, max_size=3), unique=True, max_size=6)


@given(promised=KEYS, found=some.dictionaries(some.text("abc", min_size=1, max_size=3), some.integers(0, 3), max_size=8))
def test_only_exactly_once_is_sound(promised: list[str], found: dict[str, int]) -> None:
    row = compare("acts", promised, found)
    once = all(found.get(key, 0) == 1 for key in promised)
    at_most_once = all(times <= 1 for times in found.values())
    assert row.sound == (once and at_most_once)


def test_an_act_without_an_answer_may_be_there_once_and_not_twice() -> None:
    assert compare("acts", [], {"unanswered": 1}).sound
    assert compare("acts", [], {"unanswered": 2}).doubled == ["unanswered"]


class FakeShown:
    """Fake look at the product: the journal says what the test wants."""

    def __init__(self, **signatures: int) -> None:
        self.told = signatures

    def signatures(self) -> Counter[str]:
        return Counter({f"1:{role}": times for role, times in self.told.items()})


def test_a_signature_that_the_journal_lacks_or_holds_twice_is_noticed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "book")
    for role in ("medical", "legal"):
        ledger.sent("signature", f"1:{role}")
        ledger.answered("signature", f"1:{role}")
    row = signed(read(ledger.path), FakeShown(legal=2))  # type: ignore[arg-type]
    assert (row.lost, row.doubled) == (["1:medical"], ["1:legal"])


def test_what_was_sent_is_on_the_disk_before_the_answer(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "book")
    ledger.sent("comment", "a", words="first")
    assert not read(ledger.path)["comment"]["a"].acknowledged
    ledger.sent("comment", "a")
    ledger.answered("comment", "a", made="7")
    act = read(ledger.path)["comment"]["a"]
    assert (act.tries, act.facts["words"], act.answer and act.answer["made"]) == (2, "first", "7")
    assert counted(read(ledger.path)["comment"]) == Counter(sent=1, answered=1, repeated=1)


def test_many_hands_write_whole_lines(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "book")
    hands = [threading.Thread(target=lambda hand=hand: [ledger.sent("x", f"{hand}-{n}") for n in range(20)]) for hand in range(5)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(read(ledger.path)["x"]) == 100


def test_a_broken_act_is_repeated_and_patience_ends() -> None:
    tries: list[int] = []

    def breaks_twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Unanswered("fake break")
        return "done"

    assert keep_on(breaks_twice, 30) == "done"

    def always_breaks() -> None:
        raise Unanswered("fake break")

    with pytest.raises(GaveUp):
        keep_on(always_breaks, 0)


def test_record_keys_are_in_order_and_each_once() -> None:
    keys = Keys()
    made = [keys.next() for _ in range(500)]
    assert made == sorted(set(made))
    assert {len(key) for key in made} == {13}


def test_the_page_has_a_place_for_the_figures() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "soak.md").read_text()
    assert text.index(BEGIN) < text.index(END)


def test_the_long_form_kills_each_part_at_least_five_times() -> None:
    assert plan(3).kills == 5
    assert (plan(60).kills, plan(60).network_seconds, plan(60).network_rate) == (20, 600, 30)


def test_a_process_that_is_gone_has_no_parent() -> None:
    assert parent_of(2**30) == 0
