"""Why a post was screened as it was: the same answer as on its way to the inbox, and every near miss with what held it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.packs.language_schema import shipped_languages
from candour.screening.adverse import DUTY_WEIGHTS, WEIGHTS
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.explain import MOST_NEAR, as_data, explain
from candour.screening.explain_file import explain_file
from candour.screening.held_back import SAYS, SPEAKS
from candour.screening.screen_file import screen_file
from tests.screening.conftest import PRODUCTS

EXAMPLES = [(one.text, pack.code) for pack in shipped_languages() for one in pack.examples]


def near(compiled: ScreeningRelease, text: str, lang: str = "en") -> list[tuple[str, str, list[str], list[str]]]:
    """(duty, words, codes, words that held back) of every near miss."""
    return [
        (
            one["duty"],
            one["words"],
            [because["code"] for because in one["held_back"]],
            [because["words"]["words"] for because in one["held_back"] if because["words"]],
        )
        for one in as_data(explain(compiled, text, lang))["near_misses"]
    ]


def test_every_example_is_explained_as_it_is_screened(compiled: ScreeningRelease) -> None:
    for text, lang in EXAMPLES:
        assert explain(compiled, text, lang).screened == screen_text(compiled, text, lang)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([text for text, _ in EXAMPLES] + ["no", "?", "\u202e", "\x00", "nicht", " ", "\ud800"]), max_size=4), st.text()
)
def test_any_text_is_explained_as_it_is_screened_and_every_span_stands_in_it(
    compiled: ScreeningRelease, parts: list[str], tail: str
) -> None:
    text = " ".join([*parts, tail])
    told = explain(compiled, text)
    assert told.screened == screen_text(compiled, text)
    data = as_data(told)
    json.dumps(data)
    places = [*data["products"], *data["weighed"], *data["near_misses"], *data["products_set_aside"]]
    places += [because["words"] for one in data["near_misses"] for because in one["held_back"] if because["words"]]
    assert all(text[one["start"] : one["end"]] == one["words"] for one in places)


@pytest.mark.parametrize(
    ("text", "lang", "duty", "words", "code", "by"),
    [
        ("No nausea with Mivrantel, all fine", "en", "AE", "nausea", "negated", "No"),
        ("Does Mivrantel make you dizzy?", "en", "AE", "dizzy", "asked", None),
        ("Afraid of getting a headache from Mivrantel", "en", "AE", "headache", "feared", "Afraid of"),
        ("Ich habe Angst, dass Mivrantel müde macht", "de", "AE", "Angst", "feared", "Angst, dass"),
        ("I had a rash long before I started Mivrantel", "en", "AE", "rash", "older", "long before"),
        ("The leaflet of Mivrantel warns of dizziness", "en", "AE", "dizziness", "warned", "leaflet of Mivrantel warns"),
        ("I take Mivrantel for my migraine", "en", "AE", "migraine", "indicated", "for my"),
        ("Mivrantel: my headache is gone", "en", "AE", "headache", "relief", "gone"),
        ("Third migraine this month", "en", "AE", "migraine", "disease", None),
        ("Keine Nebenwirkungen bei Zovellark", "de", "AE", "Nebenwirkungen", "negated", "Keine"),
        ("Thanks for nothing", "en", "PRAISE", "Thanks", "set_aside", "Thanks for nothing"),
    ],
)
def test_what_held_a_near_miss_back_is_named_with_its_words(
    text: str, lang: str, duty: str, words: str, code: str, by: str | None, compiled: ScreeningRelease
) -> None:
    found = [row for row in near(compiled, text, lang) if row[0] == duty and row[1] == words]
    assert found and code in found[0][2]
    if by is not None:
        assert by in found[0][3]


def test_a_sign_that_needs_a_medicine_says_so(compiled: ScreeningRelease) -> None:
    text = "I am pregnant and the weather is fine"
    assert ("SPECIAL_SITUATION", "pregnant", ["needs_medicine"], []) in near(compiled, text)


def test_a_symptom_without_a_medicine_says_why_it_ends_below_the_queue(compiled: ScreeningRelease) -> None:
    weighed = as_data(explain(compiled, "I vomited all night", "en"))["weighed"]
    assert [row["words"] for row in weighed] == ["vomited"]
    assert weighed[0]["because"][0]["code"] == "cap"


@pytest.mark.parametrize(
    ("text", "lang", "model"),
    [
        ("Mein Mann hat seit der Larquessa-Spritze Herzrasen", "de", True),
        ("Seit gestern so ein Matschkopf von Larquessa", "de", True),
        ("Desde que tomo Larquessa me duele la cabeza", "es", True),
        ("Since I take Larquessa my head hurts", "en", False),
    ],
)
def test_the_weights_told_add_up_to_the_score(text: str, lang: str, model: bool, compiled: ScreeningRelease) -> None:
    """A reader can check the sum: the log-odds shown, with the start of what decided, give the score of the finding."""
    weighed = explain(compiled, text, lang).weighed[0]
    heard = compiled.models.of(lang)
    assert heard is not None
    start = heard.lights["start"] if model else WEIGHTS["start"]
    total = start + sum(because.odds or 0.0 for because in weighed.because)
    assert ("model" in {because.code for because in weighed.because}) is model
    assert weighed.score == pytest.approx(1 / (1 + 2.718281828459045**-total), abs=0.001)


def test_every_weight_has_words() -> None:
    assert set(WEIGHTS) | set(DUTY_WEIGHTS) <= set(SAYS) | set(SPEAKS) | {"start"}


@pytest.mark.parametrize(
    ("text", "lang", "code", "by"),
    [
        ("Mir ist seit gestern nach der Tablette schlecht", "", "de", "small_words"),
        ("薬を飲んだら頭が痛い", "", "ja", "script"),
        ("Zovellark", "de", "de", "declared"),
        ("Jag mår illa av Mivrantel och har ont i huvudet", "", "sv", "small_words"),
        ("Zovellark dyspnoe", "", "und", ""),
    ],
)
def test_how_the_language_was_told_is_said(text: str, lang: str, code: str, by: str, compiled: ScreeningRelease) -> None:
    language = explain(compiled, text, lang).language
    assert (language.code, language.by) == (code, by)


def test_only_the_names_of_a_market_may_count(compiled: ScreeningRelease) -> None:
    text = "Larkessa gave me a rash"
    assert explain(compiled, text, "en").screened.products == ("Larquessa",)
    assert explain(compiled, text, "en", named=lambda product: product.market in ("", "FR")).screened.products == ()


def test_a_name_that_is_also_a_word_is_set_aside_and_said_so(compiled: ScreeningRelease) -> None:
    told = explain(compiled, "Clara came to tea", "en")
    assert told.screened.products == () and [span.words for span in told.aside] == ["Clara"]


def test_a_long_post_of_near_misses_shows_the_first(compiled: ScreeningRelease) -> None:
    assert len(explain(compiled, "I have no nausea today. " * 1000, "en").near) == MOST_NEAR


def test_a_file_is_screened_as_without_and_each_line_says_why(tmp_path: Path) -> None:
    rows = ['{"id": "a", "text": "No nausea with Mivrantel", "lang": "en"}', "broken", '{"id": "b", "text": "Mivrantel gave me hives"}', ""]
    source, plain, told = tmp_path / "in.jsonl", tmp_path / "plain.jsonl", tmp_path / "told.jsonl"
    source.write_text("\n".join(rows), encoding="utf-8")
    counts = screen_file(source, plain, PRODUCTS)
    assert explain_file(source, told, PRODUCTS) == counts
    before = [json.loads(line) for line in plain.read_text(encoding="utf-8").splitlines()]
    after = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    whys = [row.pop("explained", None) for row in after]
    assert after == before
    assert whys[1] is None and whys[0]["near_misses"][0]["held_back"][0]["code"] == "negated"
    assert whys[2]["language"]["code"] == "en" and len(whys[2]["criteria"]) == 4
    assert not list(tmp_path.glob("*.partial"))
