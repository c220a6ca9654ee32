"""What a medicine is for is no reaction to it; told off-label use is a special situation; an announcement is no crisis."""

from __future__ import annotations

import pytest

from candour.core.terms import DutyKind
from candour.packs.language_schema import concept_names
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.result import QUEUE_THRESHOLD
from candour.screening.uses import USES, treats


@pytest.fixture(scope="module")
def shipped() -> ScreeningRelease:
    return release()


def _owed(text: str, lang: str, compiled: ScreeningRelease) -> float:
    return max((one.score for one in screen_text(compiled, text, lang).findings if one.duty == DutyKind.AE), default=0.0)


def test_every_use_is_of_a_known_substance_and_a_known_concept() -> None:
    rows = [line.split("\t") for line in USES.read_text(encoding="utf-8").splitlines()[1:]]
    shipped_names = {line.split("\t")[0] for line in USES.with_name("medicines.tsv").read_text(encoding="utf-8").splitlines()}
    assert rows == sorted(rows)
    assert {substance for substance, _ in rows} <= shipped_names
    assert {concept for _, concepts in rows for concept in concepts.split("|")} <= set(concept_names())


@pytest.mark.parametrize(
    ("name", "concept"),
    [("dupilumab", "skin.rash"), ("Sumatriptan", "nerve.headache"), ("Zoloft", "mind.depression"), ("sertralina", "mind.depression")],
)
def test_a_medicine_is_known_by_substance_brand_and_national_spelling(name: str, concept: str) -> None:
    assert concept in treats(name)
    assert not treats("Mivrantel")


@pytest.mark.parametrize(
    ("lang", "illness", "reaction"),
    [
        ("en", "Twenty years of eczema. On Dupixent I went swimming again", "Since Dupixent my eczema is everywhere"),
        ("de", "Zwanzig Jahre Ekzem. Mit Dupixent war ich wieder schwimmen", "Seit Dupixent ist das Ekzem schlimmer"),
        ("es", "Diez años de psoriasis. Con Cosentyx vuelvo a la playa", "Desde que uso Cosentyx tengo psoriasis en la cara"),
        ("it", "Tosse da mesi. Adesso c'è Kaftrio e mio figlio corre", "Da quando prende Kaftrio ha la tosse"),
    ],
)
def test_the_illness_a_medicine_is_for_is_no_reaction_until_the_post_ties_it_to_the_medicine(
    lang: str, illness: str, reaction: str, shipped: ScreeningRelease
) -> None:
    assert _owed(illness, lang, shipped) < QUEUE_THRESHOLD <= _owed(reaction, lang, shipped)


@pytest.mark.parametrize(
    ("lang", "told", "asked"),
    [
        ("en", "I take Mivrantel for weight loss", "Can I take Mivrantel for weight loss?"),
        ("de", "Ich nehme Mivrantel zum Abnehmen", "Kann ich Mivrantel zum Abnehmen nehmen?"),
        ("fr", "Je prends Mivrantel pour maigrir", "Puis-je prendre Mivrantel pour maigrir ?"),
    ],
)
def test_use_outside_the_label_is_a_special_situation_where_it_is_told_and_a_question_where_it_is_asked(
    lang: str, told: str, asked: str, compiled: ScreeningRelease
) -> None:
    assert {DutyKind.OFF_LABEL, DutyKind.SPECIAL_SITUATION} <= set(screen_text(compiled, told, lang).duties)
    duties = set(screen_text(compiled, asked, lang).duties)
    assert DutyKind.OFF_LABEL in duties and DutyKind.SPECIAL_SITUATION not in duties


def test_a_recall_is_a_crisis_of_ours_whoever_tells_it_and_of_others_only_where_a_person_does(compiled: ScreeningRelease) -> None:
    news = "The FDA warns: {} recalled from the market"
    assert DutyKind.CRISIS in screen_text(compiled, news.format("Mivrantel"), "en").duties
    assert DutyKind.CRISIS not in screen_text(compiled, news.format("valsartan"), "en").duties
    assert DutyKind.CRISIS in screen_text(compiled, "I heard my valsartan was recalled, is mine poisoned?", "en").duties
