"""A batch judged as a table gives the same rows as its posts judged one by one, whoever judges them and however they are written down."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from candour.core.terms import Span
from candour.screening import adverse, batch, duties, findings_table
from candour.screening.arrow import as_row, screen_batch
from candour.screening.columns import text_column
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.meaning_tables import Named
from candour.screening.products import products_in
from candour.screening.screen_file import tails_of
from candour.screening.voices import Voices
from tests.screening.test_awake import AGES_AGO, IN_PARTS, QUESTIONS, examples, mixed

_OF_PERSONS = [
    "Frau Kraus (54) hat Ausschlag von Zovellark, 0171 2345678",
    "My name is Eva Kraus, I got a rash from Zovellark. a@b.de",
    "a@b.de",
    "My son, 15 years old, has a rash since Zovellark",
    "rash since Zovellark, 34 years old",
    "Zovellark (34)",
]
_LISTS = [" and ".join(["rash", "nausea", "headache", "Zovellark", "dizzy", "my pen jammed", "overdose"] * many) for many in (1, 4, 40)]
_ODDITIES = ['say "rash\\" after Zovellark \u2028\u0007', "", "ไทย Zovellark", "🤢 since Zovellark 🤮", "ＺＯＶＥＬＬＡＲＫ gave me a rash"]


def _posts(compiled: ScreeningRelease, count: int) -> list[str]:
    given = [*examples(compiled), *AGES_AGO, *QUESTIONS, *IN_PARTS, *_OF_PERSONS, *_LISTS, *_ODDITIES]
    return [*given, *mixed(compiled, count), *(f"{one} {other}" for one, other in pairwise([*_OF_PERSONS, *_LISTS, *_ODDITIES]))]


def _rows(compiled: ScreeningRelease, texts: list[str]) -> list[dict[str, Any]]:
    given = pa.RecordBatch.from_arrays([pa.array(map(str, range(len(texts))), pa.string()), text_column(texts)], ["id", "text"])
    return screen_batch(given, compiled).to_pylist()


def _by_reference(compiled: ScreeningRelease, texts: list[str]) -> list[dict[str, Any]]:
    return [as_row(str(at), screen_text(compiled, text)) for at, text in enumerate(texts)]


def test_rows_are_those_of_the_reference(compiled: ScreeningRelease) -> None:
    texts = _posts(compiled, 1500)
    got, want = _rows(compiled, texts), _by_reference(compiled, texts)
    assert sum(bool(row["findings"]) for row in got) > 1500
    for text, one, other in zip(texts, got, want, strict=True):
        assert one == other, text


def test_most_posts_with_findings_are_not_judged_one_by_one(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    apart: list[int] = []
    part_of = findings_table.part_of

    def counted(judged: dict[int, Any], *rest: Any) -> Any:
        apart.extend(judged)
        return part_of(judged, *rest)

    monkeypatch.setattr(batch, "part_of", counted)
    texts = examples(compiled)
    found = sum(bool(row["findings"]) for row in _rows(compiled, texts))
    assert found > 1000
    assert len(apart) < found // 5


def test_names_that_overlap_or_are_competitors_stand_once_each() -> None:
    rows = ("Pen,product,pen,,1", "Long,product,insulin pen,,0", "Rival,competitor,ibuprofen,,0", "Mig,indication,migraine,,0")
    own = release(products_in("\n".join(("product,kind,term,market,ambiguous", *rows)).encode()))
    texts = [*mixed(own, 300), "My insulin pen gave me a rash, the insulin pen!", "no ibuprofen, ibuprofen no, rash", "migraine"]
    assert _rows(own, texts) == _by_reference(own, texts)


def test_a_post_whose_rounding_is_unsure_is_judged_by_the_reference(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _posts(compiled, 200)
    fast = batch.screener(compiled)
    assert fast is not None
    weigh, heard = fast._kernel.weighing.weigh, fast._kernel.weighing.heard

    def unsure(*given: Any) -> Any:
        weighed = weigh(*given)
        weighed.unsure[::2], weighed.scores[::2] = 1, 0.9
        return weighed

    monkeypatch.setattr(fast._kernel.weighing, "weigh", unsure)
    monkeypatch.setattr(fast._kernel.weighing, "heard", lambda *given: (heard(*given)[0] + 1, np.ones(len(given[1]), np.uint8)))
    assert _rows(compiled, texts) == _by_reference(compiled, texts)


@pytest.mark.parametrize("score", [0.12345, 0.34995, 0.49995, 0.00005])
def test_a_score_in_the_middle_is_unsure_and_others_are_rounded_as_ever(score: float, compiled: ScreeningRelease) -> None:
    fast = batch.screener(compiled)
    assert fast is not None
    log_odds = [float(np.log(one / (1 - one))) for one in (score, score + 1e-7, score - 2e-5)]
    telling = np.zeros((3, fast._kernel.weighing.TELLING_COLUMNS))
    telling[:, fast._kernel.weighing.SCORE], telling[:, fast._kernel.weighing.MEDICINE] = log_odds, 1
    scores, unsure = fast._kernel.weighing.heard(telling, np.zeros(3))
    assert unsure.tolist() == [1, 0, 0]
    assert scores[1:].tolist() == [adverse.squash(one) for one in log_odds[1:]]


_SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from(["a", "b", "B, c", "ä"])), min_size=1, max_size=70)


@settings(max_examples=300, deadline=None)
@given(spans=_SPANS)
@example(spans=[(at % 7, 1 + at % 5, "ab"[at % 2]) for at in range(200)])
def test_spans_are_put_in_order_as_by_the_reference(spans: list[tuple[int, int, str]], compiled: ScreeningRelease) -> None:
    fast = batch.screener(compiled)
    assert fast is not None
    whys = sorted({why for _, _, why in spans})
    rows = np.array([(0, start, start + size, whys.index(why)) for start, size, why in spans], np.int64)
    end = fast._kernel.spans.unique(rows, 0, len(rows), np.arange(len(whys)))
    want = duties._unique([Span(start, start + size, "x" * size, why) for start, size, why in spans])
    assert [(start, stop, whys[why]) for _, start, stop, why in rows[:end].tolist()] == [(one.start, one.end, one.why) for one in want]


def test_a_row_is_written_as_json_writes_it(compiled: ScreeningRelease) -> None:
    texts = _posts(compiled, 50)
    tails = tails_of(batch.screen_table(compiled, text_column(texts), [""] * len(texts)), texts)
    for at, (text, tail) in enumerate(zip(texts, tails, strict=True)):
        row = as_row(str(at), screen_text(compiled, text))
        del row["missing"]
        assert f'{{"id": "{at}"{tail}' == json.dumps(row, ensure_ascii=False)


def test_posts_judged_apart_stand_in_their_places(compiled: ScreeningRelease) -> None:
    for texts in (["a@b.de", "Zovellark a@b.de", "c@d.de"], ["Danke", "", "I got a rash from Zovellark. a@b.de", "c@d.de", "rash"]):
        assert _rows(compiled, texts) == _by_reference(compiled, texts)


def test_without_the_kernel_the_table_is_the_same(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*examples(compiled)[:200], *_OF_PERSONS, *_ODDITIES]
    want = _rows(compiled, texts)
    monkeypatch.setattr(batch, "kernel", lambda: None)
    assert _rows(compiled, texts) == want


def test_what_is_forgotten_is_asked_again(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = examples(compiled)[:600]
    want = _rows(compiled, texts)
    monkeypatch.setattr(findings_table, "_MEMORY", 3)
    assert [_rows(compiled, texts[at : at + 50]) for at in range(0, 600, 50)] == [
        [row | {"id": str(at)} for at, row in enumerate(want[begin : begin + 50])] for begin in range(0, 600, 50)
    ]


def test_what_fails_to_be_weighed_leaves_nothing_wrong_behind(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = examples(compiled)[:300]
    want = _rows(compiled, texts)
    monkeypatch.setattr(findings_table, "_MEMORY", -1)  # all is asked again
    lit, asked = Voices.lit, [0]

    def failing(*given: Any) -> Any:
        asked[0] += 1
        if asked[0] == 5:
            raise MemoryError
        return lit(*given)

    monkeypatch.setattr(Voices, "lit", failing)
    with pytest.raises(MemoryError):
        _rows(compiled, texts)
    monkeypatch.setattr(findings_table, "_MEMORY", 20_000)  # what was noted before the failure is used
    assert _rows(compiled, texts) == want


def test_more_concepts_than_a_key_holds_are_refused(compiled: ScreeningRelease) -> None:
    fast = batch.screener(compiled)
    assert fast is not None
    named = Named(["x"] * (fast._kernel.weighing.MOST_CONCEPTS + 1), [], 0)
    with pytest.raises(ValueError, match="concepts"):
        findings_table.TableMaker(compiled, fast._kernel, named, fast._voices, fast._meanings.thresholds)


def test_threads_that_share_a_screener_get_the_same_table(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _posts(compiled, 100)
    want = _rows(compiled, texts)
    monkeypatch.setattr(findings_table, "_MEMORY", 50)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: _rows(compiled, texts), range(8))) == [want] * 8


def test_a_new_thread_goes_on_with_the_words_another_knew(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = batch.screener(compiled)
    assert fast is not None
    texts = examples(compiled)[:200]
    want = _rows(compiled, texts)
    made: list[Any] = []
    monkeypatch.setattr(fast, "_new_memory", lambda: made.append(1))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(_rows, compiled, texts).result() == want
    assert not made
    with fast._memory() as one:
        monkeypatch.undo()
        fast._idle.clear()
        with fast._memory() as other:
            assert one is not other


def test_an_empty_batch_has_no_rows(compiled: ScreeningRelease) -> None:
    assert _rows(compiled, []) == []
