"""Translations that say something else: every change a machine can see is seen, and a faithful one raises nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.packs.loader import load_market
from candour.screening.figures_read import amounts, plain_number
from candour.screening.translation import Mismatch, compare_translation, links, negations, reader_of

LEXICON = load_market("de").lexicon
NAMES = {"Zovellark": ["Zovellark", "belodrine"], "Mivrantel": ["Mivrantel"]}


def compared(source: str, lang: str, target: str, to: str) -> tuple[Mismatch, ...]:
    return compare_translation([source], [target], reader_of(LEXICON, lang), reader_of(LEXICON, to), NAMES)


def kinds(source: str, lang: str, target: str, to: str) -> set[str]:
    return {one.kind for one in compared(source, lang, target, to)}


FAITHFUL = [
    ("Zovellark ist nicht für Kinder unter 12 Jahren.", "de", "Zovellark is not for children under 12.", "en"),
    ("Höchstens zwei Tabletten zu 1,5 mg.", "de", "At most 2 tablets of 1.5 mg.", "en"),
    ("Das Tagebuch nennt kein Medikament.", "de", "Le journal ne nomme aucun médicament.", "fr"),
    ("Es hat 2 Seiten für jeden Monat.", "de", "Il compte 2 pages pour chaque mois.", "fr"),
    ("Über 10.000 Menschen schreiben mit.", "de", "Plus de 10 000 personnes y écrivent.", "fr"),
    ("Rufen Sie 0800 555 0142 an.", "de", "Llame al 0800 555 0142.", "es"),
    ("Mehr unter https://tagebuch.example/heft.", "de", "More at https://tagebuch.example/heft.", "en"),
    ("Zovellark bei Kopfschmerzen.", "de", "Zovellark for headache.", "en"),
    ("The diary has no adverts and never will.", "en", "Das Tagebuch hat keine Werbung und bekommt nie welche.", "de"),
    ("50 % of them are new here.", "en", "50 Prozent von ihnen sind neu hier.", "de"),
    ("Kopfschmerzen im Herbst?", "de", "¿Dolor de cabeza en otoño?", "es"),
    ("No medicine is named.", "en", "No se nombra ningún medicamento.", "es"),
]


@pytest.mark.parametrize(("source", "lang", "target", "to"), FAITHFUL)
def test_a_faithful_translation_raises_nothing(source: str, lang: str, target: str, to: str) -> None:
    assert compared(source, lang, target, to) == ()
    assert compared(target, to, source, lang) == ()


UNFAITHFUL = [
    ("negation", "Zovellark ist nicht für Kinder.", "de", "Zovellark is for children.", "en"),
    ("negation", "Das Tagebuch nennt kein Medikament.", "de", "Le journal nomme un médicament.", "fr"),
    ("negation", "Nehmen Sie es ein.", "de", "Do not take it.", "en"),
    ("negation", "Weder heute noch morgen, und nie ohne Rat.", "de", "Neither today nor tomorrow, and with advice.", "en"),
    ("number", "Höchstens 2 Tabletten.", "de", "At most 20 tablets.", "en"),
    ("number", "Höchstens zwei Tabletten.", "de", "At most three tablets.", "en"),
    ("number", "Höchstens 2 Tabletten.", "de", "At most a few tablets.", "en"),
    ("number", "1,500 mg", "en", "1,500 mg", "de"),
    ("number", "1,5 mg", "de", "15 mg", "en"),
    ("number", "Ab 12 Jahren.", "de", "From 12 years, at most 3.", "en"),
    ("number", "Rufen Sie 0800 555 0142 an.", "de", "Call 0800 555 0143.", "en"),
    ("unit", "Höchstens 2 mg.", "de", "At most 2 µg.", "en"),
    ("unit", "Höchstens 2 mg.", "de", "At most 2.", "en"),
    ("unit", "3 Tage", "de", "3 weeks", "en"),
    ("unit", "5 mg/ml", "de", "5 mg", "en"),
    ("product", "Zovellark hilft hier.", "de", "Mivrantel helps here.", "en"),
    ("product", "Das Mittel.", "de", "The remedy Zovellark.", "en"),
    ("link", "Mehr: https://a.example/x", "de", "More on our page.", "en"),
    ("link", "Mehr: https://a.example/x", "de", "More: https://b.example/x", "en"),
    ("claim", "Zovellark bei Kopfschmerzen.", "de", "Zovellark for headache, perfectly safe.", "en"),
    ("mandatory", "Lesen Sie die Packungsbeilage.", "de", "Have a nice day.", "en"),
    ("use", "Zovellark bei Kopfschmerzen.", "de", "Zovellark for asthma.", "en"),
    ("empty", "Ein Satz.", "de", " ", "en"),
]


@pytest.mark.parametrize(("kind", "source", "lang", "target", "to"), UNFAITHFUL)
def test_what_changed_is_seen_from_both_sides(kind: str, source: str, lang: str, target: str, to: str) -> None:
    assert kind in kinds(source, lang, target, to)
    assert kind in kinds(target, to, source, lang)


def test_a_language_nobody_wrote_words_for_is_never_a_silent_pass() -> None:
    assert "unread" in kinds("20 mg", "en", "٢٠ ملغ", "ar")


def test_a_language_whose_negations_are_not_known_can_not_hide_one() -> None:
    assert "unread" in kinds("Not for children.", "en", "子供には使えません。", "ja")


def test_moving_a_negation_to_another_sentence_is_seen() -> None:
    here, there = ["Nicht für Kinder.", "Für Erwachsene."], ["For children.", "Not for adults."]
    found = compare_translation(here, there, reader_of(LEXICON, "de"), reader_of(LEXICON, "en"), NAMES)
    assert [(one.kind, one.sentence) for one in found if one.kind == "negation"] == [("negation", 0), ("negation", 1)]


def test_two_texts_of_different_length_are_no_pair() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare_translation(["a"], ["a", "b"], reader_of(LEXICON, "de"), reader_of(LEXICON, "en"), NAMES)


@pytest.mark.parametrize(
    ("text", "lang", "number", "unit"),
    [
        ("٢٠ mg", "ar", "20", "mg"),
        ("١٫٥ mg", "ar", "1.5", "mg"),
        ("१२ mg", "en", "12", "mg"),
        ("1,5 mg", "de", "1.5", "mg"),
        ("1.50 mg", "en", "1.5", "mg"),
        ("2 mcg", "en", "2", "ug"),
        ("2 μg", "de", "2", "ug"),
        ("2mg", "en", "2", "mg"),
        ("1.500", "de", "1500", ""),
        ("1\u202f500", "fr", "1500", ""),
        ("10 000", "fr", "10000", ""),
        ("1’500", "de", "1500", ""),
        ("zwölf Wochen", "de", "12", "week"),
        ("5 mg/ml", "en", "5", "mg/ml"),
        ("0,5 %", "de", "0.5", "%"),
    ],
)
def test_numbers_as_languages_write_them(text: str, lang: str, number: str, unit: str) -> None:
    assert amounts(text, lang) == [(number, unit)]


@given(st.integers(0, 10**7), st.integers(0, 99))
def test_a_number_written_with_comma_or_point_is_the_same_number(whole: int, part: int) -> None:
    english, german = f"{whole:,}.{part:02d}", f"{whole:,}".replace(",", ".") + f",{part:02d}"
    assert plain_number(english, ".") == plain_number(german, ",")
    assert [one.number for one in amounts(english, "en")] == [one.number for one in amounts(german, "de")] or whole == 0


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_another_number_is_always_seen(one: int, other: int) -> None:
    found = kinds(f"Höchstens {one} Tropfen.", "de", f"At most {other} drops.", "en")
    assert ("number" in found) == (one != other)


def test_a_full_stop_behind_an_address_is_not_part_of_it() -> None:
    assert links("Mehr: https://a.example/x. Und www.b.example!") == ["https://a.example/x", "www.b.example"]


def test_contractions_and_elisions_negate() -> None:
    assert negations("It isn't and can't be.", reader_of(LEXICON, "en")) == ("isn't", "can't")
    assert negations("Il n'oublie rien.", reader_of(LEXICON, "fr"))
