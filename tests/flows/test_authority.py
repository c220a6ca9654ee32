"""What a law wants on file: nothing goes out without it, an entry counts for its bytes alone, and a withdrawn one closes the gate again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils.translation import override

from candour.channels.base import Published, SeenLive
from candour.core.rights import Function
from candour.core.terms import Severity
from candour.flows import authority, publish
from candour.flows import submit as writing
from candour.flows.answers import Refusal, Stale
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages import authority_queries as queries
from candour.messages.models import ApprovedMessage, AuthorityEntry, AuthorityWithdrawal, FilingDuty, Publication
from candour.people.rights import held_by
from tests import approve_factories, factories
from tests import authority_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = approve_factories.QUICK_HASHERS


class FakeChannel:
    """A destination that takes everything and counts it."""

    kind, delivery = "newsroom", "exactly_once"

    def __init__(self) -> None:
        self.sent: list[str] = []

    def publish(self, message: Any) -> Published:
        self.sent.append(message.text)
        return Published("r1", "http://127.0.0.1/r1", "v1")

    def read_back(self, remote_id: str, url: str = "") -> SeenLive:
        return SeenLive(self.sent[-1], "v1", url)

    def normalise_live(self, text: str) -> str:
        return text


@contextmanager
def going_out() -> Iterator[FakeChannel]:
    channel = FakeChannel()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "channel_of", lambda _account: channel)
        yield channel


def enter(on: make.Country, thing: Any, gate: str = "authority_number", number: str = make.KOAG, **more: Any) -> AuthorityEntry:
    given = more.pop("given_on", factories.now().date() - timedelta(days=1))
    return authority.enter(more.pop("by", on.regulatory), thing, gate, on.market, number, given, factories.now(), **more)


def counts() -> tuple[int, ...]:
    refusals = Entry.objects.filter(act__endswith=".refused").count()
    tables = (Publication, AuthorityEntry, AuthorityWithdrawal, FilingDuty)
    return (*(table.objects.count() for table in tables), Entry.objects.count() - refusals)


def only(message: Any) -> authority.Standing:
    (one,) = authority.gates_of(message, factories.now())
    return one


def test_publication_without_the_number_is_refused_and_changes_nothing() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    before = counts()
    with pytest.raises(Refusal) as refused:
        publish.publish(on.author, message, on.account, factories.now())
    assert counts() == before
    for words in ("Number of the Keuringsraad", "NL", "Code voor de Publieksreclame", "Lena Osterkamp"):
        assert words in refused.value.why


def test_with_the_number_it_goes_out_and_the_entry_is_in_the_journal() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    entry = enter(on, message, note="telephone call with the office")
    assert only(message).entry == entry and only(message).met
    with going_out() as channel:
        row = publish.publish(on.author, message, on.account, factories.now())
        assert publish.step(on.publisher, row.pk, factories.now())
    assert channel.sent == [make.NL]
    assert not FilingDuty.objects.exists()
    recorded = Entry.objects.filter(act="authority.enter").get()
    assert recorded.reason == f"NL-03-OTCAPPROVAL: {make.KOAG}"


def test_a_withdrawn_entry_closes_the_gate_again_also_for_what_is_already_ordered() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    entry = enter(on, message)
    later = factories.now() + timedelta(hours=1)
    row = publish.publish(on.author, message, on.account, factories.now(), due_at=later)
    authority.withdraw(on.regulatory, entry, "given for another pack", factories.now())
    assert not only(message).met and "withdrawn" in only(message).why
    with going_out() as channel:
        publish.step(on.publisher, row.pk, later)
    row.refresh_from_db()
    assert channel.sent == [] and row.state == "failed" and "Number of the Keuringsraad" in row.problem
    with pytest.raises(Refusal):
        publish.publish(on.author, message, on.account, factories.now())
    with pytest.raises(Stale):
        authority.withdraw(on.regulatory, entry, "again", factories.now())
    assert AuthorityWithdrawal.objects.count() == 1


def test_an_entry_that_ends_before_the_day_of_publication_does_not_open_it() -> None:
    on = make.country("fr")
    message = make.approved(on, make.FR)
    today = factories.now().date()
    enter(on, message, number=make.VISA, valid_until=today + timedelta(days=3))
    assert authority.unmet(message, factories.now()) == ""
    assert "has run out" in authority.unmet(message, factories.now() + timedelta(days=10))


WRONG = {
    "too short": {"number": "GP1"},
    "too few digits": {"number": "visa GP number"},
    "lacks GP or PM": {"number": "26/01/1234567/XX/001"},
    "too long": {"number": make.VISA * 4},
    "Say on which day": {"given_on": None},
    "has not come yet": {"given_on": date(2999, 1, 1)},
    "until which day it holds": {"valid_until": None},
    "run out already": {"valid_until": date(2020, 1, 1)},
    "64 characters": {"document_sha256": "ab12"},
}


@pytest.mark.parametrize("words", WRONG)
def test_an_entry_that_cant_be_right_is_refused_and_changes_nothing(words: str) -> None:
    on = make.country("fr")
    message = make.approved(on, make.FR)
    before, fine = counts(), {"number": make.VISA, "valid_until": date(2999, 1, 1)}
    with pytest.raises(Refusal, match=words) as refused:
        enter(on, message, **(fine | WRONG[words]))
    assert refused.value.status == 400
    assert counts() == before
    enter(on, message, **fine)


def test_the_same_number_twice_and_a_gate_nobody_asks_for_are_refused() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    enter(on, message)
    before = counts()
    for more in ({}, {"gate": "contract", "number": "C-1"}):
        with pytest.raises(Refusal) as refused:
            enter(on, message, **more)
        assert refused.value.status == 409
    assert counts() == before


def test_a_number_entered_for_the_draft_counts_for_those_bytes_alone() -> None:
    on = make.country("nl")
    made = make.draft(on, make.NL)
    enter(on, made)
    assert only(made).met
    writing.save(on.author, made, make.NL_OTHER, made.version, factories.now())
    assert not only(made).met and "another text" in only(made).why
    made.refresh_from_db()
    message = make.sign(on, made)
    assert "another text" in only(message).why
    assert authority.unmet(message, factories.now())
    enter(on, message, number="1234-0626-9999")
    assert authority.unmet(message, factories.now()) == ""


def test_a_number_entered_for_the_draft_opens_the_message_signed_from_it() -> None:
    on = make.country("nl")
    made = make.draft(on, make.NL)
    entry = enter(on, made)
    assert only(make.sign(on, made)).entry == entry


@pytest.mark.parametrize("function", [one for one in Function if one not in (Function.LISTENER, Function.PUBLISHER)])
def test_only_a_regulatory_reviewer_of_the_market_enters_and_withdraws(function: Function) -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    entry = enter(on, message)
    able = function is Function.REGULATORY_REVIEWER
    for markets in ((""), ("nl",), ("de",)):
        person = factories.person("Some", function, markets=markets or ("",), certified=True)
        before, allowed = counts(), able and markets != ("de",)
        if allowed:
            enter(on, message, by=person, number=f"1234-0626-{person.pk:04}")
            continue
        with pytest.raises(Refusal):
            enter(on, message, by=person, number="1234-0626-0000")
        with pytest.raises(Refusal):
            authority.withdraw(person, entry, "wrong", factories.now())
        assert counts() == before


def test_a_lapsed_certificate_keeps_from_entering_and_not_from_withdrawing() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    entry = enter(on, message)
    lapsed = factories.person("Nils Untrained", Function.REGULATORY_REVIEWER)
    with pytest.raises(Refusal) as refused:
        enter(on, message, by=lapsed, number="1234-0626-0000")
    assert "certificate" in refused.value.why
    with pytest.raises(Refusal):
        authority.withdraw(lapsed, entry, "  ", factories.now())
    authority.withdraw(lapsed, entry, "typed wrongly", factories.now())
    assert not only(message).met


@pytest.mark.parametrize("table", ["approval_authorityentry", "approval_filingduty", "approval_authoritywithdrawal"])
def test_an_entry_is_never_edited_or_deleted(table: str) -> None:
    on = make.country("nl")
    entry = enter(on, make.approved(on, make.NL))
    authority.withdraw(on.regulatory, entry, "wrong", factories.now())
    with acting(on.lead, "test"):
        FilingDuty.objects.create(
            message=entry.message, gate="form2253", market="us", rule="r", law="l", digest="0" * 64, opened_at=factories.now()
        )
    from django.db import connection

    for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(DatabaseError), acting(on.lead, "test"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_form_2253_lets_it_out_and_is_owed_from_the_first_use_on() -> None:
    on = make.country("us")
    message = make.approved(on, make.US)
    one = only(message)
    assert not one.met and not one.closes and one.due_on is None
    held = held_by(on.regulatory, factories.now())
    with going_out():
        row = publish.publish(on.author, message, on.account, factories.now())
        assert not FilingDuty.objects.exists(), "nothing is owed before it was used"
        publish.step(on.publisher, row.pk, factories.now())
    (duty,) = queries.owed_visible_to(held)
    assert (duty.rule, duty.gate, duty.market, duty.message) == ("US-11-FORM2253", "form2253", "us", message)
    assert only(message).due_on is not None
    entry = enter(on, message, gate="form2253", number="NDA 219999, 0042")
    assert not queries.owed_visible_to(held).exists() and only(message).met
    authority.withdraw(on.regulatory, entry, "returned by FDA", factories.now())
    assert list(queries.owed_visible_to(held)) == [duty]


def test_what_is_owed_is_told_to_whoever_may_enter_it() -> None:
    from candour.flows.past_limit import filings

    on = make.country("us")
    message = make.approved(on, make.US)
    with going_out():
        row = publish.publish(on.author, message, on.account, factories.now())
        publish.step(on.publisher, row.pk, factories.now())
    (hit,) = filings(factories.now())
    assert (hit.watch, hit.act, hit.market, hit.thing[1]) == ("filing.open", "authority.enter", "us", message.key)
    enter(on, message, gate="form2253", number="NDA 219999, 0042")
    assert list(filings(factories.now())) == []


def test_a_certificate_is_the_medical_signature_or_an_entry_where_no_physician_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    on = make.country("uk")
    by_physician = make.approved(on, make.UK)
    assert only(by_physician).signature is not None and authority.unmet(by_physician, factories.now()) == ""
    without = make.approved(on, make.UK, product=False)
    monkeypatch.setattr(authority.queries, "medical_signature", lambda _message: None)
    assert only(without).signature is None
    assert "Certificate of a signatory" in authority.unmet(without, factories.now())
    enter(on, without, gate="certificate", number="GMC 7012345")
    assert authority.unmet(without, factories.now()) == ""


def test_what_waits_at_a_gate_is_listed_until_it_is_met() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    make.approved(on, "Onze nieuwe kantoren zijn open.", product=False)
    held = held_by(on.regulatory, factories.now())
    (row,) = authority.waiting(held, factories.now())
    assert row.message == message and [one.asked.gate.id for one in row.closed] == ["authority_number"]
    assert authority.waiting((), factories.now()) == []
    enter(on, message)
    assert authority.waiting(held, factories.now()) == []


@pytest.mark.parametrize("mild_first", [True, False])
def test_where_several_rules_name_a_gate_the_strictest_decides(mild_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    judged = authority.check_piece

    def twice(*args: Any, **more: Any) -> Any:
        result = judged(*args, **more)
        (row,) = (found for found in result.findings if found.kind == "gate")
        mild = replace(row, severity_at_publication=Severity.ADVICE)
        return replace(result, findings=(mild, row) if mild_first else (row, mild))

    monkeypatch.setattr(authority, "check_piece", twice)
    assert only(message).asked.severity is Severity.BLOCK and authority.unmet(message, factories.now())


def test_answers_and_messages_without_a_draft_are_not_asked() -> None:
    on = approve_factories.ground()
    assert authority.gates_of(approve_factories.template(on), factories.now()) == []


def test_the_reader_is_told_in_their_language() -> None:
    on = make.country("nl")
    message: ApprovedMessage = make.approved(on, make.NL)
    with override("de"):
        assert only(message).asked.gate.name("de") in authority.unmet(message, factories.now())
