"""The compiled kernel gives the reference's answers, byte for byte, on any text; and it is the one that ran."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from candour.screening import batch, fold_tables
from candour.screening.arrow import as_row, screen_batch
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.model import Models
from candour.screening.words import cut
from tests.screening.test_screen_text import MOTHER

_PIECES = [
    "Zovellark", "zovelark", "#ZovellarkHilft2Mal", "#zovellark_hilft", "##Zovellark#", "\uff03Mivrantel", "Meine Tochter (15)",
    " 15 years old", "I had ", " no ", "not", " nausea", "nаusea", "Übelkeit", "UBELKEIT", "sooooo dizzy", "diiiizzyyyy",
    "brain zaps", " after ", "Seit ", " nehme", " but ", ", ", "; ", " - ", " -", "- ", "...", "\u2026", ".\n", "?", "\uff1f",
    "\u061f", "!", ".)", ".,", "\"", "'", "\u2019", "`", "ʼ", "\u200b", "\u00ad", "\ufe0f", "\u0640", "\u064b", "\u0301", "\u3099",
    "\uff9e", "\ufb01", "\ufb03", "ß", "ẞ", "İ", "ı", "I", "½", "\ufdfa", "\u3316", "①", "Ⅷ", "ǆ", "ŉ", "\u6f22",
    "\u6f22\u5b57\u304b\u306a", "\u30ab\u30bf\u30ab\u30ca", "\uff76\uff85", "\u5410\u304d\u6c17", "ไทย", "\ud55c\uad6d\uc5b4", "하",
    "\u0623\u0643\u0644", "\u0627\u0644\u0635\u062f\u0627\u0639", "\u0663", "\u06f4", "ёж", "Ёлка", "я", "она", "і", "ї", "їжа",
    "\u4eec", "\u5011", "\u836f", "\u85e5", "\ud83d\ude35", "\ud83e\udd22", "\ud83d\udc4d\ud83c\udffd",
    "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67", "\ud83e\udd22\ud83e\udd2e", "#\ud83e\udd22", "a@b.de", "<email>",
    "0171 2345678", "Frau Kraus", "Mr. Smith", "My name is Eva Kraus", "12 Hazel Road", "10115 Berlin", "1", "a", "_", "a_b",
    "#a_b", "#", " ", "  ", "\t", "\u0000", "\u001c", "\u2028", "Clara", "Pen", "the and of", "der die das", "que de la",
    "I want to kill myself", "pen jammed", "Should I stop taking", "side effects of", "am on", "experienced", "took", "afraid of",
    "he", "my mother",
]  # fmt: skip
_TEXTS = st.lists(st.one_of(st.sampled_from(_PIECES), st.sampled_from([" ", ""]), st.text(max_size=4)), max_size=30).map("".join)
_LANGS = st.sampled_from(["", "", "de", "en", "fr", "zh-TW", "zh", "pt-BR", "xx", "und", "???", "sv-SE"])


def _same(release: ScreeningRelease, texts: list[str], langs: list[str]) -> None:
    fast = batch.screener(release)
    assert fast is not None
    got = [as_row("1", one) for one in fast.screen(pa.array(texts, pa.string()), langs)]
    want = [as_row("1", screen_text(release, text, lang)) for text, lang in zip(texts, langs, strict=True)]
    assert got == want
    columns = {"id": ["1"] * len(texts), "text": texts, "lang": langs}
    typed = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    assert screen_batch(pa.RecordBatch.from_pydict(typed), release).to_pylist() == want


@settings(max_examples=300, deadline=None)
@given(posts=st.lists(st.tuples(_TEXTS.filter(lambda text: text.isprintable() or "\ud800" not in text), _LANGS), max_size=8))
@example(posts=[(MOTHER, ""), ("", ""), ("#ZovellarkHilft", "de"), ("\u200b" * 60 + "Zovellark" + "\u200b" * 60, "")])
def test_the_kernel_gives_the_answers_of_the_reference(posts: list[tuple[str, str]], compiled: ScreeningRelease) -> None:
    _same(compiled, [text.encode("utf-8", "replace").decode() for text, _ in posts], [lang for _, lang in posts])


@pytest.mark.slow
def test_every_code_point_is_folded_and_cut_as_by_the_reference(compiled: ScreeningRelease) -> None:
    """In the middle of a word, before a known one and alone, so that a wrong fold, border or place shows."""
    rest = [*range(0x3400, 0xD800), *range(0xF900, 0x110000)]
    codes = sorted([*range(0x3400), *random.Random(7).sample(rest, 1500)])
    texts = [
        " ".join(f"Zov{c}ellark nause{c} {c}rash{c}. {c} dizzy" for c in map(chr, codes[at : at + 16])) for at in range(0, len(codes), 16)
    ]
    _same(compiled, texts, ["en"] * len(texts))


def test_examples_of_all_packs_and_long_posts_come_out_the_same(compiled: ScreeningRelease) -> None:
    texts = [one.text for pack in compiled.packs.values() for one in pack.examples]
    texts += [
        "rash " * 5000,
        "no nausea, " * 3000,
        "no " * 5000,
        "Zovellark " * 3000,
        "a" * 100_000,
        "e" + "\u0301" * 1000,
        "#zovellark" * 500,
    ]
    _same(compiled, texts, [""] * len(texts))


def test_a_slice_and_nulls_and_large_strings_of_a_batch_come_out_in_their_places(compiled: ScreeningRelease) -> None:
    texts = ["Danke", None, "I got a rash from Zovellark", "x"]
    for kind in (pa.string(), pa.large_string()):
        whole = pa.RecordBatch.from_pydict({"id": ["1", "2", "3", "4"], "text": pa.array(texts, kind), "lang": ["de", None, "", None]})
        rows = screen_batch(whole.slice(1, 2), compiled).to_pylist()
        assert [(row["id"], row["label"]) for row in rows] == [("2", 0), ("3", 1)]


def test_invalid_utf8_in_a_batch_is_refused(compiled: ScreeningRelease) -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, pa.array([b"ab\xff\xf4"], pa.binary()).buffers())
    fast = batch.screener(compiled)
    assert fast is not None
    with pytest.raises(pa.ArrowInvalid):
        fast.screen(broken, [""])


def test_posts_with_marks_that_hang_on_others_are_left_to_the_reference() -> None:
    tables = fold_tables.fold_tables()
    assert tables.points[0x301, fold_tables.HOW] == tables.points[0x1161, fold_tables.HOW] == fold_tables.ODD
    assert tables.points[0x200B, fold_tables.HOW] == fold_tables.DROPPED


def test_a_page_of_the_worker_is_judged_as_the_command_line_judges_it(compiled: ScreeningRelease) -> None:
    posts = [(one.text, "") for pack in compiled.packs.values() for one in pack.examples][:60]
    batch_of = pa.RecordBatch.from_pydict({"id": [str(at) for at in range(60)], "text": [text for text, _ in posts]})
    rows = [as_row(str(at), one) for at, one in enumerate(batch.screen_page(compiled, posts))]
    assert rows == screen_batch(batch_of, compiled).to_pylist()
    assert rows == [as_row(str(at), screen_text(compiled, text)) for at, (text, _) in enumerate(posts)]


def test_a_post_with_a_finding_keeps_the_words_for_its_person(compiled: ScreeningRelease) -> None:
    """Nothing but personal data found: the kernel calls it quiet, yet a case may come of it, and its patient is read from these words."""
    texts = [
        "Mi hermana vive en Lugo, su correo es ana@correo.es",
        "Meine Mutter erreicht man unter anna@post.de",
        "My sister is at eva@mail.com",
    ]
    fast = batch.screener(compiled)
    assert fast is not None
    got = fast.screen(pa.array(texts), [""] * len(texts))
    assert got == [screen_text(compiled, text) for text in texts]
    assert all(one.findings and one.patient for one in got)


_CUES = ("", "the medicine", "I take it", "your service", "my mother", "nausea", "Zovellark", "not", "afraid of", "?")


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_signs_that_stand_alone_or_together_come_to_the_same(data: st.DataObject, compiled: ScreeningRelease) -> None:
    """The kernel lets posts sleep whose signs can come to no finding, and scores by the model alone what only the model hears."""
    pack = compiled.packs[data.draw(st.sampled_from(["en", "de", "ja", "pl"]))]
    signs = [phrase.replace("*", "").replace("..", " ") for phrases in pack.signs.values() for phrase in phrases]
    parts = st.lists(st.sampled_from(signs) | st.sampled_from(_CUES), min_size=1, max_size=7)
    texts = [" ".join(data.draw(parts)) for _ in range(25)]
    fast = batch.screener(compiled)
    assert fast is not None
    got = [as_row("1", one) for one in fast.screen(pa.array(texts), [pack.code] * len(texts))]
    assert got == [as_row("1", screen_text(compiled, text, pack.code)) for text in texts]


def test_many_hits_out_of_order_are_sorted_as_few_are(compiled: ScreeningRelease) -> None:
    texts = ["not no never any " * 200, "nausea no nausea and not any more of it " * 100, "吐き気 " * 300, "痛" * 500]
    fast = batch.screener(compiled)
    assert fast is not None
    assert [as_row("1", one) for one in fast.screen(pa.array(texts), [""] * 4)] == [
        as_row("1", screen_text(compiled, text)) for text in texts
    ]


def test_the_model_wakes_posts_of_its_own_languages_alone(compiled: ScreeningRelease) -> None:
    texts = [
        "Wir sehen uns dann im Garten, der Zug ist noch nicht da",
        "We will see you in the garden, the train is not in yet",
    ]
    english = compiled.models.of("en")
    assert english is not None and english.wakes is not None
    always = replace(english, wakes=-100.0)
    woken = batch.BatchScreener(replace(compiled, models=Models([always])), batch.kernel())
    out = woken.scan(pa.array(texts, pa.large_string()), woken.hints(["", ""]))
    assert out.state.tolist() == [batch.kernel().QUIET, batch.kernel().HEARD]


@given(text=_TEXTS)
@settings(max_examples=150, deadline=None)
def test_one_word_is_read_as_in_the_whole_post(text: str, compiled: ScreeningRelease) -> None:
    text = text.encode("utf-8", "replace").decode()
    whole = cut(text, compiled.known_prefix)
    for at, word in enumerate(whole.words):
        found = batch.FoundWords(text, (whole.starts, whole.ends, whole.sentence, whole.clause), whole.asked, True, compiled.known_prefix)
        assert found.word(at) == word
        assert found.sentence_starts == whole.sentence_starts


def test_a_page_with_half_a_surrogate_pair_is_still_judged(compiled: ScreeningRelease) -> None:
    found = batch.screen_page(compiled, [("I got a rash from Zovellark \ud83d", "")] * 30)
    assert [one.label for one in found] == [1] * 30


def test_threads_that_share_a_screener_get_the_same_answers(compiled: ScreeningRelease) -> None:
    texts = [one.text for pack in compiled.packs.values() for one in pack.examples]
    fast = batch.screener(compiled)
    assert fast is not None
    alone = fast.screen(pa.array(texts), [""] * len(texts))
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda lang: fast.screen(pa.array(texts), [lang] * len(texts)), ["", "", "xx", ""]))
    assert [together[0], together[1], together[3]] == [alone] * 3


def test_without_numba_the_reference_answers_and_says_so(compiled: ScreeningRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.array([MOTHER, "Danke"])
    fast: list[Any] = batch.screen_posts(compiled, texts, ["", ""])
    monkeypatch.setitem(__import__("sys").modules, "candour.screening.kernel", None)
    monkeypatch.delattr("candour.screening.kernel", raising=False)
    batch.kernel.cache_clear()
    with pytest.warns(UserWarning, match="Install numba"):
        slow = batch.screen_posts(compiled, texts, ["", ""])
    batch.kernel.cache_clear()
    assert json.dumps([as_row("1", one) for one in slow]) == json.dumps([as_row("1", one) for one in fast])
