"""The fit of the screening model: words move what the phrases can't tell, and a light nobody shows keeps the weight people gave it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from candour.screening import adverse
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.model import SETTINGS, WEIGHTS, Features, load_model
from candour.screening.reading import Reading, read
from candour.screening.words import cut
from tools import check_model, own_posts, train_model

_HARMED = [
    "felt quite jellified all week",
    "so jellified since monday",
    "such a jellified feeling on this",
    "jellified again after the pill",
]
_FINE = ["walked the dog all week", "the garden since monday", "such a garden on sunday", "sunny again after the rain"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    rows = [{"text": text, "label_ae": label} for label, texts in ((1, _HARMED), (0, _FINE)) for text in texts * 6]
    for name in train_model.CORPORA:
        for part in ("train", "dev"):
            (folder / f"{name}.{part}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_posts, "POSTS", folder)
        patch.setattr(own_posts, "graded_examples", lambda pack: ())
        train_model.main(folder, folder / "model")
    return folder / "model"


def reading_of(compiled: ScreeningRelease, text: str, lang: str = "en") -> Reading:
    """A text as read, with the lights of the model."""
    words = cut(text)
    reading = read(words, compiled.matchers[lang].find(words.words))
    reading.lights = model.lights if (model := compiled.models.of(lang)) else None
    return reading


def test_words_of_no_list_are_heard_and_named(trained: Path) -> None:
    text = "quite jellified all week on insulin"
    heard = screen_text(release(None, trained), text, "en")
    event = next(one for one in heard.findings if one.duty == "AE")
    assert "jellified" in " ".join(text[span.start : span.end] for span in event.spans)
    assert event.why.startswith("A reaction told in words not in the list")
    assert heard.label == 1
    assert screen_text(release(None, trained), "the garden all week", "en").label == 0


def test_a_light_the_corpora_never_show_keeps_its_weight(trained: Path) -> None:
    model = load_model(trained)
    assert model is not None
    assert model.lights["not_yet"] == adverse.WEIGHTS["not_yet"]


def test_a_language_without_training_is_judged_by_its_phrases_alone(trained: Path) -> None:
    text = "Seit Insulin habe ich Ausschlag"
    with_model, without = (screen_text(release(None, folder), text, "de") for folder in (trained, trained / "nothing"))
    assert with_model.score == without.score > 0


def test_the_model_judges_in_training_as_the_engine_does(trained: Path) -> None:
    compiled = release(None, trained)
    (model,) = compiled.models
    lights = np.array([model.lights[light] for light in train_model.LIGHTS])
    found = train_model.Weights(lights, model.weights * model.scale, model.bias)
    for text in (
        "dry mouth and a rash since insulin",
        "no rash and no nausea on insulin",
        "such a jellified feeling",
        "no rash but a dry mouth",
    ):
        row = train_model.row_of({"text": text, "label_ae": 1}, 1.0, compiled)
        assert screen_text(compiled, text, "en").score == pytest.approx(adverse.squash(found.odds(row)), abs=1e-3)


def test_a_word_is_learned_from_the_spans_in_which_reactions_are_marked() -> None:
    def row(doc: int, marked: bool) -> train_model.Row:
        sentence = Features([5, 6], 2, [[1, 3], [2, 4]], [0, 1])  # both words in every text, whatever its label
        return train_model.Row(f"d{doc}", doc % 2, 1.0, (frozenset({"none"}),), (sentence,), ((False, marked),), 1.0)

    found = train_model.fit([row(doc, True) for doc in range(8)])
    assert found.table[2] > 0 > found.table[1]
    assert found.top(Features([5], 1, [[1], [2]], [0, 1])) == found.table[2]
    silent = train_model.fit([row(doc, False) for doc in range(8)])
    assert silent.table[1] == silent.table[2] == 0


def test_a_light_of_what_happened_to_nobody_keeps_its_whole_weight(trained: Path) -> None:
    model = load_model(trained)
    assert model is not None
    assert all(model.lights[light] == adverse.WEIGHTS[light] for light in train_model.KEPT & train_model.FEED)


def test_a_list_of_reactions_is_heard_as_one_and_what_is_denied_adds_nothing(trained: Path, tmp_path: Path) -> None:
    settings = json.loads((trained / SETTINGS).read_text())
    settings["lights"].update({"gut.nausea": 1.0, "mouth.dry": 1.0})
    (tmp_path / SETTINGS).write_text(json.dumps(settings))
    np.save(tmp_path / WEIGHTS, np.zeros(1 << 12, np.int8))
    compiled = release(None, tmp_path)
    told = {
        text: [one.company for one in adverse.told(reading_of(compiled, text), compiled.packs["en"])]
        for text in ("nausea and a dry mouth", "a dry mouth", "no nausea but a dry mouth", "nausea. A dry mouth")
    }
    assert told["nausea and a dry mouth"] == [2.0, 2.0]
    assert told["a dry mouth"] == [1.0]
    assert told["no nausea but a dry mouth"] == [0.0, 1.0]
    assert told["nausea. A dry mouth"] == [1.0, 1.0]


def test_phrases_alone_have_no_company(compiled: ScreeningRelease) -> None:
    reading = reading_of(compiled, "Übelkeit und trockener Mund", "de")
    reading.lights = None
    assert [one.company for one in adverse.told(reading, compiled.packs["de"])] == [0.0, 0.0]


def test_figures_of_the_check_are_those_of_their_names() -> None:
    labels, odds = np.array([1, 0, 1, 0]), np.array([2.0, 1.0, 0.5, -1.0])
    assert check_model.f1(labels, odds) == pytest.approx(0.8)
    assert check_model.average_precision(labels, odds) == pytest.approx((1 + 2 / 3) / 2)
    assert check_model.recall_at_half(labels, odds) == 0.5


def test_a_text_is_checked_by_a_fit_that_saw_none_of_its_document() -> None:
    def row(doc: str, label: int, number: int) -> train_model.Row:
        return train_model.Row(doc, label, 1.0, (frozenset({"none"}),), (Features([number], 1, [[number]], [0]),))

    rows = [row(f"d{at}", at % 2, at % 2) for at in range(8)] + [row("odd", 1, 7)]
    odds = check_model.unseen(rows, lambda row: 1 if row.doc == "odd" else 0 if row.doc in ("d0", "d1") else -1, 2)
    assert np.isnan(odds[2:8]).all() and odds[1] > odds[0]
    assert odds[8] < train_model.fit(rows).odds(rows[8])
