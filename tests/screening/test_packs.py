"""Every language pack holds its own examples, and they come out as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from candour.core.terms import DutyKind
from candour.packs.language_schema import (
    LANGUAGES,
    LanguagePack,
    PackError,
    bordered,
    concept_names,
    find_bordered,
    load_language,
    phrase_forms,
    shipped_languages,
)
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
    for duty, examples in pack.examples.items():
        wrong += [f"{duty} not found: {text}" for text in examples.hits if duty not in _found(compiled, text, pack.code)]
        wrong += [f"{duty} found: {text}" for text in examples.misses if duty in _found(compiled, text, pack.code)]
    assert wrong == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_a_pack_has_examples_for_every_duty_and_sixty_in_all(pack: LanguagePack) -> None:
    assert set(pack.examples) == set(DutyKind)
    assert all(one.hits and one.misses for one in pack.examples.values())
    assert sum(len(one.hits) + len(one.misses) for one in pack.examples.values()) >= 60


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_all_packs_say_the_same_concepts(pack: LanguagePack) -> None:
    assert set(pack.symptoms) == set(concept_names())


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_the_language_of_most_examples_is_recognised_without_a_declaration(pack: LanguagePack, compiled: ScreeningRelease) -> None:
    texts = [text for one in pack.examples.values() for text in (*one.hits, *one.misses)]
    right = [text for text in texts if screen_text(compiled, text).lang == pack.code]
    assert len(right) / len(texts) >= 0.95


@pytest.mark.parametrize("pattern", [r"\bboil", r"\w+", r"lot \d+", r"a\\\d", r"(a)b"])
def test_ascii_only_classes_and_groups_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"Replace|Use"):
        bordered(pattern)


def test_borders_know_letters_of_every_script_and_serve_two_hits() -> None:
    assert list(find_bordered(bordered("боль"), "боль боль, больной")) == [(0, 4), (5, 9)]
    assert list(find_bordered(bordered("ärztin"), "ärztin zahnärztin")) == [(0, 6)]


def test_an_unknown_key_in_a_pack_is_refused_by_file_name(tmp_path: Path) -> None:
    bad = tmp_path / "en.toml"
    bad.write_text(
        (LANGUAGES / "en.toml").read_text(encoding="utf-8").replace('depth = "deep"', 'depth = "deep"\nsimptoms = 1'), encoding="utf-8"
    )
    with pytest.raises(PackError, match=r"(?s)en\.toml.*simptoms"):
        load_language(bad)


def test_an_unknown_concept_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "en.toml"
    bad.write_text((LANGUAGES / "en.toml").read_text(encoding="utf-8").replace('"skin.rash" =', '"skin.rush" ='), encoding="utf-8")
    with pytest.raises(PackError, match=r"skin\.rush"):
        load_language(bad)


def test_a_phrase_multiplies_its_alternatives_and_cuts_words_as_text_is_cut() -> None:
    assert phrase_forms("can't|won't sleep*") == [("can", "t", "sleep*"), ("won", "t", "sleep*")]
    with pytest.raises(PackError):
        phrase_forms(" ".join(["a|b|c|d|e|f|g|h"] * 5))
