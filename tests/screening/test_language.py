"""Which language a post is in: gates, the model beside py3langid, and posts nobody reads here, which must go before a person."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from candour.screening import batch
from candour.screening.arrow import as_row
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.language_model import ALPHABETS, MOST_LETTERS, SETTINGS, WEIGHTS, LanguageModel, load_languages, pieces
from candour.screening.model import MODEL, ModelError
from candour.screening.words import fold_words
from tests.screening.test_kernel import _TEXTS, _same
from tools.language_texts import LANGUAGES, SAME, Text, catalogue_texts, kept, own_texts

#: Languages of Latin letters without a pack, neighbours of ours among them.
NOBODY_READS = ("sv", "da", "no", "fi", "ro", "hu", "sk", "hr", "sl", "ca", "gl", "af", "et", "lt", "lv")
CUTS = (0, 40, 20)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    found = load_languages()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def catalogue() -> list[Text]:
    """Sentences of Django's translations that were kept from training."""
    return [one for one in catalogue_texts(("django",)) if one.kept]


@pytest.fixture(scope="module")
def own() -> list[Text]:
    """Posts of our own that were kept from training."""
    return [one for one in own_texts() if one.kept]


class Peer:
    """py3langid, held to the languages of one alphabet that it knows, its names made ours."""

    def __init__(self, script: int) -> None:
        self.judge = LanguageIdentifier.from_model_file(MODEL_FILE)
        self.ours = {code: _ours(code, script) for code in self.judge.nb_classes}
        self.judge.set_languages([code for code, mine in self.ours.items() if mine in LANGUAGES[script]])
        self.languages = {self.ours[code] for code in self.judge.nb_classes}

    def says(self, text: str) -> str:
        return self.ours[self.judge.classify(text)[0]]


def _ours(code: str, script: int) -> str:
    return "ckb" if code == "ku" else "hr" if code == "sr" and script == 0 else SAME.get(code, code)


def _shares(texts: list[Text], model: LanguageModel, letters: int) -> tuple[float, float]:
    """Share told right by us and by py3langid, over the texts in languages both know, each cut to so many letters (0: whole)."""
    ours = theirs = asked = 0
    for script in range(len(ALPHABETS)):
        peer = Peer(script)
        for one in (text for text in texts if text.script == script and text.language in peer.languages):
            cut = one.text[:letters] if letters else one.text
            asked += 1
            ours += model.sound(fold_words(cut), script).code == one.language
            theirs += peer.says(cut) == one.language
    return ours / asked, theirs / asked


@pytest.mark.slow
@pytest.mark.parametrize("letters", CUTS)
def test_sentences_it_was_not_trained_on_are_told_better_than_py3langid_tells_them(
    letters: int, model: LanguageModel, catalogue: list[Text]
) -> None:
    ours, theirs = _shares(catalogue, model, letters)
    assert ours >= theirs


@pytest.mark.slow
@pytest.mark.parametrize(("letters", "less"), [(0, 0.01), (40, 0.025), (20, 0.045)])
def test_posts_it_was_not_trained_on_are_told_nearly_as_well_as_py3langid_tells_them(
    letters: int, less: float, model: LanguageModel, own: list[Text]
) -> None:
    """Within a hundredth where a post is whole; cut short it is further behind, which docs/language_model.md says."""
    ours, theirs = _shares(own, model, letters)
    assert ours >= theirs - less


def _screened(texts: list[str], compiled: ScreeningRelease) -> list[Any]:
    return batch.screen_posts(compiled, pa.array(texts, pa.large_string()), [""] * len(texts))


@pytest.mark.slow
@pytest.mark.parametrize(("letters", "most"), [(0, 0.02), (40, 0.03), (20, 0.06)])
def test_sentences_in_languages_nobody_reads_are_hardly_ever_read_by_a_pack(
    letters: int, most: float, catalogue: list[Text], compiled: ScreeningRelease
) -> None:
    texts = [one for one in catalogue if one.language in NOBODY_READS]
    assert set(NOBODY_READS) == {one.language for one in texts}
    screened = _screened([one.text[:letters] if letters else one.text for one in texts], compiled)
    read = Counter(one.language for one, row in zip(texts, screened, strict=True) if not row.unscreened_language)
    assert read.total() / len(texts) <= most, read


def test_posts_in_languages_nobody_reads_go_before_a_person(own: list[Text], compiled: ScreeningRelease) -> None:
    texts = [one for one in own if one.language not in {code.split("-")[0] for code in compiled.packs}]
    screened = _screened([one.text for one in texts], compiled)
    wrong = [(one.text, row.lang) for one, row in zip(texts, screened, strict=True) if not row.unscreened_language]
    assert len(wrong) <= len(texts) // 50, wrong
    assert sum(one.language == row.lang for one, row in zip(texts, screened, strict=True)) >= 0.8 * len(texts)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("uk", "Голова болить другу добу, не можу заснути"),
        ("uk", "Дуже паморочиться голова"),
        ("ru", "Голова болит второй день"),
        ("bg", "Дъщеря ми се разболя много след лекарството и беше ужасно"),
        ("sr", "Моја ћерка се јако разболела после лека и било је ужасно"),
        ("fa", "دخترم بعد از خوردن دارو خیلی مریض شد و وحشتناک بود"),
        ("sv", "Min dotter blev jättesjuk efter att hon tog medicinen"),
        ("fi", "Tyttäreni tuli todella kipeäksi lääkkeen jälkeen"),
        ("ro", "Fiica mea s-a îmbolnăvit foarte tare după medicament"),
        ("sk", "Moja dcéra veľmi ochorela po tom lieku"),
        ("az", "Qızım dərmandan sonra çox xəstələndi"),
        ("pt-BR", "Minha filha ficou muito doente depois do remédio"),
        ("es", "Mi hija se puso muy mala después del medicamento"),
    ],
)
def test_neighbours_are_told_apart_undeclared(lang: str, text: str, compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, text)
    assert (screened.lang, screened.unscreened_language) == (lang, lang not in compiled.packs)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ko", "Larquessa Mivrantel 부작용 심해요"),
        ("ja", "Larquessa Mivrantel 副作用がひどい"),
        ("ar", "هل يمكن أخذ Larquessa مع Mivrantel Zovellark؟"),
        ("ru", "Larquessa Zovellark сильно тошнит"),
        ("ko", "Zovellark 먹고 토했어요 😵 #Zovellark #부작용"),
    ],
)
def test_names_in_latin_letters_do_not_hide_the_language_around_them(lang: str, text: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, text).lang == lang


def test_a_post_in_latin_words_with_a_foreign_name_stays_in_its_language(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "I took the new 泰诺 package and it was not good for me").lang == "en"


def test_a_wrong_declaration_gives_way_and_a_doubtful_post_keeps_it(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "Tyttäreni tuli todella kipeäksi lääkkeen ottamisen jälkeen", "de").lang == "fi"
    assert screen_text(compiled, "Голова болит", "uk").lang == "uk"
    assert screen_text(compiled, "Zovellark ok", "nl").lang == "nl"


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_the_kernel_hears_what_the_reference_hears(text: str, model: LanguageModel) -> None:
    from candour.screening import kernel_language as kl  # numba is loaded only where the kernel is asked for

    words = fold_words(text.encode("utf-8", "replace").decode())
    letters = np.frombuffer("".join(words).encode("utf-32-le") or b"\0\0\0\0", np.uint32)
    at = np.concatenate([[0], np.cumsum([len(word) for word in words], dtype=np.int64)]).astype(np.int64)
    out = np.empty(kl.PIECES, np.uint64)
    for script in range(len(ALPHABETS)):
        assert out[: kl.pieces(letters, at, len(words), script, out)].tolist() == list(pieces(words, script))


def test_undeclared_and_declared_posts_of_all_languages_come_out_as_by_the_reference(own: list[Text], compiled: ScreeningRelease) -> None:
    for hint in ("", "de", "ru", "uk", "ja", "sv", "ar", "fa"):
        some = [one.text for one in own[:: 5 if hint else 2]]
        _same(compiled, some, [hint] * len(some))


def test_a_long_post_costs_no_more_than_its_beginning(model: LanguageModel) -> None:
    assert len(list(pieces(["wort"] * 10_000, 0))) == len(list(pieces(["wort"] * (MOST_LETTERS // 4), 0)))
    assert len(list(pieces(["w" * 100_000], 0))) < 5 * MOST_LETTERS


def test_the_file_is_small_and_every_language_of_a_pack_is_in_it_or_told_by_its_script(
    model: LanguageModel, compiled: ScreeningRelease
) -> None:
    assert (MODEL / WEIGHTS).stat().st_size < 2_000_000
    known = {code for alphabet in model.alphabets for code in alphabet.languages}
    assert {code.split("-")[0] for code in compiled.packs} - known == {"ja", "ko", "zh"}


def _written(folder: Path, weights: Any, **changed: object) -> Path:
    folder.mkdir(exist_ok=True)
    np.save(folder / WEIGHTS, weights)
    alphabets = {name: {"bits": 4, "languages": ["en", "de"]} for name in ALPHABETS}
    (folder / SETTINGS).write_text(json.dumps({"sure": 1.0, "against": 2.0, "alphabets": alphabets, **changed}))
    return folder


def test_a_file_that_cannot_be_used_is_refused_and_none_is_no_model(tmp_path: Path) -> None:
    sound = np.zeros(3 * 32, np.int8)
    assert load_languages(tmp_path) is None
    assert load_languages(_written(tmp_path, sound)) is not None
    for weights, changed, said in (
        (sound[:-1], {}, "int8"),
        (sound.astype(np.float32), {}, "int8"),
        (sound, {"sure": None}, "sure"),
        (sound, {"alphabets": {}}, "alphabets"),
    ):
        with pytest.raises(ModelError, match=said):
            load_languages(_written(tmp_path, weights, **changed))


def test_the_name_of_the_release_changes_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = release()
    monkeypatch.setattr("candour.screening.engine.load_languages", lambda: None)
    without = release()
    assert whole.hearing is not None
    assert without.hearing is None
    assert whole.name != without.name


def test_without_a_model_the_kernel_and_the_reference_agree_too(monkeypatch: pytest.MonkeyPatch, own: list[Text]) -> None:
    monkeypatch.setattr("candour.screening.engine.load_languages", lambda: None)
    without = release()
    texts = [one.text for one in own[::4]]
    fast = batch.BatchScreener(without, batch.kernel())
    got = [as_row("1", one) for one in fast.screen(pa.array(texts, pa.string()), [""] * len(texts))]
    assert got == [as_row("1", screen_text(without, text)) for text in texts]


def test_about_one_sentence_in_eight_is_kept_from_training_in_all_languages_at_once() -> None:
    share = sum(kept(f"Sentence {number}") for number in range(2000)) / 2000
    assert 0.09 < share < 0.16
    assert kept("Enter a valid value.") == kept("Enter a valid value.")
