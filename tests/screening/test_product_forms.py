"""Products are found inflected, transliterated and misspelt; ordinary words and other products are not taken for them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from candour.screening.arrow import as_row, screen_batch
from candour.screening.engine import ScreeningRelease, Vocabulary, release, screen_text
from candour.screening.product_forms import katakana, misspelt, unclaimed
from candour.screening.products import Product, ProductTerm, dictionary


@pytest.mark.parametrize(
    "written",
    [
        "Zovellarku", "Zovellarkiem", "zovellarkem", "Zovellarktan", "Zovellark'ı", "Zovellarks", "Zovellarkspritze",
        "Зовелларк", "зовелларка", "Зовеларком", "Ζοβελαρκ", "زوفيلارك", "الزوفيلارك",
        "ゾベラルクを飲んだ", "zovelark", "zovellarrk", "zovelalrk", "sovellark", "zovellarc", "sovelark", "zowellark",
    ],
)  # fmt: skip
def test_a_name_is_found_as_people_of_many_languages_write_it(written: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, written).products == ("Zovellark",)


@pytest.mark.parametrize(
    ("name", "word"),
    [("Nauseva", "nausea"), ("Fevera", "fever"), ("Headachen", "headache"), ("Adressea", "adresse"), ("Passwords", "password")],
)
def test_an_ordinary_word_is_not_taken_for_a_misspelt_name(name: str, word: str) -> None:
    near = release(dictionary([ProductTerm(name, Product(name, "rx"))]))
    assert screen_text(near, f"{word} again").products == ()
    assert screen_text(near, f"{name} again").products == (name,)


def test_a_name_between_two_products_is_taken_for_neither() -> None:
    assert unclaimed([("zolora", "A"), ("zolora", "B"), ("zelora", "A"), ("zalora", "B")], {"zalora"}) == [("zelora", "A")]


def test_a_substance_is_not_taken_for_a_misspelt_brand() -> None:
    near = release(dictionary([ProductTerm("Ibuprofenn", Product("Ibuprofenn", "rx"))]))
    assert screen_text(near, "I take ibuprofen").products == ()


def test_quiet_examples_name_no_product_by_mistake(compiled: ScreeningRelease) -> None:
    bare = [one.text for pack in compiled.packs.values() for one in pack.examples if not set("zmlc") & set(one.text.casefold())]
    assert [screen_text(compiled, text).products for text in bare] == [()] * len(bare)


def test_short_and_ambiguous_names_are_not_misspelt(compiled: ScreeningRelease) -> None:
    assert list(misspelt("Zovar".casefold())) == []
    assert screen_text(compiled, "Mein Pen Klara ist heute angekommen").products == ()


def test_a_hashtag_parts_behind_the_name_and_not_behind_its_ending(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "#zovellarkausschlag seit gestern").products == ("Zovellark",)


def test_katakana_puts_a_vowel_behind_every_consonant() -> None:
    assert (katakana("mivrantel"), katakana("xanaf")) == ("ミブランテル", "クサナフ")


@pytest.mark.parametrize(
    ("lang", "text", "substance"),
    [
        ("ko", "가방은 파란색이고 이부프로펜은 그 안에 있다", "ibuprofen"),
        ("cs", "dneska jsem bez aspirinu", "acetylsalicylic acid"),
        ("uk", "сиджу на варфарині третій рік", "warfarin"),
        ("pl", "jestem na metotreksatem leczona", "methotrexate"),
        ("ru", "шприц с инсулином в сумке", "insulin"),
    ],
)
def test_a_name_that_a_phrase_begins_with_has_its_endings_all_the_same(lang: str, text: str, substance: str) -> None:
    assert [one.product for one in screen_text(release(), text, lang).mentions] == [substance]


def test_an_ending_makes_no_other_word_of_a_name() -> None:
    assert Vocabulary(said={"lekami"}).is_ordinary("lekami", "lekam")
    assert Vocabulary(stems={"diabet"}).is_ordinary("diabetu")
    assert not Vocabulary(stems={"diabet"}).is_ordinary("diabetonu", "diabeton")
    assert Vocabulary(stems={"insulinpump"}).is_ordinary("insulinpumpe", "insulin")


def test_a_competitor_is_named_as_one() -> None:
    rival = release(dictionary([ProductTerm("Rivalon", Product("Rivalon", "competitor"))]))
    mention = screen_text(rival, "Switched to Rivalonu last week").mentions[0]
    assert (mention.kind, mention.span.why) == ("competitor", "Product named: Rivalon (competitor)")


def test_a_competitor_is_no_product_of_ours() -> None:
    both = release(
        dictionary([ProductTerm("Rivalon", Product("Rivalon", "competitor")), ProductTerm("Zovellark", Product("Zovellark", "rx"))])
    )
    told = screen_text(both, "I got a rash when I changed from Rivalon to Zovellark, says Rivalon user")
    assert (told.products, told.competitors) == (("Zovellark",), ("Rivalon",))
    alone = screen_text(both, "I got a rash from Rivalon")
    assert (alone.products, alone.competitors, alone.label) == ((), ("Rivalon",), 1)
    row = screen_batch(pa.RecordBatch.from_pydict({"id": ["1"], "text": ["I got a rash from Rivalon"]}), both).to_pylist()[0]
    assert row == as_row("1", alone)
