"""Figures of quality: counted right, with honest intervals, and the shipped file belongs to the shipped packs."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.terms import DutyKind
from candour.packs.language_schema import shipped_languages
from candour.screening import figures
from candour.screening.engine import ScreeningRelease, shipped_name
from candour.screening.figures import FiguresError, as_data, file_text, read_figures, with_other
from candour.screening.labelled_file import LabelledError, grade_labelled, read_labelled
from candour.screening.quality import Labelled, Tally, by_duty, examples_of, grade, grade_examples, wilson

_COUNT = st.integers(0, 400)
PACKS = {pack.code: pack for pack in shipped_languages()}


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    """Figures of the interval as published tables give them."""
    share = wilson(hits, of)
    assert (round(share.low, 4), round(share.high, 4), share.of) == (low, high, of)


def test_of_nothing_nothing_is_known_and_a_count_above_the_whole_is_refused() -> None:
    assert wilson(0, 0) == (None, 0.0, 1.0, 0)
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


@given(_COUNT, _COUNT, _COUNT, _COUNT)
def test_every_share_lies_in_its_interval_and_f1_agrees_with_precision_and_recall(hit: int, false: int, missed: int, quiet: int) -> None:
    tally = Tally(hit, false, missed, quiet)
    for share in (tally.precision, tally.recall, tally.f1):
        if share.value is not None:
            assert 0 <= share.low <= share.value <= share.high <= 1
    p, r, f1 = tally.precision.value, tally.recall.value, tally.f1.value
    if p and r and f1 is not None:
        assert math.isclose(f1, 2 * p * r / (p + r))
    assert tally.graded == hit + false + missed + quiet


def test_each_kind_of_answer_is_counted_where_it_belongs(compiled: ScreeningRelease) -> None:
    ae, every = frozenset({DutyKind.AE}), frozenset(DutyKind)
    posts = [
        Labelled("Zovellark gave my little boy hives, never again", "en", ae, ae),
        Labelled("Zovellark gave my little boy hives, never again", "en", frozenset(), ae),
        Labelled("The sun is out today", "en", ae, ae),
        Labelled("The sun is out today", "en", frozenset(), every),
    ]
    graded = grade(compiled, PACKS["en"], posts)
    assert graded.duties[DutyKind.AE] == Tally(hit=1, false=1, missed=1, quiet=1)
    assert graded.duties[DutyKind.SPAM] == Tally(quiet=1)  # only the post whose label speaks of it
    assert (graded.posts, graded.wrong) == (4, 2)
    assert [(one.found, one.owed) for one in graded.which] == [((DutyKind.AE,), ()), ((), (DutyKind.AE,))]


def test_the_shipped_figures_belong_to_the_shipped_packs() -> None:
    """Fails when packs or model change: `candour packs test --write` counts anew."""
    shipped = read_figures()
    assert shipped is not None
    assert shipped.fits(shipped_name())


@pytest.mark.parametrize("code", sorted(PACKS))
def test_the_shipped_figures_are_those_of_the_examples(code: str, compiled: ScreeningRelease) -> None:
    counted = as_data(grade_examples(compiled, [code]), "")["languages"][code]
    assert json.loads(figures.FIGURES.read_text(encoding="utf-8"))["languages"][code] == counted


def test_the_file_is_read_back_as_it_was_written(compiled: ScreeningRelease, tmp_path: Path) -> None:
    rows = grade_examples(compiled, ["nl", "ko"])
    path = tmp_path / "figures.json"
    path.write_text(file_text(rows), encoding="utf-8")
    back = read_figures(path)
    assert back is not None and back.release == shipped_name()
    assert [(one.code, one.level, one.posts, one.duties) for one in back.languages] == [
        (one.code, one.level, one.posts, one.duties) for one in rows
    ]
    assert by_duty(back.languages) == by_duty(rows)
    assert read_figures(tmp_path / "none.json") is None


def test_a_file_nobody_can_read_says_how_to_make_it_anew(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"release": "x", "languages": {"en": {}}}', encoding="utf-8")
    with pytest.raises(FiguresError, match="candour packs test --write"):
        read_figures(path)


def test_figures_of_other_posts_are_kept_beside_and_leave_the_rest_alone(compiled: ScreeningRelease, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(file_text(grade_examples(compiled, ["nl"])), encoding="utf-8")
    first = read_figures(path)
    assert first is not None
    path.write_text(with_other(first, "Blind", grade_examples(compiled, ["ko"])), encoding="utf-8")
    second = read_figures(path)
    assert second is not None and second.languages == first.languages
    path.write_text(with_other(second, "Blind", grade_examples(compiled, ["pl"])), encoding="utf-8")
    third = read_figures(path)
    assert third is not None
    assert [(name, [row.code for row in one.languages]) for name, one in third.others] == [("Blind", ["pl"])]
    path.write_text(file_text(grade_examples(compiled, ["nl"]), third.others), encoding="utf-8")
    assert read_figures(path) == third


def test_labelled_posts_are_graded_by_language_and_one_without_a_pack_too(compiled: ScreeningRelease, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    rows = [
        {"text": "Zovellark gave my little boy hives", "lang": "en", "duties": ["AE"], "only": ["AE"]},
        {"text": "Soleil partout", "lang": "fr-FR", "duties": []},
        {"text": "Jag mår illa av medicinen", "lang": "sv", "duties": ["AE"]},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    graded = grade_labelled(compiled, read_labelled(path))
    assert [(one.code, one.level, one.posts, one.wrong) for one in graded] == [("en", "deep", 1, 0), ("fr", "deep", 1, 0), ("sv", "", 1, 1)]
    assert graded[0].duties[DutyKind.SPAM].graded == 0


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "{}",
        '{"text": "a", "lang": "en"}',
        '{"text": "a", "lang": "en", "duties": ["AEX"]}',
        '{"text": 1, "lang": "en", "duties": []}',
    ],
)
def test_a_line_that_is_no_labelled_post_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "a", "lang": "en", "duties": []}\n' + line, encoding="utf-8")
    with pytest.raises(LabelledError, match=r"line 2 of posts\.jsonl"):
        read_labelled(path)


def test_a_file_without_posts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(LabelledError, match="holds none"):
        read_labelled(tmp_path / "posts.jsonl")


def test_every_example_is_counted() -> None:
    for pack in PACKS.values():
        assert len(list(examples_of(pack))) == len(pack.examples)
