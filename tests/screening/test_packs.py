"""Every language pack holds its own examples, and they come out as written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from candour.core.terms import DutyKind
from candour.packs.language_schema import (
    LANGUAGES,
    LanguagePack,
    PackError,
    concept_names,
    load_language,
    shipped_languages,
)
from candour.packs.patterns import bordered, find_bordered
from candour.packs.phrases import PhraseError, phrase_forms
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.result import QUEUE_THRESHOLD

PACKS = shipped_languages()


def _found(compiled: ScreeningRelease, text: str, lang: str) -> set[DutyKind]:
    """Duties as a person would be shown them: the AE at the queue threshold, as `label`."""
    screened = screen_text(compiled, text, lang)
    return {one.duty for one in screened.findings if one.duty != DutyKind.AE or one.score >= QUEUE_THRESHOLD}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_examples_of_a_pack_come_out_as_written(pack: LanguagePack, compiled: ScreeningRelease) -> None:
    wrong = []
    for one in pack.examples:
        found = _found(compiled, one.text, pack.code).intersection(one.graded)
        if found != set(one.duties):
            wrong.append((one.text, sorted(found), sorted(one.duties)))
    assert wrong == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_a_pack_has_examples_for_every_duty_and_sixty_in_all(pack: LanguagePack) -> None:
    for duty in DutyKind:
        graded = [one for one in pack.examples if duty in one.graded]
        assert any(duty in one.duties for one in graded)
        assert any(duty not in one.duties for one in graded)
    assert len(pack.examples) >= (60 if pack.level == "deep" else 40)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_all_packs_say_the_same_concepts(pack: LanguagePack) -> None:
    assert set(pack.symptoms) == set(concept_names())


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_the_language_of_most_examples_is_recognised_without_a_declaration(pack: LanguagePack, compiled: ScreeningRelease) -> None:
    texts = [one.text for one in pack.examples]
    right = [text for text in texts if screen_text(compiled, text).lang == pack.code]
    assert len(right) / len(texts) >= 0.95


@pytest.mark.parametrize("pattern", [r"\bboil", r"\w+", r"lot \d+", r"a\\\d", r"(a)b"])
def test_ascii_only_classes_and_groups_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"Replace|Use"):
        bordered(pattern)


def test_borders_know_letters_of_every_script_and_serve_two_hits() -> None:
    assert list(find_bordered(bordered("боль"), "боль боль, больной")) == [(0, 4), (5, 9)]
    assert list(find_bordered(bordered("ärztin"), "ärztin zahnärztin")) == [(0, 6)]


def _broken(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the English pack with one place changed."""
    copy = folder / "en"
    shutil.copytree(LANGUAGES / "en", copy)
    path = copy / file
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.toml", 'level = "deep"', 'level = "deep"\nsimptoms = 1', r"(?s)en.*simptoms"),
        ("pack.toml", 'code = "en"', 'code = "fr"', "Rename the folder en to fr"),
        ("pack.toml", "[words]", "[words", r"en/pack\.toml"),
        ("symptoms.toml", '"skin.rash" =', '"skin.rush" =', r"(?s)concepts\.toml.*skin\.rush"),
        ("symptoms.toml", '"skin.rash" = [', '"skin.rash" = ["@nowhere", ', r"(?s)skin\.rash.*nowhere"),
        ("symptoms.toml", '"skin.rash" = [', '"skin.rash" = ["...", ', r"(?s)skin\.rash.*write words"),
        ("cues.toml", "negation =", "negetion =", r"(?s)cues\.toml.*negetion"),
        ("signs.toml", '"quality.looks" =', '"quality.look" =', r"(?s)signs\.toml.*quality\.look"),
        ("signs.toml", "[signs]", 'level = "deep"\n[signs]', r"Give level once: en/signs\.toml"),
        ("examples.toml", "examples = [", "more = 1\nexamples = [", r"Write only examples.*more"),
        ("examples.toml", 'only = ["AE"]', 'only = ["PQC"]', r"Name under only every duty"),
    ],
)
def test_a_fault_in_a_pack_is_refused_and_named(file: str, old: str, new: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=says):
        load_language(_broken(tmp_path, file, old, new))


def test_a_table_may_go_on_in_a_second_file(tmp_path: Path) -> None:
    folder = _broken(tmp_path, "pack.toml", "[words]", "[words]")
    (folder / "more.toml").write_text('[symptoms]\n"skin.rash" = ["lumps all over"]\n', encoding="utf-8")
    assert {"rash*", "lumps all over"} <= set(load_language(folder).symptoms["skin.rash"])


def test_a_phrase_multiplies_its_alternatives_and_cuts_words_as_text_is_cut() -> None:
    assert phrase_forms("can't|won't sleep*") == [("can", "t", "sleep*"), ("won", "t", "sleep*")]
    with pytest.raises(PhraseError):
        phrase_forms(" ".join(["a|b|c|d|e|f|g|h"] * 5))
