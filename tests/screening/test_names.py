"""Product names alone are found by a lean pass over the bytes: the same hits as by the reference, on any text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from candour.screening import batch
from candour.screening.engine import ScreeningRelease, release
from candour.screening.products import Product, ProductTerm, dictionary
from candour.screening.words import cut

_NAMES = ("Zovellark", "Mivrantel Depot", "Ärmelin", "Übex", "straße", "no", "Q10", "Teva-Lar", "ivermectin")
_PIECES = (
    *_NAMES, "ZOVELLARK", "zovelark", "Zovellaaark", "noooo", "mivrantel", "depot", "DEPOT", "armelin", "ärmelin", "STRASSE", "Straẞe",
    "Zovеllark", "xZovellark", "Zovellark2", "#ZovellarkHilft", "#no", "\uff03no", "ibuprofenum", "omeprazole",
    "amoxicillin", "atorvastatina", "Zovellark\u2019s", "\u2026", "ﬁ", "½", "é", "e\u0301",
    "\u200b", "\u00ad", "漢字", "カタ", "한국어", "😵", "\ufe0f", "...", "___", "  ", " ",
    " ", "\n", "-", "a", "aa", "AaA", "'", "`", "ß", "İ", "ı", "\u0000", "\x7f", "2", "111",
)  # fmt: skip
_TEXTS = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=3)), max_size=14).map("".join)


@pytest.fixture(scope="module")
def named() -> ScreeningRelease:
    return release(dictionary(ProductTerm(name, Product(name, "substance")) for name in _NAMES))


@pytest.fixture(scope="module")
def fast(named: ScreeningRelease) -> batch.BatchScreener:
    loaded = batch.kernel()
    assert loaded is not None
    return batch.BatchScreener(named, loaded)


def _by_reference(named: ScreeningRelease, texts: list[str]) -> list[tuple[int, int, int]]:
    rows = set()
    for at, text in enumerate(texts):
        words = cut(text, named.known_prefix)
        rows |= {(at, *words.stretch(hit.first, hit.last)) for hit in named.named.find(words.words)}
    return sorted(rows)


@settings(max_examples=400, deadline=None)
@given(posts=st.lists(_TEXTS, max_size=6))
@example(posts=["Zovellark"])
@example(posts=["", "Mivrantel Depot", "漢字Zovellark", "nimm Ärmelin Zovellark"])
def test_names_are_those_of_the_reference(posts: list[str], named: ScreeningRelease, fast: batch.BatchScreener) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in posts]
    rows = fast.names(pa.array(texts, pa.large_string()))
    assert sorted({tuple(row) for row in rows.tolist()}) == _by_reference(named, texts)
    assert rows[:, 0].tolist() == sorted(rows[:, 0].tolist())


def test_names_are_those_of_the_slower_pass(fast: batch.BatchScreener) -> None:
    """Row for row, in a column that begins in the middle of its buffer."""
    texts = [f"Take {one} and {other}, {one.upper()}!" for one in _NAMES for other in _PIECES if "\u0301" not in other]
    column = pa.array(["Zovellark", *texts], pa.string()).slice(1)
    whole, odd = fast._names_of(column)
    assert not odd
    assert np.array_equal(fast.names(column), whole)
    assert len(whole) > 2 * len(texts)


def test_most_posts_need_no_slower_pass(fast: batch.BatchScreener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.BatchScreener, "_names_of", lambda *_: pytest.fail("read whole"))
    posts = ["Seit 3 Tagen Übex\u2019 Tropfen – keine Straße weit!", "I took Zovellark (10mg), noooo way", "Łódź, été, niño…"]
    assert len(fast.names(pa.array(posts, pa.large_string()))) >= 3
