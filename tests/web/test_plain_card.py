"""The card "Plain language" stands beside the findings, follows the text, and never changes what the rules say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows.submit import check, last_version
from candour.messages.models import CheckRun
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Any, tmp_path: Path) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    settings.DATA = tmp_path
    return make.ground()


@pytest.fixture
def author(on: make.Ground) -> Client:
    client = Client()
    client.force_login(on.author)
    return client


def voice(folder: Path, name: str, text: str) -> None:
    (folder / "packs" / "voice").mkdir(parents=True, exist_ok=True)
    (folder / "packs" / "voice" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_the_editor_shows_advice_for_the_text_as_it_is_typed(on: make.Ground, author: Client) -> None:
    draft = make.draft(on, "Hypertonie ist häufig.", product=None)
    page = author.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "Plain language" in page and "Hypertonie" in page and "Bluthochdruck" in page and "Advice only" in page
    form = {"text": "Bluthochdruck ist häufig.", "part": "1", "title": draft.title}
    part = author.post(reverse("draft-check", args=[draft.pk]), form).content.decode()
    assert 'id="ap-plain"' in part and "Clear, consistent and friendly" in part and "→" not in part


def test_advice_is_no_finding(on: make.Ground, author: Client) -> None:
    plain = make.draft(on, "Wir danken unserem Team.", product=None)
    hard = make.draft(on, "WIR DANKEN UNSEREM TEAM!!! Es ist untersagt, nicht zu feiern.", product=None)
    runs = [check(on.author, last_version(draft), factories.now()) for draft in (plain, hard)]
    assert [(run.verdict, run.findings) for run in runs] == [("pass", []), ("pass", [])]
    assert "shouting" in author.get(reverse("draft", args=[hard.pk])).content.decode()
    assert CheckRun.objects.count() == 2


def test_a_brand_speaks_in_its_own_voice_and_a_faulty_one_is_told(on: make.Ground, author: Client, tmp_path: Path) -> None:
    draft = make.draft(on, "Fragen Sie uns zu zovellark.", product=on.product)
    voice(tmp_path, on.product.brand.key, 'title = "Our Z"\naddress = "informal"\nuse = ["Zovellark®"]\n')
    page = author.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "addresses its readers the other way" in page and "Zovellark®" in page
    voice(tmp_path, on.product.brand.key, 'title = "Our Z"\nadress = "informal"\n')
    page = author.get(reverse("draft", args=[draft.pk])).content.decode()
    assert f"packs/voice/{on.product.brand.key}.toml: adress" in page and "Plain language" in page


def test_ask_the_rules_shows_it_too(on: make.Ground) -> None:
    client = Client()
    client.force_login(factories.person("Lena Oduya", Function.COE_LEAD))
    form = {"market": "de", "act": "post", "kind": "post", "author_role": "company", "audience": "pub", "gate": "none"}
    page = client.post(reverse("check"), form | {"post_text": "Die Hypertonie ist nicht das Ende und wir helfen."}).content.decode()
    assert "Plain language" in page and "Bluthochdruck" in page
    page = client.post(
        reverse("check"), form | {"audience": "hcp", "post_text": "Die Hypertonie ist nicht das Ende, wir helfen."}
    ).content.decode()
    assert "Plain language" in page and "Bluthochdruck" not in page
    assert "Advice only" not in client.get(reverse("check")).content.decode()


def test_a_language_without_words_says_so(on: make.Ground, author: Client) -> None:
    draft = make.draft(on, "Bonjour.", product=None)
    draft.lang = "pl"
    from candour.journal.acting import acting

    with acting(on.author, "test"):
        draft.save(update_fields=["lang"])
    assert "Nobody has written down plain words" in author.get(reverse("draft", args=[draft.pk])).content.decode()
