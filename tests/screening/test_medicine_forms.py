"""Promise: medicines are known by the name they have where a post is written, and tell that somebody speaks of a medicine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.screening import engine
from candour.screening.engine import ScreeningRelease
from candour.screening.medicine_forms import national, written
from candour.screening.products import ELSEWHERE, Product, ProductTerm, dictionary, shipped_substances, with_medicines_of_others
from candour.screening.words import fold_words


@pytest.mark.parametrize(
    ("substance", "spelled"),
    [
        ("paroxetine", "paroxetin paroxetina paroksetyna paroksetin пароксетин"),
        ("amoxicillin", "amoxicilina amoxicillina amoksycylina amoksisilin амоксициллин амоксицилін"),
        ("azithromycin", "azitromicina azitromycyna azitromisin азитромицин азитроміцин"),
        ("omeprazole", "omeprazol omeprazolo омепразол"),
        ("ibuprofen", "ibuprofeno ibuprofene ибупрофен ібупрофен"),
        ("prednisolone", "prednisolon prednisolona преднизолон"),
    ],
)
def test_a_substance_is_spelled_as_each_language_spells_it(substance: str, spelled: str) -> None:
    assert set(spelled.split()) <= set(national(substance))


@given(st.text(max_size=30))
def test_no_name_breaks_the_spelling_and_each_is_found_as_it_stands(name: str) -> None:
    list(national(name))
    for word in fold_words(name):
        assert word in written(word)


@pytest.fixture(scope="module")
def shipped() -> ScreeningRelease:
    return engine.release()


@pytest.mark.parametrize(
    ("text", "lang", "substance"),
    [
        ("Seit Paroxetin nur noch Kopfschmerzen", "de", "paroxetine"),
        ("desde la azitromicina tengo diarrea", "es", "azithromycin"),
        ("タイレノール飲んだら蕁麻疹が出た", "ja", "paracetamol"),
        ("타이레놀을 먹고 두드러기가 났어요", "ko", "paracetamol"),
        ("吃了布洛芬以后胃痛", "zh-Hans", "ibuprofen"),
        ("после сумамеда сыпь по всему телу", "ru", "azithromycin"),
        ("من الروكتان جاني صداع", "ar", "isotretinoin"),
        ("lyrica'dan beri başım dönüyor", "tr", "pregabalin"),
    ],
)
def test_the_shipped_names_are_found_with_the_endings_of_their_script(
    shipped: ScreeningRelease, text: str, lang: str, substance: str
) -> None:
    screened = engine.screen_text(shipped, text, lang)
    assert [mention.product for mention in screened.mentions] == [substance]


def test_a_name_that_is_another_word_too_counts_only_beside_a_sign_of_a_medicine(shipped: ScreeningRelease) -> None:
    assert engine.screen_text(shipped, "Allegra was late for school with a headache", "en").mentions == ()
    assert engine.screen_text(shipped, "These allegra tablets give me a headache", "en").mentions != ()


def test_beside_a_customers_products_others_tell_of_a_medicine_and_are_no_product_of_theirs() -> None:
    own = dictionary([ProductTerm("Zovellark", Product("Zovellark", "brand"))])
    release = engine.release(own)
    told = engine.screen_text(release, "Seit ich Paroxetin habe, ist mir nur noch übel.", "de")
    assert (told.label, told.mentions) == (1, ())
    assert engine.screen_text(release, "Seit Zovellark ist mir nur noch übel.", "de").mentions[0].product == "Zovellark"


def test_a_shipped_name_that_the_customer_sells_stays_the_customers() -> None:
    own = dictionary([ProductTerm("Ozempic", Product("Ozempic", "brand"))])
    both = with_medicines_of_others(own)
    assert [row.product.kind for row in both.terms if row.term.casefold() == "ozempic"] == ["brand"]
    assert any(row.product.kind == ELSEWHERE for row in both.terms)


def test_no_name_is_listed_under_two_substances() -> None:
    named: dict[tuple[str, ...], set[str]] = {}
    for row in shipped_substances().terms:
        if row.product.kind != "substance":
            named.setdefault(fold_words(row.term), set()).add(row.product.product)
    assert {words: of for words, of in named.items() if len(of) > 1} == {}
