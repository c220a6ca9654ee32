"""Rules: what judges and in whose name, what became of each rule, what a newer release changes, and trying one without storing anything."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows import rule_record
from candour.flows.releases import active_pack
from candour.flows.submit import answer_finding, check, last_version
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import PieceCheck
from candour.packs.loader import load_bundle, load_market
from candour.registry.models import PackRelease
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db
RULE = "DE-04-MISLEAD"


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lead(on: make.Ground) -> Client:
    return signed_in(factories.person("Lena Oduya", Function.COE_LEAD))


def older_release(on: make.Ground) -> None:
    """The German pack as it was before this release: one rule is missing and another weighs less."""
    files = json.loads(load_market("de").bundle)["files"]
    changed = []
    for name, text in files:
        if name == "markets/de.toml":
            at = text.index(f'id = "{RULE}"')
            text = text[:at] + text[at:].replace('severity = "B"', 'severity = "M"', 1)
        changed.append([name, text])
    content = json.dumps({"files": changed}, ensure_ascii=False, separators=(",", ":"))
    now = factories.now()
    with acting(on.author, "test"):
        digest = hashlib.sha256(content.encode()).hexdigest()
        PackRelease.objects.create(kind="market", pack="de", version="2026.10", sha256=digest, content=content, effective_at=now)


def test_the_list_names_every_pack_and_who_signed_it(on: make.Ground, lead: Client) -> None:
    page = lead.get(reverse("rules")).content.decode()
    assert load_market("de").release_name in page
    assert "United States" in page and "not active" in page


def test_a_newer_release_shows_what_it_changes_and_counts_only_when_signed(on: make.Ground, lead: Client) -> None:
    older_release(on)
    page = lead.get(reverse("rules-of", args=["de"])).content.decode()
    assert "A newer release waits" in page and RULE in page and "weight" in page
    before = PackRelease.objects.count()
    refused = lead.post(reverse("rules-activate", args=["de"]), {"secret": "wrong"})
    assert refused.status_code in (400, 403, 409) and PackRelease.objects.count() == before
    assert lead.post(reverse("rules-activate", args=["de"]), {"secret": factories.PASSWORD}).status_code == 302
    active = active_pack("de", factories.now())
    assert active is not None and active.digest == load_market("de").digest


def test_only_those_who_may_activate(on: make.Ground) -> None:
    older_release(on)
    before = (PackRelease.objects.count(), Entry.objects.count())
    answer = signed_in(on.author).post(reverse("rules-activate", args=["de"]), {"secret": factories.PASSWORD})
    assert answer.status_code == 403
    assert PackRelease.objects.count() == before[0]


def test_a_message_in_use_that_would_be_judged_differently_is_listed(
    on: make.Ground, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = make.sign_all(on, make.review(on))
    bundle = json.loads(load_market("de").bundle)["files"]
    word = message.text.split()[0].casefold().strip(".,")
    overlay = [
        [name, text.replace("claim_absolute = [", f'claim_absolute = ["{word}", ', 1) if name == "wordings/de/claim.toml" else text]
        for name, text in bundle
    ]

    after = load_bundle(json.dumps({"files": overlay}, ensure_ascii=False).encode())
    told = rule_record.judged_differently("de", after, factories.now())
    assert (told.looked, told.left) == (1, 0)
    assert [row.message for row in told.rows] == [message] and told.rows[0].new
    assert rule_record.judged_differently("de", load_market("de"), factories.now()) == rule_record.Comparison((), 1)
    monkeypatch.setattr(rule_record, "MOST_SECONDS", -1.0)
    assert rule_record.judged_differently("de", after, factories.now()) == rule_record.Comparison((), 0, 1)


def test_a_rule_argued_away_again_and_again_is_shown_as_bad_and_an_unused_one_as_never_yet(on: make.Ground, lead: Client) -> None:
    draft = make.draft(on, "Wir danken unserem Team.", product=None)
    run = check(on.author, last_version(draft), factories.now())
    finding = {"rule": "DE-09-FEAR-CHILD-PRIZE", "severity": "H", "spans": [], "exempted_by": None}
    for number in range(rule_record.ENOUGH_ANSWERS):
        with acting(on.author, "test"):
            again = type(run).objects.create(version=run.version, releases={}, verdict="review", findings=[finding], at=factories.now())
        answer_finding(on.author, again, finding["rule"], "not_applicable", f"Reason {number}", factories.now())
    page = lead.get(reverse("rules-of", args=["de"])).content.decode()
    assert "mostly argued away" in page and "10 / 10" in page and "never yet" in page


def test_a_rule_is_tried_without_a_trace(on: make.Ground, lead: Client) -> None:
    before = (Entry.objects.count(), PieceCheck.objects.count())
    page = lead.post(
        reverse("rule", args=["de", RULE]), {"text": "Zovellark: garantiert ohne Nebenwirkungen!", "past": "1", "product": on.product.key}
    ).content.decode()
    assert "It counts" in page and "</mark>" in page
    page = lead.post(reverse("rule", args=["de", RULE]), {"text": "Guten Morgen aus Lund."}).content.decode()
    assert "It does not fire on these words" in page
    assert (Entry.objects.count(), PieceCheck.objects.count()) == before


def test_what_is_no_rule_and_no_market_is_not_there(on: make.Ground, lead: Client) -> None:
    assert lead.get(reverse("rules-of", args=["atlantis"])).status_code == 404
    assert lead.get(reverse("rule", args=["de", "DE-99-NOTHING"])).status_code == 404
