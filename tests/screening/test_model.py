"""The place of the model: a table is read, masks products, counts beside the phrases, and the kernel gives the reference's numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from candour.screening import batch
from candour.screening.arrow import as_row
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.model import SETTINGS, WEIGHTS, ModelError, features, load_model, load_models, pieces, unigram, word_hash
from candour.screening.products import read_products
from candour.screening.words import cut
from tests.screening.conftest import PRODUCTS
from tests.screening.test_kernel import _TEXTS

_SETTINGS = {"scale": 0.01, "bias": -0.3, "weight": 0.5, "wakes": None}


def _write(folder: Path, weights: NDArray[Any], **changed: object) -> Path:
    folder.mkdir(exist_ok=True)
    np.save(folder / WEIGHTS, weights)
    (folder / SETTINGS).write_text(json.dumps({**_SETTINGS, **changed}))
    return folder


@pytest.fixture(scope="module")
def tilted(tmp_path_factory: pytest.TempPathFactory) -> ScreeningRelease:
    """A release with an invented model that takes sides at random."""
    weights = np.random.default_rng(3).integers(-127, 128, 1 << 12).astype(np.int8)
    folder = _write(tmp_path_factory.mktemp("model"), weights, wakes=0.2, languages=["de", "ja", "ar"], whole=True)
    return release(read_products(PRODUCTS), _write(folder / "others", weights[::-1], wakes=0.2).parent)


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(_TEXTS, max_size=6))
def test_the_kernel_gives_the_numbers_of_the_model(texts: list[str], tilted: ScreeningRelease) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    fast = batch.screener(tilted)
    assert fast is not None
    got = [as_row("1", one) for one in fast.screen(pa.array(texts, pa.string()), [""] * len(texts))]
    assert got == [as_row("1", screen_text(tilted, text)) for text in texts]


def test_a_model_moves_the_score_and_the_name_of_the_release(compiled: ScreeningRelease, tilted: ScreeningRelease) -> None:
    text = "I got a rash from Mivrantel"
    assert screen_text(tilted, text).score != screen_text(compiled, text).score
    assert tilted.name != compiled.name


def test_a_product_costs_nothing_as_its_name_is_masked(tilted: ScreeningRelease) -> None:
    model = tilted.models.of("en")
    assert model is not None
    one, other = cut("I got a rash from Mivrantel"), cut("I got a rash from Larquessa forte")
    assert model.leaning(one, {5}) == model.leaning(other, {5, 6}) != model.leaning(other, set())


def test_the_words_that_sound_like_a_reaction_are_never_a_products_name(tmp_path: Path) -> None:
    weights = np.zeros(1 << 12, np.int8)
    weights[unigram(word_hash("jellified"), 12)] = 90
    for name in ("mivrantel", "larquessa"):
        weights[unigram(word_hash(name), 12)] = 127
    lights = {"start": 0.0, "none": 0.0}
    model = _write(tmp_path / "model", weights, scale=0.3, bias=0.0, weight=1.0, wakes=0.1, lights=lights)
    heard = release(read_products(PRODUCTS), model)
    for name in ("Mivrantel", "Larquessa"):
        told = screen_text(heard, f"I took {name} and felt quite jellified", "en").findings
        spans = [span.words for one in told if one.duty == "AE" for span in one.spans if not span.why.startswith("Product named")]
        assert spans == ["jellified"]


def test_a_sentence_leans_by_its_pieces_and_by_its_strongest_word(tmp_path: Path) -> None:
    weights = np.zeros(1 << 16, np.int8)
    weights[next(pieces("jellified", 16))] = 20  # "<jell"
    first = next(iter(features(cut("felt jellies"), set(), 16)))
    weights[first.words[1][0]] = 50
    model = load_model(_write(tmp_path, weights, scale=0.1, bias=-1.0))
    assert model is not None
    assert model.leaning(cut("felt jellies"), set()) == pytest.approx(-1.0 + 0.1 * (20 / math.sqrt(5) + 50))
    assert model.leaning(cut("felt jellify"), set()) == pytest.approx(-1.0 + 0.1 * 20 / math.sqrt(5))
    assert model.leaning(cut("felt fine"), set()) == -1.0


def test_a_post_is_heard_as_a_whole_where_the_model_says_so(tmp_path: Path) -> None:
    weights = np.zeros(1 << 16, np.int8)
    weights[unigram(word_hash("dizzy"), 16)] = 30
    weights[unigram(word_hash("sick"), 16)] = 20
    model = load_model(_write(tmp_path, weights, scale=0.1, bias=-1.0, whole=True))
    assert model is not None
    assert model.leaning(cut("dizzy. So sick"), set()) == pytest.approx(-1.0 + 0.1 * 50 / math.sqrt(8))  # three words, five pairs
    assert model.leaning(cut(""), set()) == -1.0
    assert model.strongest(cut("quite fine. So sick"), set()) == (3, 4)
    assert model.strongest(cut("quite sick dizzy today"), set()) == (1, 3)


def test_a_language_is_heard_by_the_model_trained_in_it(tmp_path: Path) -> None:
    weights = np.zeros(16, np.int8)
    _write(tmp_path, weights, languages=["en"])
    _write(tmp_path / "others", weights, languages=["de", "fr"], bias=0.7)
    models = load_models(tmp_path)
    assert [model.bias if (model := models.of(code)) else None for code in ("en", "fr", "it")] == [-0.3, 0.7, None]


def test_short_words_and_product_names_have_no_pieces() -> None:
    assert list(pieces("ill", 16)) == [] and len(list(pieces("pain", 16))) == 2
    (sentence,) = features(cut("Mivrantel"), {0}, 16)
    assert len(sentence.sound) == sentence.size == 3


def test_a_shipped_folder_without_files_means_no_model(tmp_path: Path) -> None:
    assert load_model(tmp_path) is None


@pytest.mark.parametrize(
    "weights", [np.zeros(1000, np.int8), np.zeros(1024, np.float32), np.zeros((32, 32), np.int8)], ids=["length", "kind", "rows"]
)
def test_weights_that_cannot_be_used_are_refused(weights: NDArray[Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="int8"):
        load_model(_write(tmp_path, weights))


def test_settings_without_a_scale_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="scale"):
        load_model(_write(tmp_path, np.zeros(1024, np.int8), scale=None))


@pytest.mark.parametrize(
    "text",
    [
        "I still feel dizzy and nauseated, and my hands and feet are tingling.",
        "I got a rash from Mivrantel",
        "My mother was sick all night after Zovellark",
        "Possible side effect of Larquessa was reduced sexual desire",
    ],
)
def test_the_shipped_model_never_takes_a_duty_away(compiled: ScreeningRelease, tmp_path: Path, text: str) -> None:
    alone = screen_text(release(read_products(PRODUCTS), tmp_path), text, "en")
    beside = screen_text(compiled, text, "en")
    told = {one.duty: one.score for one in beside.findings}
    assert compiled.models.of("en") and alone.findings
    assert all(told.get(one.duty, 0.0) >= one.score for one in alone.findings)
