"""Posts that woke are judged by the rows of the kernel: whole judgements, words and reasons included, as the reference gives them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from candour.screening import batch
from candour.screening.columns import text_column
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.products import products_in
from candour.screening.result import Screened

AGES_AGO = [
    "I have had headaches for two years, three weeks ago I began Zovellark.",
    "Had a rash for 10 days now, took Zovellark for three months.",
    "Ich habe seit zwei Jahren Kopfschmerzen, seit drei Wochen nehme ich Zovellark.",
    "Since yesterday I feel dizzy, on Zovellark since 2 weeks.",
]
QUESTIONS = [
    "Does anybody take Zovellark? Can I drink wine with it in the evening? Who replaces the broken pen?",
    "Zovellark. Is it safe with my other tablets? Thanks for nothing.",
]
IN_PARTS = ["ゾベラークを飲んでから吐き気がします", "アスピリンスを飲んで発疹", "not feared, afraid of a rash from the pen", ""]


def examples(release: ScreeningRelease) -> list[str]:
    """The packs' examples."""
    return [one.text for pack in release.packs.values() for one in pack.examples]


def mixed(release: ScreeningRelease, count: int) -> list[str]:
    """Posts put together of the packs' examples and torn: words lost, said again, with other marks."""
    choice, rows = random.Random(5), [[one.text for one in pack.examples] for pack in release.packs.values()]
    return [_torn(choice, " ".join(choice.choices(choice.choice(rows), k=choice.randint(1, 4)))) for _ in range(count)]


def _torn(choice: random.Random, text: str) -> str:
    words = text.split(" ")
    for _ in range(choice.randint(0, 5)):
        at = choice.randrange(len(words))
        words[at : at + 1] = choice.choice([[], [words[at]] * 2, [words[at] + choice.choice(",.?!;")], [choice.choice(words)]]) or ["x"]
    return " ".join(words)


def _by_kernel(release: ScreeningRelease, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[dict[int, Screened], list[str]]:
    """Judgements of the posts that woke, and those whose words the kernel left to the reference."""
    fast = batch.screener(release)
    assert fast is not None
    left: list[str] = []
    by_reference = fast._judge

    def counted(text: str, *rest: Any) -> Screened:
        left.append(text)
        return by_reference(text, *rest)

    monkeypatch.setattr(fast, "_judge", counted)
    column = text_column(texts)
    awake = np.flatnonzero(fast.scan(column, fast.hints([""] * len(texts))).state == fast._kernel.AWAKE)
    judged = fast.screen(column, [""] * len(texts))
    return {at: judged[at] for at in awake.tolist()}, left


def test_whole_judgements_are_those_of_the_reference(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*examples(compiled), *mixed(compiled, 1500), *AGES_AGO, *QUESTIONS, *IN_PARTS]
    got, left = _by_kernel(compiled, texts, monkeypatch)
    assert len(got) > 2500
    for at, one in got.items():
        assert one == screen_text(compiled, texts[at]), texts[at]
    assert len(left) < len(got) // 8, "the kernel leaves more than the few posts it can't read"


def test_so_are_those_beside_names_that_overlap_or_are_common_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from candour.screening.engine import release

    rows = ("Pen,product,pen,,1", "Long,product,insulin pen,,0", "Rival,competitor,ibuprofen,,0", "Mig,indication,migraine,,0")
    own = release(products_in("\n".join(("product,kind,term,market,ambiguous", *rows)).encode()))
    texts = [*mixed(own, 400), "My insulin pen gave me a rash", "the pen hurts, migraine", "pen pen tablet rash", "no ibuprofen, no rash"]
    got, _ = _by_kernel(own, texts, monkeypatch)
    for at, one in got.items():
        assert one == screen_text(own, texts[at]), texts[at]


def test_stretches_of_time_are_read_and_compared(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    got, left = _by_kernel(compiled, AGES_AGO, monkeypatch)
    assert not left and len(got) == len(AGES_AGO)
    older = got[0]
    assert not older.findings or older.score < got[3].score
