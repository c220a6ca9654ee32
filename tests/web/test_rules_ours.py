"""The company's own rules on the screens: shipped, ours and the result side by side, signed as shown; a fault stops only what is new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.core.terms import Severity
from candour.flows import releases
from candour.flows.answers import Refusal
from candour.flows.releases import activate_market, active_pack, proposed_pack
from candour.flows.rule_upgrade import upgrade
from candour.journal.models import Entry
from candour.packs.loader import apply_overlay, load_bundle, load_market
from candour.registry.models import PackRelease
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db
HEAD = 'market = "de"\ntitle = "House rules"\n'
LESS = HEAD + '[[change]]\nrule = "DE-04-MISLEAD"\nreason = "Legal weighs it"\nseverity = "M"\n'
RETIRED = HEAD + '[[retire]]\nrule = "CARE-05-IDENTITY"\nreason = "Signed by the tool"\n'
ADDED = """
[[rule]]
id = "HQ-01-NAMES"
asks = "Is the company named in full?"
severity = "L"
applies = ["all"]
when = "own_voice"
suggestion = "Write the full name."
citation = { law = "House style", about = "full company name" }
hits = [{ post_text = "a b" }, { post_text = "c d" }]
misses = [{ post_text = "e", author_role = "patient" }, { post_text = "f", author_role = "patient" }]
"""
WRONG = ADDED.replace(', author_role = "patient"', "")


@pytest.fixture
def on(settings: Any, tmp_path: Path) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    settings.DATA = tmp_path
    (tmp_path / "packs").mkdir()
    return make.ground()


@pytest.fixture
def lead(on: make.Ground) -> Client:
    client = Client()
    client.force_login(factories.person("Lena Oduya", Function.COE_LEAD))
    return client


def keep(settings: Any, text: str, name: str = "house") -> None:
    (Path(settings.DATA) / "packs" / f"{name}.toml").write_text(text, encoding="utf-8")


def page_of(lead: Client, code: str = "de") -> str:
    return lead.get(reverse("rules-of", args=[code])).content.decode()


def test_ours_waits_for_a_signature_and_then_judges(on: make.Ground, lead: Client, settings: Any) -> None:
    keep(settings, LESS + RETIRED.removeprefix(HEAD) + ADDED)
    page = page_of(lead)
    assert "Legal weighs it" in page and "changed by us" in page and "retired by us" in page and "added by us" in page
    assert "3 rules of ours" in lead.get(reverse("rules")).content.decode()
    active = active_pack("de", factories.now())
    assert active is not None and active.by_id["DE-04-MISLEAD"].severity is Severity.BLOCK
    form = {"secret": factories.PASSWORD, "release": proposed_pack("de").digest}
    assert lead.post(reverse("rules-activate", args=["de"]), form).status_code == 302
    active = active_pack("de", factories.now())
    assert active is not None and active.by_id["DE-04-MISLEAD"].severity is Severity.MEDIUM
    assert "HQ-01-NAMES" in active.by_id and "CARE-05-IDENTITY" not in active.by_id
    assert "A newer release waits" not in page_of(lead)


def test_what_is_signed_is_what_was_shown(on: make.Ground, lead: Client, settings: Any) -> None:
    keep(settings, LESS)
    shown = proposed_pack("de").digest
    keep(settings, RETIRED)
    before = PackRelease.objects.count()
    answer = lead.post(reverse("rules-activate", args=["de"]), {"secret": factories.PASSWORD, "release": shown})
    assert answer.status_code == 409 and "have changed since your page was made" in answer.content.decode()
    assert PackRelease.objects.count() == before


def test_a_fault_is_told_and_the_active_release_goes_on(on: make.Ground, lead: Client, settings: Any) -> None:
    keep(settings, LESS.replace("DE-04-MISLEAD", "DE-04-GONE"))
    for address in (reverse("rules"), reverse("rules-of", args=["de"])):
        page = lead.get(address).content.decode()
        assert "house changes the rule DE-04-GONE, which it does not inherit" in page
    assert "The release that judges now goes on." in page and "Sign and let it judge" not in page
    before = (PackRelease.objects.count(), active_pack("de", factories.now()))
    answer = lead.post(reverse("rules-activate", args=["de"]), {"secret": factories.PASSWORD})
    assert answer.status_code == 409
    assert (PackRelease.objects.count(), active_pack("de", factories.now())) == before
    assert lead.get(reverse("rule", args=["de", "DE-04-MISLEAD"])).status_code == 200


def test_an_added_rule_that_fails_its_own_texts_is_not_signed(on: make.Ground, lead: Client, settings: Any) -> None:
    keep(settings, HEAD + WRONG)
    before = PackRelease.objects.count()
    with pytest.raises(Refusal, match="HQ-01-NAMES judges one of its own texts"):
        activate_market(on.lead, "de", factories.PASSWORD, factories.now())
    assert PackRelease.objects.count() == before


def shipped_then() -> Any:
    """The German pack of an earlier day: DE-04 weighed H, one rule was not there yet."""
    files = json.loads(load_market("de").bundle)["files"]
    for pair in files:
        if pair[0] == "markets/de.toml":
            at = pair[1].index('id = "DE-04-MISLEAD"')
            pair[1] = pair[1][:at] + pair[1][at:].replace('severity = "B"', 'severity = "H"', 1)
    return load_bundle(json.dumps({"files": files}, ensure_ascii=False).encode())


def test_an_upgrade_shows_where_both_changed_the_same(on: make.Ground) -> None:
    shipped = load_market("de")
    active = apply_overlay(shipped_then(), LESS.encode(), "house")
    result = apply_overlay(shipped, LESS.encode(), "house")
    [row] = upgrade(active, shipped, result)
    assert (row.id, row.news, row.differs, row.both) == ("DE-04-MISLEAD", ("severity",), (), True)
    assert row.ours is not None and (row.ours.act, row.ours.reason, row.ours.what) == ("change", "Legal weighs it", ("severity",))
    assert [one.severity for one in (row.was, row.shipped, row.active, row.result) if one] == ["H", "B", "M", "M"]


def test_an_upgrade_shows_what_ours_leaves_alone(on: make.Ground) -> None:
    shipped = load_market("de")
    [row] = upgrade(shipped_then(), shipped, shipped)
    assert (row.id, row.news, row.ours, row.differs, row.both) == ("DE-04-MISLEAD", ("severity",), None, ("severity",), False)
    assert upgrade(shipped, shipped, shipped) == []
    gone = apply_overlay(shipped, RETIRED.encode(), "house")
    [row] = upgrade(shipped, shipped, gone)
    assert row.result is None and row.shipped is not None and row.ours is not None and row.ours.act == "retire"
    [row] = upgrade(gone, shipped, shipped)
    assert row.active is None and row.result is not None and row.ours is None


def test_reading_the_page_judges_nothing(on: make.Ground, lead: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    message = make.sign_all(on, make.review(on))
    word = message.text.split()[0].casefold().strip(".,")
    files = json.loads(load_market("de").bundle)["files"]
    for pair in files:
        if pair[0] == "wordings/de/claim.toml":
            pair[1] = pair[1].replace("claim_absolute = [", f'claim_absolute = ["{word}", ', 1)
    newer = load_bundle(json.dumps({"files": files}, ensure_ascii=False).encode())
    monkeypatch.setattr(releases, "load_market", lambda _market: newer)
    before = Entry.objects.count()

    def forbidden(*_given: Any) -> None:
        raise AssertionError("a message was judged")

    with monkeypatch.context() as patch:
        patch.setattr("candour.flows.rule_record.check_piece", forbidden)
        assert "Try it on the approved messages" in page_of(lead)
    page = lead.post(reverse("rules-compare", args=["de"])).content.decode()
    assert "would be judged differently" in page and message.title in page
    assert Entry.objects.count() == before


def test_a_rule_is_read_aloud_in_the_readers_words(on: make.Ground, lead: Client, settings: Any) -> None:
    keep(settings, LESS)
    now = lead.get(reverse("rule", args=["de", "DE-04-MISLEAD"])).content.decode()
    after = lead.get(reverse("rule", args=["de", "DE-04-MISLEAD"]) + "?release=next").content.decode()
    assert "It blocks: only a change of the text helps." in now and "Source:" in now
    assert "It asks a reviewer for an answer." in after and "Legal weighs it" in after
