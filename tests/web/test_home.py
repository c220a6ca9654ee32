"""Home by role: nearest first, deputies said so, certificates in time, exceptions only for those who may see them."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candour.cases.models import Case, Duty
from candour.core.rights import Function
from candour.core.states import DutyState, SealState
from candour.core.terms import DutyKind
from candour.insight import queries
from candour.journal.acting import acting
from candour.listening.models import Gap
from candour.messages.models import CheckRun, Draft, DraftVersion, Review, Seal
from candour.people.actions import set_deputy
from candour.people.models import User
from candour.people.rights import held_by
from candour.registry import actions as registry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground() -> None:
    factories.installation()
    factories.company()
    factories.market("de")


def home(client: Client, person: User) -> str:
    client.force_login(person)
    answer = client.get(reverse("home"))
    assert answer.status_code == 200
    return answer.content.decode()


def review(author: User, *, due_in: timedelta = timedelta(hours=3), market: str = "de") -> Review:
    """A draft in review with its three seals."""
    now = factories.now()
    account = factories.account(f"acc-{market}", handle=f"{market}.example", market_code=market)
    with acting(factories.founder(), "test"):
        draft = Draft.objects.create(
            title="Migraine week", account=account, market=market, lang="de", owner=author, changed_at=now, state="in_review"
        )
        version = DraftVersion.objects.create(draft=draft, number=1, text="x", exact=b"x", digest="0", author=author, saved_at=now)
        run = CheckRun.objects.create(version=version, releases=[], verdict="pass", findings=[], at=now)
        found = Review.objects.create(
            draft=draft, version=version, check_run=run, submitted_by=author, submitted_at=now, due_at=now + due_in
        )
        for role in ("medical", "legal", "regulatory"):
            Seal.objects.create(review=found, role=role, state=SealState.WAITING)
    return found


class TestClocks:
    def test_mine_and_those_nobody_has_stand_nearest_first(self, client: Client) -> None:
        mira, tom = (factories.person(name, Function.COMMUNITY_MANAGER, markets=("de",)) for name in ("Mira", "Tom"))
        late = factories.case(service_in=timedelta(minutes=-12))
        mine = factories.case(service_in=timedelta(minutes=50), assignee=mira, author="b.example")
        factories.case(service_in=timedelta(minutes=5), assignee=tom, author="c.example")
        rows = queries.my_cases(held_by(mira, factories.now()), mira).rows
        assert [row.pk for row in rows] == [late.pk, mine.pk]
        text = home(client, mira)
        assert text.index(late.number) < text.index(mine.number) and "1 case is late." in text

    def test_another_markets_cases_are_not_mine(self, client: Client) -> None:
        factories.market("fr", "France", "Europe/Paris")
        case = factories.case()
        assert case.number not in home(client, factories.person("Marie", Function.COMMUNITY_MANAGER, markets=("fr",)))

    def test_the_figure_is_the_number_of_rows_and_stops_at_its_cap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "COUNTED", 3)
        mira = factories.person("Mira", Function.COMMUNITY_MANAGER)
        for number in range(5):
            factories.case(author=f"a{number}.example")
        figure = queries.my_cases(held_by(mira, factories.now()), mira)
        assert figure.count == 3 and figure.capped


class TestReviews:
    def test_a_seal_of_my_role_waits_for_me_and_not_for_its_author(self) -> None:
        author = factories.person("Ben", Function.AUTHOR, Function.MEDICAL_REVIEWER)
        doctor, lawyer = factories.person("Ines", Function.MEDICAL_REVIEWER), factories.person("Rolf", Function.LEGAL_REVIEWER)
        review(author)
        now = factories.now()
        assert [item.seal.role for item in queries.my_reviews(held_by(doctor, now), doctor).rows] == ["medical"]
        assert [item.seal.role for item in queries.my_reviews(held_by(lawyer, now), lawyer).rows] == ["legal"]
        assert queries.my_reviews(held_by(author, now), author).count == 0

    def test_a_deputy_is_told_for_whom(self, client: Client) -> None:
        away, deputy = factories.person("Ines Falkenrath", Function.MEDICAL_REVIEWER), factories.person("Karl Deputat")
        review(factories.person("Ben", Function.AUTHOR))
        with acting(factories.founder(), "test"):
            set_deputy(away, deputy, away_from=factories.now() - timedelta(hours=1), away_to=factories.now() + timedelta(days=3))
        assert "as deputy of Ines Falkenrath" in home(client, deputy)
        assert "as deputy" not in home(client, away)

    def test_a_signed_seal_and_an_ended_review_wait_for_nobody(self) -> None:
        doctor = factories.person("Ines", Function.MEDICAL_REVIEWER)
        found = review(factories.person("Ben", Function.AUTHOR))
        with acting(factories.founder(), "test"):
            found.ended_at = factories.now()
            found.save()
        assert queries.my_reviews(held_by(doctor, factories.now()), doctor).count == 0


class TestCertificate:
    @pytest.mark.parametrize(
        ("days", "words", "course"),
        [(200, "Valid until", False), (12, "Ends in", True), (-1, "Ended on", True), (None, "None yet", True)],
    )
    def test_it_says_where_i_stand_and_leads_to_the_course(self, client: Client, days: int | None, words: str, course: bool) -> None:
        person = factories.person("Mira", Function.COMMUNITY_MANAGER)
        if days is not None:
            factories.certify(person, until=factories.now() + timedelta(days=days))
        text = home(client, person)
        assert words in text and (reverse("course", args=["basics"]) in text) is course

    def test_a_function_that_needs_none_is_not_pressed(self, client: Client) -> None:
        assert "Not needed for your functions" in home(client, factories.person("Aude", Function.AUDITOR))


class TestExceptions:
    @pytest.fixture
    def disorder(self) -> Case:
        """One of each."""
        case = factories.case(on=factories.source("quiet"))
        with acting(factories.founder(), "test"):
            now = factories.now()
            account = registry.add_account(registry.AccountFacts(network="bluesky", handle="orphan.example", market="de"), now)
            registry.leave(account, now)
            Gap.objects.create(source=factories.source("quiet"), opened_at=now - timedelta(hours=2), why="no answer since then")
            Duty.objects.filter(case=case, kind=DutyKind.AE).update(state=DutyState.HANDED_OVER, handed_over_at=now - timedelta(hours=5))
        factories.person("Lapsed Lukas", Function.AUTHOR, markets=("de",))
        return case

    def test_the_centre_of_excellence_sees_each_with_its_rows(self, client: Client, disorder: Case) -> None:
        text = home(client, factories.person("Lena", Function.COE_LEAD, certified=True))
        for words in ("1 source is silent", "1 account without owner", "1 hand-over without receipt", "1 person without valid certificate"):
            assert words in text
        for row in ("no answer since then", "orphan.example", disorder.number, "Lapsed Lukas"):
            assert row in text

    def test_others_see_only_what_they_may(self, client: Client, disorder: Case) -> None:
        text = home(client, factories.person("Rolf", Function.LEGAL_REVIEWER, markets=("de",), certified=True))
        assert "1 account without owner" in text
        for words in ("source is silent", "without receipt", "without valid certificate", disorder.number):
            assert words not in text

    def test_another_market_sees_none(self, client: Client, disorder: Case) -> None:
        factories.market("fr", "France", "Europe/Paris")
        assert "Nothing is out of order" in home(client, factories.person("Luc", Function.COUNTRY_LEAD, markets=("fr",), certified=True))


class TestReceipts:
    @pytest.mark.parametrize(("function", "waits"), [(Function.DRUG_SAFETY, True), (Function.QUALITY, False)])
    def test_a_hand_over_waits_only_for_its_receiver(self, client: Client, function: Function, waits: bool) -> None:
        case = factories.case()
        with acting(factories.founder(), "test"):
            Duty.objects.filter(case=case).update(state=DutyState.HANDED_OVER, handed_over_at=factories.now())
        person = factories.person("Ines", function)
        assert (queries.my_receipts(held_by(person, factories.now())).count == 1) is waits
        assert ("Enter receipt" in home(client, person)) is waits


class TestOrder:
    def handed_over(self) -> None:
        with acting(factories.founder(), "test"):
            Duty.objects.filter(case=factories.case()).update(state=DutyState.HANDED_OVER, handed_over_at=factories.now())

    def test_who_receives_begins_with_the_hand_overs_and_who_answers_with_the_clocks(self, client: Client) -> None:
        self.handed_over()
        factories.case(author="b.example")
        ines = home(client, factories.person("Ines", Function.DRUG_SAFETY))
        assert ines.index("Waiting for my receipt") < ines.index("My clocks")
        assert ines.index("1 hand-over waits for your receipt.") < ines.index("Waiting for my receipt")
        both = home(client, factories.person("Emil", Function.COMMUNITY_MANAGER, Function.DRUG_SAFETY))
        assert both.index("My clocks") < both.index("Waiting for my receipt")

    def test_what_is_empty_stands_last(self, client: Client) -> None:
        factories.case()
        ines = home(client, factories.person("Ines", Function.DRUG_SAFETY))
        assert ines.index("My clocks") < ines.index("Waiting for my receipt") < ines.index("No hand-over waits for you")

    def test_the_seal_of_the_journal_stands_only_for_those_who_may_read_it(self, client: Client) -> None:
        assert "Open the journal" in home(client, factories.person("Nadia", Function.AUDITOR))
        assert "Open the journal" not in home(client, factories.person("Ben", Function.AUTHOR))


def test_nothing_to_do_is_said(client: Client) -> None:
    text = home(client, factories.person("Mira", Function.COMMUNITY_MANAGER, certified=True))
    assert "Nothing of yours runs out soon." in text and "No open case is yours" in text and "Nothing is out of order" in text


def test_somebody_without_function_gets_a_page(client: Client) -> None:
    assert "You hold no queue" in home(client, factories.person("Nobody"))


def test_home_asks_a_bounded_number_of_questions_and_counts_nothing(client: Client) -> None:
    for number in range(8):
        factories.case(author=f"a{number}.example")
    client.force_login(factories.person("Lena", Function.COE_LEAD, Function.COMMUNITY_MANAGER))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("home"))
    assert not [q for q in asked.captured_queries if "COUNT(*)" in q["sql"] or "OFFSET" in q["sql"]]
    assert len(asked.captured_queries) < 40
