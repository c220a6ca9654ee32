"""Promises that hold for any text: spans are the post's own words, the same answer every time and by every door, time linear in length."""

from __future__ import annotations

import time
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from candour.screening.arrow import OUT_SCHEMA, as_row, screen_batch
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.normalise import fold
from candour.screening.words import cut

_SEEDS = st.sampled_from(
    [
        "Meine Tochter (15) nimmt Zovellark", " roter Ausschlag", "#ZovellarkHilft", "ich müde",
        "I feel dizzy", "no nausea", "gerda@example.org",
        "\u200b", "ß", "ﬁ", "İ", "e\u0301", "한", "ᄒ\u1161",
        "\u202e", "\x00", "pen jammed", "? ", ". ", "0171 2345678", "Mein Name ist Eva Kraus", "😵",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=80), st.lists(st.one_of(_SEEDS, st.text(max_size=6)), max_size=12).map("".join))


@settings(max_examples=300, deadline=None)
@given(text=_TEXTS)
@example(text="I\u0307\u0307 Zovellark\ufb03 ﬁebrig")
@example(text="\ud800 Zovellark macht mich müde")
def test_spans_are_the_posts_own_words(text: str, compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, text)
    spans = [span for one in screened.findings for span in one.spans]
    spans += [*screened.patient, *screened.event, *screened.reporter, *(mention.span for mention in screened.mentions)]
    assert all(0 <= span.start < span.end <= len(text) and text[span.start : span.end] == span.words for span in spans)
    assert all(span.why for one in screened.findings for span in one.spans)
    assert 0 <= screened.score <= 1
    assert screen_text(compiled, text) == screened


@settings(max_examples=200, deadline=None)
@given(text=_TEXTS)
def test_folded_characters_point_into_the_original_in_order(text: str) -> None:
    folded = fold(text)
    places = [folded.original(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)


@settings(max_examples=200, deadline=None)
@given(text=_TEXTS)
def test_composed_and_decomposed_writing_cut_into_the_same_words(text: str) -> None:
    composed = cut(unicodedata.normalize("NFC", text)).words
    assert composed == cut(unicodedata.normalize("NFD", text)).words


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(_TEXTS, max_size=6))
def test_a_batch_gives_the_answers_of_its_posts(texts: list[str], compiled: ScreeningRelease) -> None:
    keys = [str(number) for number in range(len(texts))]
    batch = pa.RecordBatch.from_pydict({"id": pa.array(keys, pa.string()), "text": pa.array(texts, pa.string())})
    out = screen_batch(batch, compiled)
    assert out.schema.equals(OUT_SCHEMA)
    assert out.to_pylist() == [as_row(key, screen_text(compiled, text)) for key, text in zip(keys, texts, strict=True)]


def test_a_batch_without_texts_is_refused(compiled: ScreeningRelease) -> None:
    with pytest.raises(KeyError, match="text"):
        screen_batch(pa.RecordBatch.from_pydict({"id": ["1"]}), compiled)


@pytest.mark.parametrize(
    "unit",
    [
        "no nausea, ",
        "I had a rash from Zovellark ",
        "\u0301\u0316",
        "ａ",
        "no ",
        "#zovellark",
        "ﬁ",
        "but not rash before ",
        "0171 2",
        "a@b.",
        "Frau E ",
    ],
)
def test_time_grows_with_length_and_not_with_its_square(unit: str, compiled: ScreeningRelease) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.process_time()
        screen_text(compiled, text)
        return time.process_time() - began

    seconds(2_000)
    small = min(seconds(15_000) for _ in range(3))
    assert min(seconds(120_000) for _ in range(2)) < 8 * 3 * small + 0.05
