"""What a server said is remembered for a while and no longer."""

from __future__ import annotations

from candour.channels.kept import Kept, forget_everything


def test_an_answer_holds_for_its_time_and_for_its_key() -> None:
    now = [0.0]
    kept = Kept[str](10, steady=lambda: now[0])
    assert kept.keep("a", "x") == "x"
    assert (kept.get("a"), kept.get("b")) == ("x", None)
    now[0] = 9.9
    assert kept.get("a") == "x"
    now[0] = 10.0
    assert kept.get("a") is None


def test_only_the_answer_that_failed_is_forgotten() -> None:
    kept, old, new = Kept[list[int]](10), [1], [2]
    kept.keep("a", old)
    kept.keep("a", new)
    kept.forget("a", old)
    assert kept.get("a") is new, "another thread had asked anew"
    kept.forget("a", new)
    assert kept.get("a") is None


def test_everything_can_be_asked_anew() -> None:
    kept = Kept[str](10)
    kept.keep("a", "x")
    forget_everything()
    assert kept.get("a") is None
