"""What a check promises: every pack rule holds on its own texts, words are exact, exemptions are shown, evasion is seen."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.terms import Severity, Verdict
from candour.packs.loader import apply_overlay, load_market, shipped_markets, shipped_topics
from candour.screening.checks import CheckResult, check_piece, packs_for, try_samples, verdict_of
from candour.screening.pieces import parse_piece
from candour.screening.signals_code import CODE_SIGNALS

MANDATORY = "Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage und fragen Sie Ihre Ärztin, Ihren Arzt oder in Ihrer Apotheke."
ZOVELLARK = {"market": "DE", "product": "Zovellark", "product_status": "otc", "indication": "headache"}
MIVRANTEL = {"product": "Mivrantel (rimovantan)", "product_status": "rx", "indication": "acute treatment of migraine in adults"}
WRONG = """
market = "us"
title = "Broken"
[[rule]]
id = "HQ-01-WRONG"
asks = "Is it wrong?"
severity = "L"
applies = ["all"]
when = "price"
suggestion = "Mend it."
citation = { law = "House rule", about = "a test" }
hits = [{ post_text = "for 5 $" }, { post_text = "nothing here" }]
misses = [{ post_text = "none" }, { post_text = "cheap" }]
"""


def check(row: dict[str, Any]) -> CheckResult:
    piece = parse_piece(row)
    return check_piece(piece, packs_for(piece))


def rules_of(result: CheckResult) -> dict[str, Severity]:
    return {found.rule: found.severity for found in result.findings if found.counts}


@pytest.mark.parametrize("code", [*shipped_markets(), *shipped_topics()])
def test_every_rule_holds_on_its_own_hits_and_misses(code: str) -> None:
    outcomes = try_samples(load_market(code))
    assert len({outcome.rule for outcome in outcomes}) == len(load_market(code).rules)
    assert [f"{one.rule} {one.kind} {one.number}: {one.text}" for one in outcomes if not one.sound] == []


def test_a_sample_that_does_not_hold_is_found() -> None:
    outcomes = try_samples(apply_overlay(load_market("us"), WRONG.encode()))
    assert [(o.kind, o.number, o.sound) for o in outcomes if o.rule == "HQ-01-WRONG"] == [
        ("hit", 1, True),
        ("hit", 2, False),
        ("miss", 1, True),
        ("miss", 2, False),
    ]


def test_every_declared_signal_is_computed_and_every_computed_one_declared() -> None:
    lexicon = load_market("de").lexicon
    assert {name for name, signal in lexicon.signals.items() if signal.kind == "code"} == set(CODE_SIGNALS)


#: Languages whose wordings answer every `words` signal; Japanese and Chinese answer those of product and claim at least.
DEEP = ("en", "de", "fr", "es", "pt", "it", "nl")


@pytest.mark.parametrize("language", DEEP)
def test_a_deep_language_has_phrases_for_every_signal_of_words(language: str) -> None:
    lexicon = load_market("de").lexicon
    wanted = {name for name, signal in lexicon.signals.items() if signal.kind == "words"}
    assert {name for wording in lexicon.wordings if wording.language == language for name in wording.signals} == wanted


def test_the_promise_without_side_effects_is_blocked_word_by_word() -> None:
    text = f"Zovellark hilft bei Kopfschmerzen, garantiert ohne Nebenwirkungen. {MANDATORY}"
    result = check({**ZOVELLARK, "post_text": text})
    assert result.verdict is Verdict.BLOCK
    assert rules_of(result) == {"DE-04-MISLEAD": Severity.BLOCK}
    (span,) = result.findings[0].spans
    assert span.words == "garantiert ohne Nebenwirkungen"
    assert text[span.start : span.end] == span.words
    assert "HWG § 3" in result.findings[0].citation


def test_the_mended_post_passes() -> None:
    result = check({**ZOVELLARK, "post_text": f"Zovellark bei leichten Kopfschmerzen. {MANDATORY}"})
    assert (result.verdict, result.findings) == (Verdict.PASS, ())


def test_the_national_rule_stands_for_the_directive() -> None:
    shown = rules_of(check({**MIVRANTEL, "market": "DE", "post_text": "Mivrantel bei Migräne."}))
    assert "DE-01-RX" in shown
    assert "EU-05-POMPUBLIC" not in shown
    assert "EU-05-POMPUBLIC" in rules_of(check({**MIVRANTEL, "market": "EU", "post_text": "Mivrantel for migraine."}))


def test_what_germany_blocks_the_united_states_pass_when_balanced() -> None:
    text = "Mivrantel (rimovantan) for the acute treatment of migraine in adults. May cause dizziness; do not drive until you know."
    facts = {**MIVRANTEL, "post_text": text, "risk_text": "dizziness; do not drive"}
    assert check({**facts, "market": "DE"}).verdict is Verdict.BLOCK
    assert check({**facts, "market": "US"}).verdict is Verdict.PASS


def test_a_missing_thing_is_a_finding_that_says_what_was_looked_for() -> None:
    result = check({**MIVRANTEL, "market": "US", "post_text": "Mivrantel (rimovantan) for migraine. Risks: www.mivrantel.example/risk"})
    (balance,) = [found for found in result.findings if found.rule == "US-01-BALANCE"]
    assert balance.missing == ("side effects, warnings or contraindications stand in this very piece",)


def test_an_exempted_finding_is_shown_and_does_not_count() -> None:
    question = {"act": "reply", "third_party_text": "Gibt es Mivrantel als Spray?"}
    result = check({**MIVRANTEL, **question, "market": "DE", "post_text": "Mivrantel gibt es nur als Tablette. Mira vom Community-Team"})
    (answer,) = result.findings
    assert (answer.rule, answer.counts, result.verdict) == ("DE-01-RX", False, Verdict.PASS)
    assert "specific question" in answer.exempted_by


def test_for_professionals_only_counts_behind_a_verified_gate_alone() -> None:
    facts = {**MIVRANTEL, "market": "DE", "audience": "hcp", "post_text": "Nur für Fachkreise: Mivrantel bei Migräne."}
    assert check({**facts, "gate": "none"}).verdict is Verdict.BLOCK
    assert check({**facts, "gate": "self"}).verdict is Verdict.BLOCK
    assert check({**facts, "gate": "verified"}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "spelling",
    [
        "M i v r a n t e l",
        "Miv.ran.tel",
        "M1vrantel",
        "Mivrant\u0435l",
        "Miv\u200brantel",
        "Ｍｉｖｒａｎｔｅｌ",
        "#MivrantelHilft",
        "www.mivrantel.example",
        "Mivrantell",
        "MIVRANTEL®",
        "rimovantan",
    ],
)
def test_a_product_is_seen_however_it_is_spelled(spelling: str) -> None:
    assert "DE-01-RX" in rules_of(check({**MIVRANTEL, "market": "DE", "post_text": f"Endlich da: {spelling} gegen Migräne"}))


@pytest.mark.parametrize("word", ["Mirabelle", "Minaret", "vrant", "Mi vranje"])
def test_other_words_are_not_the_product(word: str) -> None:
    assert check({**MIVRANTEL, "market": "DE", "post_text": f"Heute in der Kantine: {word} und Kuchen für alle"}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "text",
    [
        "garantiert ohne Neben\u00adwirkungen",
        "GARANTIERT OHNE NEBENWIRKUNGEN",
        "g\u0430rantiert oh\u200bne Nebenwirkungen",
        "garantiert  ohne\nNebenwirkungen",
    ],
)
def test_a_claim_is_seen_however_it_is_spelled(text: str) -> None:
    result = check({**ZOVELLARK, "post_text": f"Zovellark: {text}. {MANDATORY}"})
    assert "DE-04-MISLEAD" in rules_of(result)
    (mislead,) = [found for found in result.findings if found.rule == "DE-04-MISLEAD"]
    assert [span.words for span in mislead.spans] == [text]


def test_a_negated_claim_is_none_and_a_comma_ends_the_negation() -> None:
    assert "DE-04-MISLEAD" not in rules_of(check({**ZOVELLARK, "post_text": f"Zovellark wirkt nicht garantiert. {MANDATORY}"}))
    assert "DE-04-MISLEAD" in rules_of(check({**ZOVELLARK, "post_text": f"Keine Sorge, garantiert hilft Zovellark. {MANDATORY}"}))


def test_a_like_makes_the_words_ours_and_shows_them_where_they_stand() -> None:
    text = "Mivrantel helped me, no migraine since May"
    result = check({**MIVRANTEL, "market": "US", "act": "like", "third_party_text": text})
    assert result.verdict is Verdict.BLOCK
    assert {span.field for found in result.findings for span in found.spans} == {"third_party_text"}
    assert (
        check({**MIVRANTEL, "market": "US", "act": "like", "author_role": "independent", "third_party_text": text}).verdict
        is not Verdict.BLOCK
    )


def test_a_rule_param_of_an_overlay_changes_the_answer() -> None:
    row = {
        **ZOVELLARK,
        "post_text": f"Werbung: Zovellark bei Kopfschmerzen. {MANDATORY}",
        "author_role": "hobbyist",
        "paid": True,
        "author_followers": 5000,
    }
    piece = parse_piece(row)
    change = 'rule = "DE-07-ENDORSER"\nreason = "Small accounts count too"\nparams = { famous_followers = 1000 }'
    lower = f'market = "de"\ntitle = "Stricter"\n[[change]]\n{change}\n'.encode()
    assert check(row).verdict is Verdict.PASS
    assert check_piece(piece, [apply_overlay(load_market("de"), lower)]).verdict is Verdict.BLOCK


def test_two_markets_share_a_finding_once_and_the_strictest_verdict_wins() -> None:
    piece = parse_piece({**MIVRANTEL, "market": "US", "act": "reply", "third_party_text": "Hi", "post_text": "Stop taking it."})
    result = check_piece(piece, [load_market("us"), load_market("de")])
    assert len([found for found in result.findings if found.rule == "CARE-01-NOADVICE"]) == 1
    assert result.packs == (load_market("us").release_name, load_market("de").release_name)


def test_a_german_reader_gets_german_words() -> None:
    piece = parse_piece({**MIVRANTEL, "market": "DE", "post_text": "Mivrantel bei Migräne."})
    finding = check_piece(piece, packs_for(piece), language="de").findings[0]
    assert finding.asks.startswith("Wird für ein verschreibungspflichtiges Arzneimittel")


def test_advice_alone_passes() -> None:
    result = check({**ZOVELLARK, "post_text": f"Zovellark bei Kopfschmerzen. {MANDATORY} Gewinnspiel"})
    (finding,) = result.findings
    assert verdict_of([finding]) is Verdict.REVIEW
    assert verdict_of([]) is Verdict.PASS


@pytest.mark.parametrize(
    "text",
    [
        "Ez a gyógyszer gyorsan csillapít minden fájdalmat kellemetlenség nélkül",
        "ยาใหม่สำหรับอาการปวดหัว บรรเทาได้ทันที",
        "دواء جديد للصداع يعمل فورا",
        "Tento nový lék účinkuje ihned a nemá žádné vedlejší účinky, vyzkoušejte ho také.",
        "Bu yeni ilaç hemen etki gösterir ve hiçbir yan etkisi yoktur, siz de deneyin.",
        "Ten nowy lek działa natychmiast i nie powoduje żadnych skutków ubocznych, spróbujcie sami.",
    ],
)
def test_an_unread_language_is_never_a_silent_pass(text: str) -> None:
    assert rules_of(check({"market": "DE", "post_text": text})) == {"ALL-03-LANGUAGE": Severity.MEDIUM}


@given(st.text(alphabet=st.sampled_from("Zovelark garntie ohNbwug.,!ÄöüßеоαΑ\u200b\u0308\U0001f600ﬁ€-\n"), max_size=120))
@settings(max_examples=150, deadline=None)
def test_every_span_is_the_words_of_the_text_as_received(text: str) -> None:
    received = f"{text} Zovellark: garantiert ohne Nebenwirkungen {text}"
    result = check({**ZOVELLARK, "post_text": received})
    spans = [span for found in result.findings for span in found.spans]
    assert all(received[span.start : span.end] == span.words and span.words for span in spans)


@pytest.mark.parametrize(
    "text", ["a " * 5000, "ä" * 10_000, "Zovellark garantiert " * 476, "nicht " * 1666, "(" * 10_000, "e\u0301" * 5000, "M i v " * 1666]
)
def test_ten_thousand_characters_take_a_tenth_of_a_second(text: str) -> None:
    check({**ZOVELLARK, "post_text": "warm"})
    begun = time.process_time()
    check({**ZOVELLARK, "post_text": text})
    assert time.process_time() - begun < 0.1


def test_a_piece_takes_a_tenth_of_a_second_at_most() -> None:
    rows = [
        {**MIVRANTEL, "market": market, "post_text": f"Mivrantel (rimovantan) hilft bei Migräne, Nummer {number}. {MANDATORY}"}
        for market in ("DE", "US")
        for number in range(20)
    ]
    check(rows[0])
    times = []
    for row in rows:
        begun = time.process_time()
        check(row)
        times.append(time.process_time() - begun)
    assert sorted(times)[int(len(times) * 0.95)] < 0.1


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("Can Mivrantel cause dizziness?", False),
        ("Kann Mivrantel Schwindel auslösen?", False),
        ("Is it normal to feel dizzy on Mivrantel?", True),
        ("Anyone else dizzy on Mivrantel?", True),
        ("Schwindel seit der ersten Tablette, was tun?", True),
        ("Why does my husband feel dizzy on Mivrantel?", True),
    ],
)
def test_a_question_that_tells_of_somebody_is_heard_as_a_reaction(heard: str, told: bool) -> None:
    reply = {"market": "DE", "product": "Mivrantel (rimovantan)", "product_status": "rx", "act": "reply"}
    result = check({**reply, "third_party_text": heard, "post_text": "Vielen Dank für Ihre Nachricht. Mira vom Community-Team"})
    assert ("CARE-03-AEROUTE" in rules_of(result)) is told
