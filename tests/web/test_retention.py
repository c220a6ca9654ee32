"""The page of retention and erasure: who may open it, what its forms do, and what a person's file says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from candour.assurance.models import Erasure, LegalHold
from candour.cases.models import Case
from candour.core.rights import Function
from candour.core.states import CaseState
from candour.core.terms import DutyKind
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.journal.models import Entry
from candour.people.models import User
from tests import factories

if TYPE_CHECKING:
    from pytest_django import Settings

WORDS = "Third week on Mivrantel and I feel <b>fine</b>."


@pytest.fixture
def privacy(db: None, settings: Settings, tmp_path: Path) -> Iterator[User]:
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    vault.cache_clear()
    factories.installation()
    factories.company()
    yield factories.person("Lena Osterkamp", Function.LEGAL_REVIEWER, Function.COE_LEAD)
    vault.cache_clear()


def closed_case() -> Case:
    case = factories.case(WORDS, findings=[factories.finding(WORDS, "Third week", DutyKind.PRAISE)])
    with acting(factories.founder(), "test"):
        case.state, case.closed_at, case.closed_by = CaseState.CLOSED, factories.now(), factories.founder()
        case.save()
    return case


def test_only_those_who_may_see_it_find_the_page(privacy: User, client: Client) -> None:
    client.force_login(factories.person("Mira", Function.COMMUNITY_MANAGER))
    assert client.get(reverse("retention")).status_code == 404
    client.force_login(factories.person("Lena in Germany", Function.LEGAL_REVIEWER, markets=("de",)))
    assert client.get(reverse("retention")).status_code == 404  # it reaches every market
    client.force_login(privacy)
    assert "GDPR Art. 5(1)(c) and (e); GDPR Art. 25" in client.get(reverse("retention")).text


def test_an_auditor_sees_and_changes_nothing(privacy: User, client: Client) -> None:
    case = closed_case()
    client.force_login(factories.person("Nadia Brandt", Function.AUDITOR))
    shown = client.get(reverse("retention")).text
    assert reverse("retention-hold") not in shown and "Find" not in shown
    given = {"reason": "why", "secret": factories.PASSWORD, "authority": "order", "kind": "case", "key": case.number}
    for name, arguments in (("hold", []), ("erase", [case.person_key]), ("export", [case.person_key]), ("run", [])):
        assert client.post(reverse(f"retention-{name}", args=arguments), given).status_code == 403
    assert (LegalHold.objects.count(), Erasure.objects.count(), vault().holds(case.vault)) == (0, 0, True)


def test_a_dry_run_lists_what_would_go(privacy: User, client: Client) -> None:
    version = factories.post(heard_at=factories.now() - timedelta(days=100))
    client.force_login(privacy)
    assert f"Newsroom de {version.post_id}" not in client.get(reverse("retention")).text
    assert f"Newsroom de {version.post_id}" in client.get(reverse("retention"), {"dry": "1"}).text


def test_a_hold_is_signed_on_the_page_and_lifted_there(privacy: User, client: Client) -> None:
    case = closed_case()
    client.force_login(privacy)
    given = {"kind": "case", "key": case.number, "reason": "Court <i>asks</i>", "secret": "not-my-password"}
    assert "That is not your password." in client.post(reverse("retention-hold"), given).text
    assert not LegalHold.objects.exists()
    client.post(reverse("retention-hold"), given | {"secret": factories.PASSWORD})
    hold = LegalHold.objects.get()
    shown = client.get(reverse("retention")).text
    assert case.number in shown and "Court &lt;i&gt;asks&lt;/i&gt;" in shown
    client.post(reverse("retention-lift", args=[hold.pk]), {"reason": "ended", "secret": factories.PASSWORD})
    hold.refresh_from_db()
    assert hold.lifted_by == privacy


def test_a_person_is_found_by_handle_and_case_and_exported(privacy: User, client: Client) -> None:
    case = closed_case()
    client.force_login(privacy)
    for who in ("anneke.example", case.number.lower(), case.person_key):
        assert reverse("retention-export", args=[case.person_key]) in client.get(reverse("retention"), {"who": who}).text
    refused = client.post(reverse("retention-export", args=[case.person_key]), {"reason": " "})
    assert (refused.status_code, Entry.objects.filter(act="retention.export").count()) == (400, 0)
    answer = client.post(reverse("retention-export", args=[case.person_key]), {"reason": "asked by letter"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.text.count("Third week on Mivrantel and I feel &lt;b&gt;fine&lt;/b&gt;.") == 2  # the post and its copy in the case
    assert "anneke.example" in answer.text and case.number in answer.text
    assert "retention.export asked by letter" in answer.text


def test_an_erased_case_still_opens_and_takes_no_more_words(privacy: User, client: Client) -> None:
    case, manager = closed_case(), factories.person("Mira", Function.COMMUNITY_MANAGER, certified=True)
    client.force_login(privacy)
    given = {"reason": "asked", "authority": "request", "secret": factories.PASSWORD}
    assert client.post(reverse("retention-erase", args=[case.person_key]), given).status_code == 302
    assert not vault().holds(case.vault)
    assert "Third week" not in client.post(reverse("retention-export", args=[case.person_key]), {"reason": "asked"}).text
    client.force_login(manager)
    page = client.get(reverse("case", args=[case.number]))
    assert page.status_code == 200 and "Third week" not in page.text
    assert client.get(reverse("post", args=[case.post_id])).status_code == 404
    for name in ("inbox", "cases", "search"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200 and "Third week" not in answer.text
    before = case.happenings.count()
    for act, given in (("case-note", {"text": "more"}), ("case-reopen", {"reason": "again", "version": case.version})):
        assert client.post(reverse(act, args=[case.number]), given).status_code in (409, 422, 400, 200)
    assert (Case.objects.get(pk=case.pk).state, case.happenings.count()) == (CaseState.CLOSED, before)
