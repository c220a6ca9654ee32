"""What was there before the medicine, what it was taken for, and what a film tells is no reaction; what a medicine did still is."""

from __future__ import annotations

import pytest

from candour.screening.engine import ScreeningRelease, screen_text


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("nl", "Gladgegaan op het ijs, enkel gezwollen, vanavond twee paracetamol"),  # treated: symptom, then the medicine
        ("ru", "Горло болит, нос заложен, выпила парацетамол и спать"),
        ("uk", "Голова болить. Випила парацетамол і спати"),  # the medicine in the next sentence
        ("uk", "Не сплю місяцями, тривоги. Тому лікар призначив мені міртазапін"),  # "that is why" opens the next sentence
        ("pl", "W nowym filmie bohater bierze morfinę i dostaje drgawek"),  # fiction
        ("tr", "Dünkü bölümde adam antibiyotik alıp bayıldı"),
        ("ko", "열나서 타이레놀 두 알 먹고 잠"),  # the reason joined to the symptom
    ],
)
def test_what_led_to_the_medicine_or_stands_in_a_film_is_no_reaction(compiled: ScreeningRelease, lang: str, text: str) -> None:
    assert screen_text(compiled, text, lang).label == 0


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("nl", "Sinds de paracetamol is mijn enkel gezwollen"),
        ("ru", "После парацетамола горло отекло, нечем дышать"),
        ("uk", "Випила парацетамол. Через годину голова болить ще гірше і вся в плямах"),
        ("pl", "Po morfinie dostałem drgawek"),
        ("tr", "Antibiyotik aldıktan sonra bayıldım"),
        ("ko", "타이레놀 먹고 열나고 온몸에 두드러기 났어요"),
        ("nl", "Ibuprofen genomen voor mijn examen en bijna in slaap gevallen"),  # another half of the sentence is no indication
    ],
)
def test_its_neighbour_that_tells_a_reaction_is_one(compiled: ScreeningRelease, lang: str, text: str) -> None:
    assert screen_text(compiled, text, lang).label == 1


@pytest.mark.parametrize("particle", ["을", "를", "은", "맞고", "먹고"])
def test_a_latin_name_is_found_with_a_korean_particle_joined_to_it(compiled: ScreeningRelease, particle: str) -> None:
    mentions = screen_text(compiled, f"어제 Mivrantel{particle} 두드러기 났어요", "ko").mentions
    assert {one.product for one in mentions} == {"Mivrantel"}


def test_a_turn_of_speech_hides_no_medicine(compiled: ScreeningRelease) -> None:
    """ "Pills for the pressure" tells of no high pressure, and of a medicine."""
    assert screen_text(compiled, "Po tabletkach na ciśnienie mam nudności", "pl").label == 1
