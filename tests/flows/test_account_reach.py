"""A draft is judged where its account reaches: by the market, by the country of the legal owner, and by those it is aimed at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from candour.flows import register, submit
from candour.flows.answers import Refusal
from candour.flows.releases import activate_market
from candour.journal.models import Entry
from candour.registry.actions import facts_of
from candour.registry.models import Account
from tests import factories
from tests.approve_factories import MENDED, Ground, draft, ground

pytestmark = pytest.mark.django_db


@pytest.fixture
def on() -> Ground:
    made = ground()
    factories.market("us", "United States", "America/New_York")
    activate_market(made.lead, "us", factories.PASSWORD, factories.now() - timedelta(hours=1))
    return made


def _reach(on: Ground, **facts: str) -> Account:
    account = Account.objects.get(pk=on.account.pk)
    register.change_account(on.lead, account, replace(facts_of(account), **facts), register.seen_digest(account), factories.now())
    return Account.objects.get(pk=account.pk)


def _releases(on: Ground) -> set[str]:
    made = draft(on, MENDED, product=on.product)
    return set(submit.check(on.author, submit.last_version(made), factories.now()).releases)


@pytest.mark.parametrize("facts", [{"owner_country": "us"}, {"aimed_at": "us"}])
def test_the_rules_of_the_owner_and_of_the_countries_aimed_at_judge_too(on: Ground, facts: dict[str, str]) -> None:
    assert _releases(on) == {"de"}
    on.account = _reach(on, **facts)
    assert _releases(on) == {"de", "us"}


def test_what_is_no_country_is_refused_and_changes_nothing(on: Ground) -> None:
    entries = Entry.objects.count()
    with pytest.raises(Refusal, match="no country"):
        _reach(on, aimed_at="us everywhere")
    assert Account.objects.get(pk=on.account.pk).aimed_at == ""
    assert Entry.objects.count() == entries


def test_links_and_the_words_for_a_picture_are_judged_with_the_text(on: Ground) -> None:
    made = submit.create_draft(
        on.author,
        title="Post",
        account=on.account,
        product=on.product,
        lang="de",
        text="Ein guter Tag ohne Schmerzen.",
        now=factories.now(),
        links=["https://zovellark.example/garantiert-wirksam"],
    )
    rows = submit.live_check(made, "Ein guter Tag.", factories.now()).as_row()["findings"]
    fields = {span.get("field") for row in rows for span in row["spans"]}
    assert "link_text" in fields
