"""Plain language: advice where words are hard, cold or not the brand's own, silence where they are not, and never a verdict."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.packs.loader import PackError
from candour.packs.plain import Voice, VoiceError, load_plain, plain_languages, voice_faults, voice_of
from candour.screening.check_file import check_file, check_row
from candour.screening.plain import MOST_PLACES, Advice, advise, language_of, readability, samples_wrong

ORDINARY = Path(__file__).parent / "ordinary.toml"


def found(text: str, language: str = "en", voice: Voice | None = None, **how: object) -> dict[str, Advice]:
    told = advise(text, language, voice, **how)  # type: ignore[arg-type]
    assert told is not None
    return {one.kind: one for one in told}


def says(text: str, kind: str, language: str = "en", voice: Voice | None = None) -> list[tuple[str, str]]:
    told = found(text, language, voice)
    return [(place.words, place.say) for place in told[kind].places] if kind in told else []


def test_seven_languages_are_there() -> None:
    assert plain_languages() == ("de", "en", "es", "fr", "it", "nl", "pt")


@pytest.mark.parametrize("language", plain_languages())
def test_each_language_knows_sixty_terms_and_proves_itself(language: str) -> None:
    plain = load_plain(language)
    assert plain is not None and len(plain.jargon) >= 60
    assert samples_wrong(language) == {}
    assert all(term.strip() == term and term == term.lower() for term in (*plain.jargon, *plain.hedges, *plain.cold))
    assert [say for say in (*plain.jargon.values(), *plain.cold.values()) if not say.strip()] == []


@pytest.mark.parametrize("language", plain_languages())
def test_each_term_is_found_with_its_plainer_words_and_none_of_those_is_a_term_again(language: str) -> None:
    plain = load_plain(language)
    assert plain is not None
    for term, say in plain.jargon.items():
        word = term.replace("*", "")
        assert (word, say) in says(f"… {word} …", "jargon", language) or (language == "fr" and word.startswith("oe")), term
        assert say not in dict(says(say, "jargon", language)), f"{term}: {say} is itself a term"


def test_ordinary_posts_get_next_to_no_advice() -> None:
    posts = [row["post_text"] for row in tomllib.loads(ORDINARY.read_text(encoding="utf-8"))["post"] if row.get("post_text")]
    advised = [text for text in posts if advise(text, language_of(text))]
    assert len(advised) <= len(posts) * 0.05, advised


@pytest.mark.parametrize(
    ("text", "kind", "places"),
    [
        ("READ THIS NOW and call us.", "shouting", [("READ THIS NOW", "")]),
        ("We met the FDA and the EMA in the USA.", "shouting", []),
        ("ZOVELLARK is ours.", "shouting", []),
        ("The US FDA said so.", "shouting", []),
        ("Great news!!! Come along!", "exclamations", [("!!!", "")]),
        ("Great news! Come along!", "exclamations", []),
        ("The form was filled in. It was sent on.", "passive", [("was filled", ""), ("was sent", "")]),
        ("The form was filled in.", "passive", []),
        ("There was no increased risk. There was a need.", "passive", []),
        ("We are excited. You are interested.", "passive", []),
        ("Patients with chronic dyspnoea rest.", "jargon", [("chronic", "long-lasting"), ("dyspnoea", "shortness of breath")]),
        ("A subcutaneously given dose.", "jargon", [("subcutaneously", "under the skin")]),
        ("Chronicle of a chronicler.", "jargon", []),
        ("See https://renal.example/edema #renal @renal.", "jargon", []),
    ],
)
def test_hits_and_misses(text: str, kind: str, places: list[tuple[str, str]]) -> None:
    assert says(text, kind) == places


def test_the_longest_phrase_wins_and_no_word_counts_twice() -> None:
    assert says("Adverse drug reactions and adverse reactions.", "jargon") == [
        ("Adverse drug reactions", "side effect"),
        ("adverse reactions", "side effect"),
    ]


def test_a_long_sentence_is_counted_in_words() -> None:
    told = found("One " * 26 + "end. Short one.")["long_sentence"]
    assert (told.found, told.most, len(told.places)) == (27, 25, 1)
    assert "long_sentence" not in found("One " * 24 + "end. " + "Two " * 24 + "end.")
    assert "long_sentence" not in found("One two three\n" * 30)
    assert found("One " * 12 + "end.", voice=Voice(sentence_words=10))["long_sentence"].most == 10


def test_readability_is_lix() -> None:
    """Forty words, four sentences, ten words of more than six letters: 10 + 25."""
    sentence = "one two three four five six seventy eightyy ninetyy ten. "
    assert readability(sentence * 4) == 10 + 30
    assert readability(sentence * 3) is None and readability("") is None


def test_german_forms_of_address_are_told_by_their_capitals() -> None:
    mixed = "Hast du Fragen? Dann rufen Sie an."
    assert "address_mixed" in found(mixed, "de")
    assert "address_mixed" not in found("Sie kamen gestern. Hast du sie gesehen? Ihre Freunde grüßen dich.", "de")
    formal, informal = Voice(address="formal"), Voice(address="informal")
    assert says(mixed, "address_other", "de", formal) == [("du", "")] and says(mixed, "address_other", "de", informal) == [("Sie", "")]
    assert "address_other" not in found("Dann rufen Sie an.", "de", formal)


def test_a_brand_avoids_and_spells_as_it_says() -> None:
    voice = Voice(avoid={"sufferer*": "people with asthma", "game changer": ""}, use=("Zovellark®", "HollinQ"))
    text = "For sufferers: zovellark and Zovellark® by Hollinq, a game changer."
    assert says(text, "avoid", voice=voice) == [("sufferers", "people with asthma"), ("game changer", "")]
    assert says(text, "spelling", voice=voice) == [("zovellark", "Zovellark®"), ("Hollinq", "HollinQ")]


def test_professionals_read_their_own_terms_and_prescribed_words_stay() -> None:
    text = "Dyspnoea and pruritus. Patients must tell."
    assert set(found(text)) == {"jargon", "cold"} and set(found(text, to_professionals=True)) == {"cold"}
    prescribed = "Zu Risiken und Nebenwirkungen bei akuter Dyspnoe fragen Sie Ihre Ärztin."
    assert "jargon" in found(f"Hallo. {prescribed}", "de") and found(f"Hallo. {prescribed}", "de", leave=[prescribed]) == {}


def test_a_language_nobody_wrote_down_has_no_advice() -> None:
    assert advise("Detta är svårt.", "sv") is None and advise("", "und") is None
    assert advise("", "de-AT") == () and advise("Alles gut.", "de-AT") == ()


@given(st.text(max_size=300), st.sampled_from(plain_languages()))
@settings(max_examples=150, deadline=None)
def test_every_place_holds_its_words(text: str, language: str) -> None:
    voice = Voice(avoid={"a": "b", "die*": ""}, use=("Abc®",))
    for one in advise(text, language, voice) or ():
        assert len(one.places) <= MOST_PLACES
        assert all(text[place.start : place.end] == place.words and place.words for place in one.places)


@pytest.mark.parametrize("piece", ["!", "AAA ", "was ", "is is ", "adverse ", "chronic ", ". ", "@", "#a", "https://", "\n", "Ä́"])
def test_long_and_odd_texts_are_read_in_their_length(piece: str) -> None:
    from time import process_time

    began = process_time()
    advise(piece * (20_000 // len(piece)), "en", Voice(avoid={"a": "b"}, use=("A",)))
    assert process_time() - began < 1.0


# voices in the company's folder


def voices(folder: Path, **files: str) -> Path:
    (folder / "voice").mkdir()
    for name, text in files.items():
        (folder / "voice" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_voice_is_the_companys_then_the_brands_then_the_markets(tmp_path: Path) -> None:
    folder = voices(
        tmp_path,
        company='title = "All"\nsentence_words = 18\n[avoid]\n"patients" = "people"\n"users" = "people"\n',
        zovellark='title = "Own"\nuse = ["Zovellark®"]\naddress = "informal"\n[avoid]\n"users" = "you"\n[market.de]\naddress = "formal"\n',
    )
    assert voice_of(folder, "zovellark", "us") == Voice({"patients": "people", "users": "you"}, ("Zovellark®",), "informal", 18)
    assert voice_of(folder, "zovellark", "de").address == "formal"
    assert voice_of(folder, "other", "de") == Voice({"patients": "people", "users": "people"}, (), "", 18) == voice_of(folder, "", "de")
    assert voice_of(tmp_path / "none", "zovellark", "de") == Voice()
    assert voice_faults(folder) == () and voice_faults(tmp_path / "none") == ()
    assert voice_faults(folder, frozenset({"other"})) == (
        "packs/voice/zovellark.toml: no brand has the key 'zovellark', correct the name.",
    )


@pytest.mark.parametrize(
    "text", ["[[", 'title = "x"\n', 'title = "All"\nadress = "formal"\n', 'title = "All"\naddress = "polite"\n', "\xff"]
)
def test_a_faulty_voice_is_told_by_file(tmp_path: Path, text: str) -> None:
    folder = voices(tmp_path)
    (folder / "voice" / "company.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(VoiceError, match=r"packs/voice/company\.toml"):
        voice_of(folder, "any", "de")
    [told] = voice_faults(folder)
    assert "packs/voice/company.toml" in told and "\n" not in told and issubclass(VoiceError, PackError)


@pytest.mark.parametrize("brand", ["../../secret", "A B", "a/b", ".", ""])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, brand: str) -> None:
    (tmp_path / "secret.toml").write_text("[[")
    assert voice_of(voices(tmp_path), brand, "de") == Voice()


# the command


def test_advice_is_added_only_when_asked_for_and_changes_nothing_else(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "market": "us", "post_text": "The dyspnoea was treated and it was seen by many. Please ask your doctor what it is."},
        {"id": "2", "market": "us", "post_text": "The dyspnoea is treated. What do you do with it?", "audience": "hcp"},
        {"id": "3", "market": "us", "post_text": "Detta är på svenska och inte så svårt."},
    ]
    plain = [check_row(json.dumps(row).encode(), 1) for row in rows]
    assert all("advice" not in row for row in plain)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    check_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", advice=True)
    told = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    advice = [row.pop("advice") for row in told]
    assert told == plain
    assert {one["kind"] for one in advice[0]} == {"jargon", "passive"} and advice[1:] == [[], []]
    assert advice[0][0]["places"][0] == {"start": 4, "end": 12, "words": "dyspnoea", "say": "shortness of breath"}
