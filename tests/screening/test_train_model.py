"""The fit of the screening model: words move what the phrases can't tell, and a light nobody shows keeps the weight people gave it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from candour.screening import adverse
from candour.screening.engine import release, screen_text
from candour.screening.model import load_model
from tools import train_model

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
    train_model.main(folder, folder / "model")
    return folder / "model"


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
