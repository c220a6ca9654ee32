"""The fit of the model of sixteen languages: it hears what no phrase tells, and no post kept for examination is ever fitted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from candour.core.terms import DutyKind
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.model import Features, load_models
from tools import own_posts, train_posts
from tools.train_model import Row

_HARMED = ["seit Insulin alles so matschig im Kopf", "Insulin gespritzt, danach matschig wie nie", "matschig den ganzen Tag vom Insulin"]
_FINE = ["Insulin gespritzt, danach in den Garten", "mit Insulin den ganzen Tag im Garten", "seit Insulin alles gut im Garten"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("posts")
    rows = [(text, ["AE"]) for text in _HARMED] + [(text, []) for text in _FINE]
    for lang in ("de", "nl"):
        lines = [json.dumps({"text": f"{text} {number}", "duties": duties}) for number in range(12) for text, duties in rows]
        (folder / f"{lang}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for name in train_posts.CORPORA:
        (folder / f"{name}.train.jsonl").write_text(json.dumps({"text": "風邪で熱が出た", "label_ae": 0, "lang": "ja"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_posts, "POSTS", folder)
        patch.setattr(train_posts, "graded_examples", lambda pack: ())
        train_posts.main(folder, folder / "model")
    return folder / "model"


def test_a_reaction_in_words_of_no_list_is_heard_in_another_language(trained: Path) -> None:
    heard = screen_text(release(None, trained), "Nach dem Insulin bin ich matschig", "de")
    assert heard.label == 1
    event = next(one for one in heard.findings if one.duty == "AE")
    assert "matschig" in " ".join(span.words for span in event.spans)
    assert screen_text(release(None, trained), "Nach dem Insulin bin ich im Garten", "de").label == 0


def test_each_language_leans_by_itself_and_all_share_their_weights(trained: Path) -> None:
    models = load_models(trained)
    german, dutch = models.of("de"), models.of("nl")
    assert german is not None and dutch is not None and german.weights is dutch.weights
    assert models.of("en") is None


def test_no_post_kept_for_examination_is_fitted(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_posts, "POSTS", trained.parent)
    posts = train_posts.own_posts(release(None, trained.parent / "none"))
    written = [json.loads(line)["text"] for line in (trained.parent / "de.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [text for text in written if own_posts.held(own_posts.digest_of(text))]
    assert 0 < len(kept) < len(written) / 2
    assert {post.digest for post in posts if post.lang == "de"} == {own_posts.digest_of(text) for text in written} - {
        own_posts.digest_of(text) for text in kept
    }


def test_a_reaction_without_a_medicine_needs_more(trained: Path) -> None:
    (model,) = {id(one.lights): one for one in load_models(trained)}.values()
    assert model.lights["medicine"] > 1
    compiled = release(None, trained)
    assert screen_text(compiled, "bin matschig", "de").score < screen_text(compiled, "bin matschig, Insulin", "de").score


def test_what_is_added_is_where_f1_is_highest() -> None:
    labels, odds = np.array([1, 1, 0, 0] * 30), np.array([-1.0, -1.2, -2.0, -2.5] * 30)
    mean, low, high = train_posts.best_raise(labels, odds)
    assert 1.2 - 1e-9 <= low <= mean + 1e-9 <= high + 2e-9 <= 2.0


def test_a_post_is_fitted_as_it_is_heard() -> None:
    sentences = (Features([1, 2, 3], 3, [], []), Features([2], 1, [], []))
    heard = train_posts.Heard(np.zeros(1), np.array([0.0, 2.0, 4.0, 6.0]), 0.5)
    assert heard.leaning(Row("", 1, 1.0, (), sentences)) == pytest.approx(0.5 + (2 + 4 + 6 + 4) / 2)


def test_the_examples_of_every_other_pack_are_fitted(compiled: ScreeningRelease) -> None:
    rows = train_posts.example_rows(compiled)
    graded = [one for code, pack in compiled.packs.items() if code != "en" for one in pack.examples if DutyKind.AE in one.graded]
    assert len(rows) == len(graded) > 500
    assert sum(row.label for row in rows) == sum(DutyKind.AE in one.duties for one in graded)
