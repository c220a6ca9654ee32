"""The registry: what a reader sees, what is refused without a trace, and a passport that answers the auditor's first questions."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import factories
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candour.core.rights import Function
from candour.flows.register import seen_digest
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening.models import Gap
from candour.people.actions import set_deputy
from candour.people.models import User
from candour.registry import actions as registry
from candour.registry.actions import AccountFacts, RegistryFault
from candour.registry.models import Account, ProductStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground() -> None:
    factories.installation()
    factories.company()
    factories.market("de")
    factories.market("fr", "France", "Europe/Paris")


@pytest.fixture
def lead(client: Client) -> User:
    """A country lead for Germany, signed in."""
    person = factories.person("Lena Osterkamp", Function.COUNTRY_LEAD, markets=("de",))
    client.force_login(person)
    return person


def add(**facts: object) -> Account:
    with acting(factories.founder(), "test"):
        return registry.add_account(AccountFacts(**{"network": "bluesky", "market": "de"} | facts), factories.now())


def page(client: Client, name: str = "registry", *args: str, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def form(account: Account | None = None, **given: str) -> dict[str, str]:
    usual = {"market": "de", "audience": "pub", "ours": "1", "screening_minutes": "15", "purpose": "answers", "network": "bluesky"}
    return usual | ({"seen": seen_digest(account)} if account else {}) | given


class TestTable:
    def test_rows_of_other_markets_are_not_there(self, client: Client, lead: User) -> None:
        add(handle="ours.example"), add(handle="theirs.example", market="fr")
        text = page(client)
        assert "ours.example" in text and "theirs.example" not in text

    def test_an_account_without_owner_says_since_when(self, client: Client, lead: User) -> None:
        account = add(handle="orphan.example", owner=factories.person("Nora Brandt"))
        with acting(factories.founder(), "test"):
            registry.leave(account, factories.now().replace(month=1, day=3, hour=12))
        text = page(client, owner="missing")
        assert "orphan.example" in text and "Nobody owns this account since" in text and "3 Jan" in text

    def test_owner_and_deputy_carry_their_certificate(self, client: Client, lead: User) -> None:
        well = factories.person("Nora Brandt", certified=True)
        ended = factories.person("Paul Reuter")
        factories.certify(ended, until=factories.now() - timedelta(days=2))
        add(handle="a.example", owner=well, deputy=ended)
        text = page(client)
        assert "certified until" in text and "certificate ended" in text

    def test_views_narrow(self, client: Client, lead: User) -> None:
        add(handle="mine.example", owner=lead), add(handle="blue.example"), add(handle="news.example", network="newsroom")
        assert "blue.example" not in page(client, owner=str(lead.pk))
        assert "news.example" not in page(client, network="bluesky")
        assert "No account is like that" in page(client, connection="lost")

    def test_silence_of_its_source_stands_on_the_row(self, client: Client, lead: User) -> None:
        source = factories.source("s", of=add(handle="quiet.example"))
        with acting(factories.founder(), "test"):
            Gap.objects.create(source=source, opened_at=factories.now() - timedelta(hours=2), why="no answer")
        assert "silent" in page(client)

    def test_pages_go_on_without_offset_or_count(self, client: Client, lead: User) -> None:
        for number in range(65):
            add(handle=f"h{number:02}.example")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            first = page(client)
        assert "h59.example" in first and "h60.example" not in first
        after = Account.objects.get(handle="h59.example").key
        second = page(client, after=after)
        assert "h60.example" in second and "h59.example" not in second and "More accounts" not in second
        assert not [q for q in asked.captured_queries if "OFFSET" in q["sql"] or "COUNT(" in q["sql"]]
        assert len(asked.captured_queries) < 30

    def test_cases_are_counted_only_for_those_who_may_see_cases(self, client: Client) -> None:
        account = add(handle="a.example")
        factories.case(on=factories.source("s", of=account))
        client.force_login(factories.person("Legal", Function.LEGAL_REVIEWER, markets=("de",)))
        assert "Open cases" not in page(client)
        client.force_login(factories.person("Com", Function.COMMUNITY_MANAGER, markets=("de",)))
        assert "Open cases" in page(client)

    def test_products_show_the_status_of_a_day(self, client: Client, lead: User) -> None:
        product, market = factories.product(), factories.market()
        today = factories.now().date()
        with acting(factories.founder(), "test"):
            registry.set_status(product, market, "inv", today - timedelta(days=400))
            registry.set_status(product, market, "rx", today - timedelta(days=10), boxed_warning=True)
        assert "boxed warning" in page(client, tab="products")
        before = page(client, tab="products", on=(today - timedelta(days=20)).isoformat())
        assert "Investigational" in before and "boxed warning" not in before

    def test_without_any_function_there_is_nothing(self, client: Client) -> None:
        client.force_login(factories.person("Nobody"))
        for name in ("registry", "registry-export"):
            assert client.get(reverse(name)).status_code == 404


class TestPassport:
    def test_it_names_who_may_do_what_deputies_too(self, client: Client, lead: User) -> None:
        away, deputy = factories.person("Mira Castellane", Function.COMMUNITY_MANAGER, markets=("de",)), factories.person("Tom Weiss")
        with acting(factories.founder(), "test"):
            now = factories.now()
            set_deputy(away, deputy, away_from=now - timedelta(hours=1), away_to=now + timedelta(days=5))
        text = page(client, "passport", add(handle="a.example").key)
        assert "Mira Castellane" in text and "Tom Weiss" in text and "as deputy" in text

    def test_products_have_their_status_today_or_a_warning(self, client: Client, lead: User) -> None:
        with acting(factories.founder(), "test"):
            registry.set_status(factories.product(), factories.market(), "rx", factories.now().date())
        factories.product("Larquessa")
        text = page(client, "passport", add(handle="a.example").key)
        assert "Prescription" in text and "not registered here" in text

    def test_its_life_is_told_in_sentences(self, client: Client, lead: User) -> None:
        account = add(handle="a.example", owner=factories.person("Nora Brandt"))
        client.post(reverse("account-change", args=[account.key]), form(account, purpose="answers patients", reason="new brief"))
        text = page(client, "passport", account.key)
        assert "Lena Osterkamp changed account" in text and "answers patients" in text and "Nora Brandt" in text

    def test_another_markets_passport_is_not_here(self, client: Client, lead: User) -> None:
        account = add(handle="theirs.example", market="fr")
        assert client.get(reverse("passport", args=[account.key])).status_code == 404
        assert client.post(reverse("account-change", args=[account.key]), form(account)).status_code == 404


class TestForm:
    def test_a_lead_registers_an_account_and_the_journal_knows(self, client: Client, lead: User) -> None:
        answer = client.post(reverse("account-new"), form(handle="new.example", owner=str(lead.pk)))
        account = Account.objects.get(handle="new.example")
        assert answer.url == reverse("passport", args=[account.key]) and account.owner == lead
        assert Entry.objects.get(subject="registry_account", key=str(account.pk)).actor == str(lead.pk)

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"market": "fr", "handle": "x"}, "hold no function"),
            ({"market": "xx", "handle": "x"}, "hold no function"),
            ({"handle": ""}, "needs a network and a handle"),
            ({"handle": "TWIN.example"}, "registered already"),
            ({"handle": "@twin.example"}, "registered already"),
            ({"handle": "x", "ours": ""}, "not under our responsibility"),
            ({"handle": "x", "audience": "all"}, "audience is one of"),
            ({"handle": "x", "screening_minutes": "0"}, "between 1 and 43200"),
            ({"handle": "x", "rules_page": "javascript:alert(1)"}, "https://"),
            ({"handle": "x", "brand": "nothing"}, "is not registered"),
        ],
    )
    def test_a_refusal_says_why_and_changes_nothing(self, client: Client, lead: User, given: dict[str, str], words: str) -> None:
        add(handle="twin.example")
        accounts, entries = Account.objects.count(), Entry.objects.count()
        answer = client.post(reverse("account-new"), form(**given))
        assert answer.status_code in (400, 403) and words in answer.content.decode()
        assert (Account.objects.count(), Entry.objects.count()) == (accounts, entries)

    @pytest.mark.parametrize("function", [Function.AUDITOR, Function.COMMUNITY_MANAGER, Function.AUTHOR])
    def test_those_who_only_see_change_nothing(self, client: Client, function: Function) -> None:
        client.force_login(factories.person("Reader", function))
        account, entries = add(handle="a.example"), Entry.objects.count()
        for url in (reverse("account-new"), reverse("account-change", args=[account.key])):
            assert client.get(url).status_code == 403
            assert client.post(url, form(account, handle="b.example", purpose="mine")).status_code == 403
        account.refresh_from_db()
        assert account.purpose == "" and Account.objects.count() == 1 and Entry.objects.count() == entries
        assert "Register an account" not in page(client)

    def test_an_account_is_not_moved_where_the_right_ends(self, client: Client, lead: User) -> None:
        account = add(handle="a.example")
        assert client.post(reverse("account-change", args=[account.key]), form(account, market="fr")).status_code == 403
        account.refresh_from_db()
        assert account.market == "de"

    def test_the_second_writer_is_refused(self, client: Client, lead: User) -> None:
        account = add(handle="a.example")
        older = form(account, purpose="mine")
        client.post(reverse("account-change", args=[account.key]), form(account, purpose="theirs"))
        answer = client.post(reverse("account-change", args=[account.key]), older)
        account.refresh_from_db()
        assert answer.status_code == 409 and account.purpose == "theirs"

    def test_a_new_owner_counts_from_now_and_the_same_one_does_not(self, client: Client, lead: User) -> None:
        account = add(handle="a.example", owner=factories.person("Nora Brandt"))
        since = account.owner_since
        client.post(reverse("account-change", args=[account.key]), form(account, owner=str(account.owner_id), purpose="other"))
        account.refresh_from_db()
        assert account.owner_since == since
        client.post(reverse("account-change", args=[account.key]), form(account, owner=str(lead.pk)))
        account.refresh_from_db()
        assert account.owner == lead and account.owner_since > since


class TestActions:
    def test_an_orphan_is_adopted_once(self) -> None:
        account, owner = add(handle="a.example"), factories.person("Nora Brandt")
        with acting(factories.founder(), "test"):
            registry.adopt(account, owner, factories.now())
            with pytest.raises(RegistryFault, match="Nora Brandt owns"):
                registry.adopt(account, factories.person("Other"), factories.now())
        account.refresh_from_db()
        assert account.owner == owner

    def test_statuses_follow_each_other_and_history_is_not_rewritten(self) -> None:
        product, market, today = factories.product(), factories.market(), factories.now().date()
        with acting(factories.founder(), "test"):
            first = registry.set_status(product, market, "inv", today - timedelta(days=9))
            registry.set_status(product, market, "rx", today)
            with pytest.raises(RegistryFault, match="already registered"):
                registry.set_status(product, market, "otc", today - timedelta(days=2))
            with pytest.raises(RegistryFault, match="no status"):
                registry.set_status(product, market, "gone", today + timedelta(days=2))
        first.refresh_from_db()
        assert first.valid_to == today and ProductStatus.objects.count() == 2

    def test_keys_never_meet_an_address_of_the_screen(self) -> None:
        with acting(factories.founder(), "test"):
            keys = [registry.free_key(Account, words) for words in ("new", "export", "Héllo @ wörld.de", "…")]
        assert keys == ["new-2", "export-2", "hello-world-de", "row"]

    def test_writing_the_same_leaves_no_entry(self) -> None:
        account = add(handle="a.example")
        before = Entry.objects.count()
        with acting(factories.founder(), "test"):
            assert registry.change_account(account, registry.facts_of(account), factories.now()) == {}
        assert Entry.objects.count() == before


def test_the_export_holds_no_formula_and_only_the_readers_rows(client: Client, lead: User) -> None:
    add(handle="@a.example", purpose="=HYPERLINK(1)"), add(handle="theirs.example", market="fr")
    answer = client.get(reverse("registry-export"))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["handle"], row["purpose"]) for row in rows] == [("'@a.example", "'=HYPERLINK(1)")]
