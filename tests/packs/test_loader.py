"""Packs load whole or not at all; the release name changes with every byte; overlays survive by rule id."""

from __future__ import annotations

import json
from datetime import date

import pytest

from candour.core.terms import Severity
from candour.packs.loader import PackError, UnknownMarket, apply_overlay, load_bundle, load_market, market_id, shipped_markets

SAMPLES = 'hits = [{ post_text = "a b" }, { post_text = "c d" }]\nmisses = [{ post_text = "e" }, { post_text = "f" }]\n'
RULE = """
[[rule]]
id = "HQ-01-NAMES"
asks = "Is the company named in full?"
severity = "L"
applies = ["all"]
when = "own_voice"
suggestion = "Write the full name."
citation = { law = "House style", about = "full company name" }
"""
OVERLAY_HEAD = 'market = "de"\ntitle = "Hollinqvist house rules"\n'


def overlay(text: str) -> bytes:
    return (OVERLAY_HEAD + text).encode()


def with_file(name: str, old: str, new: str) -> bytes:
    """The German bundle with one text replaced in one file."""
    files = json.loads(load_market("de").bundle)["files"]
    changed = [[key, text.replace(old, new) if key == name else text] for key, text in files]
    assert changed != files
    return json.dumps({"files": changed}).encode()


def test_ships_the_markets_without_the_bases() -> None:
    assert {"de", "eu", "us", "uk", "au", "ca"} <= set(shipped_markets())
    assert "common" not in shipped_markets()


def test_knows_markets_as_people_write_them() -> None:
    assert [market_id(code) for code in ("DE", " de ", "USA", "EU", "gb")] == ["de", "de", "us", "eu", "uk"]
    with pytest.raises(UnknownMarket, match="'XX'"):
        market_id("XX")


def test_a_market_holds_what_it_extends() -> None:
    pack = load_market("de")
    assert pack.chain == ("common", "eu", "de")
    homes = {rule.id: rule.home for rule in pack.rules}
    assert homes["CARE-01-NOADVICE"] == "common"
    assert homes["EU-11B-GUARANTEE"] == "eu"
    assert homes["DE-04-MISLEAD"] == "de"
    assert pack.params["famous_followers"] == 30000
    assert pack.calendar is not None
    assert pack.calendar.timezone == "Europe/Berlin"
    assert pack.clocks.safety_handover_hours == 24


def test_the_bundle_is_the_pack() -> None:
    pack = load_market("de")
    again = load_bundle(pack.bundle)
    assert (again.digest, again.release_name, again.rules) == (pack.digest, pack.release_name, pack.rules)
    assert pack.release_name == f"de@{pack.version}#{pack.digest[:10]}"


def test_every_byte_changes_the_release_name() -> None:
    other = load_bundle(with_file("signals/flag.toml", "boxed warning", "Boxed warning"))
    assert other.digest != load_market("de").digest
    assert other.lexicon.digest != load_market("de").lexicon.digest


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("markets/de.toml", 'when = "product & (flag', 'when = "prodct & (flag', "prodct"),
        ("markets/de.toml", 'when = "product & (flag', 'when = "product & & (flag', "missing"),
        ("markets/de.toml", 'currency = "EUR"', 'curency = "EUR"', "curency"),
        ("markets/de.toml", 'id = "de"', 'id = "fr"', "same"),
        ("markets/de.toml", '"09:00-18:00"', '"18:00-09:00"', "block of hours"),
        ("markets/de.toml", "Europe/Berlin", "Europe/Bärlin", "time zone"),
        ("markets/de.toml", "DE-04-MISLEAD", "DE-03-UNAPPROVED", "never reused"),
        ("markets/de.toml", '"corporate_news", "safety_notice"', '"corporate", "safety_notice"', "'corporate'"),
        ("markets/de.toml", "[calendar]", "[calendar", "TOML"),
        (
            "signals/product.toml",
            'when = "product_exact | product_alias | product_implied | product_answered"',
            'when = "product"',
            "circle",
        ),
        ("wordings/de/claim.toml", "claim_speed = [", "claim_sped = [", "claim_sped"),
        ("wordings/de/claim.toml", '"blitzschnell"', "'\\bblitz'", "pattern"),
    ],
)
def test_a_fault_stops_the_load_and_is_named(name: str, old: str, new: str, says: str) -> None:
    with pytest.raises(PackError, match=says):
        load_bundle(with_file(name, old, new))


def test_a_rule_needs_two_hits_and_two_misses() -> None:
    with pytest.raises(PackError, match="hits"):
        apply_overlay(
            load_market("de"), overlay(RULE + 'hits = [{ post_text = "a" }]\nmisses = [{ post_text = "b" }, { post_text = "c" }]\n')
        )


@pytest.mark.parametrize("bundle", [b"", b"{}", b"[1]", b'{"files": [["markets/de.toml"]]}', b'{"files": []}', b"\xff"])
def test_bytes_that_are_no_release_are_refused(bundle: bytes) -> None:
    with pytest.raises(PackError):
        load_bundle(bundle)


def test_an_overlay_adds_changes_and_retires() -> None:
    shipped = load_market("de")
    ours = apply_overlay(
        shipped,
        overlay(
            "[params]\nfamous_followers = 1000\n"
            '[[change]]\nrule = "DE-09-FEAR-CHILD-PRIZE"\nreason = "We block it"\nseverity = "B"\n'
            '[[retire]]\nrule = "CARE-05-IDENTITY"\nreason = "Signed by the tool"\n' + RULE + SAMPLES
        ),
        name="hollinqvist",
    )
    assert ours.by_id["DE-09-FEAR-CHILD-PRIZE"].severity is Severity.BLOCK
    assert ours.by_id["DE-09-FEAR-CHILD-PRIZE"].changed == "hollinqvist: We block it"
    assert ours.by_id["HQ-01-NAMES"].home == "hollinqvist"
    assert "CARE-05-IDENTITY" not in ours.by_id
    assert ours.retired["CARE-05-IDENTITY"] == "hollinqvist: Signed by the tool"
    assert ours.params["famous_followers"] == 1000
    assert ours.digest != shipped.digest
    assert load_market("de").by_id["DE-09-FEAR-CHILD-PRIZE"].severity is Severity.HIGH
    assert load_bundle(ours.bundle).rules == ours.rules


@pytest.mark.parametrize(
    "text",
    [
        '[[retire]]\nrule = "DE-99-NOTHING"\nreason = "gone"\n',
        '[[retire]]\nrule = "CARE-05-IDENTITY"\n',
        RULE.replace("HQ-01-NAMES", "DE-01-RX") + SAMPLES,
        '[[retire]]\nrule = "CARE-05-IDENTITY"\nreason = "gone"\n' + RULE.replace("HQ-01-NAMES", "CARE-05-IDENTITY") + SAMPLES,
        "surprise = 1\n",
    ],
)
def test_a_faulty_overlay_is_refused(text: str) -> None:
    with pytest.raises(PackError):
        apply_overlay(load_market("de"), overlay(text))


def test_an_overlay_fits_its_own_market_only() -> None:
    with pytest.raises(PackError, match="'de'"):
        apply_overlay(load_market("us"), overlay(""))


def test_an_overlay_name_is_used_once() -> None:
    once = apply_overlay(load_market("de"), overlay(""))
    with pytest.raises(PackError, match="already"):
        apply_overlay(once, overlay(""))


def test_a_rule_binds_from_its_first_to_its_last_day() -> None:
    dated = RULE + "valid_from = 2027-01-01\nvalid_to = 2027-12-31\n" + SAMPLES
    rule = apply_overlay(load_market("de"), overlay(dated)).by_id["HQ-01-NAMES"]
    days = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    assert [rule.in_force(day) for day in days] == [False, True, True, False]
    with pytest.raises(PackError, match="ends before"):
        apply_overlay(load_market("de"), overlay(dated.replace("2027-12-31", "2026-12-31")))


def test_facts_from_memory_ask_for_a_local_check() -> None:
    assert load_market("de").by_id["DE-03-UNAPPROVED"].needs_local_review
    assert not load_market("de").by_id["DE-01-RX"].needs_local_review
