"""Reply starters: only known placeholders, nothing sent half filled, and no text our own checks would stop."""

from __future__ import annotations

import pytest

from candour.core.terms import DutyKind, Verdict
from candour.packs.loader import PackError
from candour.packs.reply_starters import ReplyStarter, load_replies, parse_replies, reply_languages
from candour.screening.checks import check_piece, packs_for
from candour.screening.pieces import parse_piece

VALUES = {
    "first_name": "Anneke",
    "phone": "0800 555 0142",
    "reporting_route": "nebenwirkungen.example",
    "signer": "Mira",
    "company": "Hollinqvist",
    "emergency": "112",
}
HEARD = {
    "en": "Third week on Mivrantel and I can't feel my left hand, dizzy as well.",
    "de": "Dritte Woche Mivrantel, mir ist schwindlig und die Hand ist taub.",
}
STARTERS = [(starter, market) for lang in reply_languages() for starter in load_replies(lang).starters for market in starter.markets]


@pytest.mark.parametrize(("starter", "market"), STARTERS, ids=lambda value: getattr(value, "id", value))
def test_a_filled_starter_passes_the_checks_of_its_market(starter: ReplyStarter, market: str) -> None:
    heard = HEARD[starter.language] if DutyKind.AE in starter.duties else ""
    facts = {"market": market, "act": "reply", "product": "Mivrantel (rimovantan)", "product_status": "rx"}
    piece = parse_piece({**facts, "post_text": starter.fill(VALUES), "third_party_text": heard})
    result = check_piece(piece, packs_for(piece))
    assert result.verdict is Verdict.PASS, result.findings


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_receipt_duty_has_a_starter(language: str) -> None:
    replies = load_replies(language)
    for duty in (DutyKind.AE, DutyKind.SPECIAL_SITUATION, DutyKind.PQC, DutyKind.MIR):
        assert replies.for_duty(duty, "de")
    assert replies.release_name.startswith(f"replies-{language}@2026.11#")


def test_a_missing_value_stops_the_fill() -> None:
    starter = load_replies("de").starters[0]
    with pytest.raises(PackError, match="phone"):
        starter.fill({**VALUES, "phone": " "})


def test_values_are_never_read_as_placeholders() -> None:
    starter = load_replies("de").starters[0]
    assert "{phone}" in starter.fill({**VALUES, "first_name": "{phone}"})


def test_unknown_placeholders_and_double_ids_are_refused() -> None:
    content = load_replies("de").content
    with pytest.raises(PackError, match="dose"):
        parse_replies(content.replace(b"{phone}", b"{dose}"))
    with pytest.raises(PackError, match="twice"):
        parse_replies(content.replace(b"de-ae-urgent", b"de-ae-acknowledge"))
    with pytest.raises(PackError, match="'xx'"):
        load_replies("xx")
