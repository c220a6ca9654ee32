"""The model of the other duties: it hears what no phrase tells, shows where, and never says twice what a phrase has said."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from candour.core.terms import DutyKind, Finding
from candour.screening import duties, engine
from candour.screening.arrow import as_row
from candour.screening.batch import screen_page
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.model import DUTIES, MODEL, ModelError, Models, load_duty_model, model_bytes
from tools import own_posts, train_duties

_OWED = {
    "COMPLAINT": ["die Leitung war wieder schnorzig", "schnorzig wie immer, keiner geht ran", "drei Tage schnorzig, ich warte noch"],
    "PQC": ["Insulin kam ganz blubbig an", "das Insulin im Pen ist blubbig", "blubbig, das Insulin von heute"],
    "": ["war wieder im Garten, danke", "Insulin im Garten vergessen", "keiner da, ich warte im Garten"],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("duties")
    rows = [(text, [duty] if duty else []) for duty, texts in _OWED.items() for text in texts]
    for lang in ("de", "nl"):
        lines = [json.dumps({"text": f"{text} {number}", "duties": owed}) for number in range(14) for text, owed in rows]
        (folder / f"{lang}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_posts, "POSTS", folder)
        patch.setattr(train_duties, "example_posts", lambda given: ())
        train_duties.main(folder / "model" / DUTIES)
    return folder / "model"


@pytest.fixture(scope="module")
def hearing(trained: Path) -> ScreeningRelease:
    return release(None, trained)


def _of(hearing: ScreeningRelease, text: str, duty: DutyKind) -> list[Finding]:
    return [one for one in screen_text(hearing, text, "de").findings if one.duty == duty]


def test_a_duty_in_words_of_no_list_is_heard_and_shown(hearing: ScreeningRelease) -> None:
    (found,) = _of(hearing, "Wieder schnorzig, na danke", DutyKind.COMPLAINT)
    assert found.score >= 0.5
    assert found.why == duties.HEARD
    assert "schnorzig" in found.spans[0].words
    assert _of(hearing, "Wieder im Garten, na danke", DutyKind.COMPLAINT) == []


def test_a_quality_complaint_needs_a_medicine(hearing: ScreeningRelease) -> None:
    assert len(_of(hearing, "Mein Insulin ist ganz blubbig", DutyKind.PQC)) == 1
    assert _of(hearing, "Mein Bier ist ganz blubbig", DutyKind.PQC) == []


def test_what_a_phrase_tells_is_not_told_again(hearing: ScreeningRelease) -> None:
    said = "Das Insulin ist blubbig und die Packung war schon offen"
    (found,) = _of(hearing, said, DutyKind.PQC)
    assert found.why != duties.HEARD


def test_nothing_is_heard_in_a_language_without_a_pack(hearing: ScreeningRelease) -> None:
    assert screen_text(hearing, "schnorzig", "xx").findings == ()


def test_the_kernel_hears_what_the_reference_hears(hearing: ScreeningRelease) -> None:
    others = ("Schnorzig!", "Na ja", "blubbig? Insulin 3")
    said = [(f"{text}. {other}", "de") for texts in _OWED.values() for text in texts for other in others]
    in_kernel = [as_row("1", one) for one in screen_page(hearing, said)]
    assert in_kernel == [as_row("1", screen_text(hearing, text, lang)) for text, lang in said]
    assert any(one.why == duties.HEARD for text, lang in said for one in screen_text(hearing, text, lang).findings)


def test_the_shipped_model_hears_the_same_in_both() -> None:
    shipped = engine.release()
    said = [(one.text, code) for code, pack in sorted(shipped.packs.items()) for one in pack.examples[:40]]
    in_kernel = [as_row("1", one) for one in screen_page(shipped, said)]
    assert in_kernel == [as_row("1", screen_text(shipped, text, lang)) for text, lang in said]
    assert any(duties.HEARD in json.dumps(row) for row in in_kernel)


def test_no_kept_post_is_fitted(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_posts, "POSTS", trained.parent)
    fitted = {text for text, _ in own_posts.fitted_duties("de")}
    written = {json.loads(line)["text"] for line in (trained.parent / "de.jsonl").read_text(encoding="utf-8").splitlines()}
    assert {text for text in written if own_posts.held(own_posts.digest_of(text))} == written - fitted
    assert fitted < written


def test_a_duty_counts_from_where_nearly_all_that_is_heard_is_right() -> None:
    labels, odds = np.array([1, 1, 1, 0, 1, 0, 0]), np.array([3.0, 2.0, 1.0, 0.5, 0.2, 0.1, -np.inf])
    start, precision, recall = train_duties.least(labels, odds)
    assert (start, precision, recall) == (0.2, 0.8, 1.0)
    assert train_duties.least(np.array([0, 1]), np.array([1.0, -np.inf]))[1:] == (0.0, 0.0)


def _post(lang: str, number: int) -> train_duties.Post:
    return train_duties.Post([number], 1.0, frozenset(), lang, 1.0, number, True, True)


def test_a_language_whose_odds_run_high_begins_lower() -> None:
    posts = [_post(lang, number) for lang in ("de", "ja", "ko") for number in range(60)]
    odds = np.tile(np.linspace(-3.0, 3.0, 60), 3)
    labels = np.concatenate([odds[:60] > 0, odds[:60] > 2, odds[:60] > -2])
    tilt = train_duties.tilts(posts, labels, odds)
    assert tilt["ja"] < -0.5 < tilt["de"] < 0.5 < tilt["ko"]


def test_what_needs_a_medicine_and_has_none_tilts_no_language() -> None:
    posts = [_post(lang, number) for lang in ("de", "ja") for number in range(40)]
    odds = np.tile(np.linspace(-2.0, 2.0, 40), 2)
    labels = odds > 0.3
    without = np.where(np.arange(80) % 2, odds, -np.inf)
    assert train_duties.tilts(posts, labels, without) == pytest.approx({"de": 0.0, "ja": 0.0}, abs=0.05)


def test_a_language_begins_where_its_own_posts_say_and_others_where_all_do(trained: Path) -> None:
    model = load_duty_model(trained / DUTIES)
    assert model
    assert set(model.own_starts) == {"de", "nl"}
    assert model.starts_in("de") == model.own_starts["de"]
    assert model.starts_in("fr") == model.starts


def test_whatever_changes_what_is_heard_changes_the_name_of_the_release(trained: Path) -> None:
    model = load_duty_model(trained / DUTIES)
    assert model
    others = [
        replace(model, starts=tuple(one + 1 for one in model.starts)),
        replace(model, own_starts={**model.own_starts, "de": tuple(one + 1 for one in model.own_starts["de"])}),
        replace(model, needs_question=frozenset({DutyKind.COMPLAINT})),
        replace(model, needs_medicine=frozenset()),
    ]
    told = {model_bytes(Models((), one)) for one in [model, *others]}
    assert len(told) == 1 + len(others)


def test_files_that_do_not_fit_are_refused(trained: Path, tmp_path: Path) -> None:
    assert load_duty_model(tmp_path) is None
    shutil.copytree(trained / DUTIES, tmp_path / DUTIES)
    np.save(tmp_path / DUTIES / "weights.npy", np.zeros((6, 1), np.int8))
    with pytest.raises(ModelError, match="a power of two of rows"):
        load_duty_model(tmp_path / DUTIES)


def test_the_shipped_model_is_small() -> None:
    assert sum(path.stat().st_size for path in (MODEL / DUTIES).iterdir()) < 4_000_000
