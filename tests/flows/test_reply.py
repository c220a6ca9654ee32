"""An answer is an approved text with nothing of its own but a name; words of one's own go through a reviewer for one case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candour.cases.models import Case, Reply
from candour.core.review import MessageKind
from candour.core.rights import Function
from candour.core.states import DraftState, PublicationState
from candour.flows import hand_over, publish, reply, review, submit
from candour.flows.answers import Stale
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Draft, Publication
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
BOUND = (*g.CASES, "approval_draft")


@pytest.fixture
def case(ground: Ground) -> Case:
    (case,) = g.hear(ground, g.heard(g.MOTHER, "c1", author="Anna"))
    return case


def choice_of(on: Ground, case: Case, message: ApprovedMessage) -> reply.Choice:
    return next(choice for choice in reply.options(on.community, case, NOW).choices if choice.message == message)


def test_what_we_know_is_filled_in_and_never_taken_from_the_form(ground: Ground, case: Case) -> None:
    message = g.template(ground)
    evil = {"phone": "0900 666", "reporting_route": "evil.example", "company": "Evil", "signer": "Eve", "extra": "x"}
    sent = reply.send(ground.community, case, message, case.version, NOW, filled=evil)
    text = sent.publication.text
    assert text == (
        "Guten Tag, danke für Ihre Nachricht. Rufen Sie uns unter 0800 1234567 an. Melden: nebenwirkungen.example. Mira, Hollinqvist Pharma"
    )
    assert choice_of(ground, case, message).text == text, "what is sent is what the box showed"


@pytest.mark.parametrize("name", ["", "Anna\nwww.evil.example", "<b>Anna</b>", "{phone}", "Anna\u202e", "A" * 60, "http://x.example"])
def test_a_value_that_is_no_name_sends_nothing(ground: Ground, case: Case, name: str) -> None:
    message = g.template(ground, "Guten Tag {first_name}, danke. {signer}")
    filled = {"first_name": name} if name else {}
    refusal = g.refused(lambda: reply.send(ground.community, case, message, case.version, NOW, filled=filled), *BOUND)
    assert refusal.status == 400
    assert choice_of(ground, case, message).missing == ("first_name",)


def _expired(on: Ground) -> ApprovedMessage:
    message = g.template(on, now=NOW - timedelta(days=380))
    return message


def _other_market(on: Ground) -> ApprovedMessage:
    return _changed(g.template(on), market="at")


def _other_language(on: Ground) -> ApprovedMessage:
    return _changed(g.template(on), lang="en")


def _other_product(on: Ground) -> ApprovedMessage:
    return g.template(on, product=factories.product("Mivrantel"))


def _withdrawn(on: Ground) -> ApprovedMessage:
    return _changed(g.template(on), withdrawn_at=NOW - timedelta(minutes=1))


def _not_yet(on: Ground) -> ApprovedMessage:
    return _changed(g.template(on), valid_from=NOW + timedelta(minutes=1))


def _article(on: Ground) -> ApprovedMessage:
    return g.approved(on)


def _changed(message: ApprovedMessage, **fields: object) -> ApprovedMessage:
    with acting(factories.founder(), "test"):
        ApprovedMessage.objects.filter(pk=message.pk).update(**fields)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    "make", [_expired, _other_market, _other_language, _other_product, _withdrawn, _not_yet, _article], ids=lambda make: make.__name__[1:]
)
def test_a_text_that_does_not_fit_the_case_is_refused_also_when_the_form_names_it(ground: Ground, case: Case, make: object) -> None:
    message = make(ground)
    refusal = g.refused(lambda: reply.send(ground.community, case, message, case.version, NOW), *BOUND)
    assert refusal.why
    shown = [choice for choice in reply.options(ground.community, case, NOW).choices if choice.message == message]
    assert all((choice.usable, choice.why_not) == (False, refusal.why) for choice in shown), "the box says the same"


def test_nothing_is_sent_where_we_can_not_write(ground: Ground) -> None:
    account = factories.account("x-de", network="x", handle="@hollinqvist")
    source = factories.source("x-export", kind="file", of=account)
    (case,) = g.hear(ground, g.heard(g.MOTHER, "c1"), source=source)
    message, seen = g.template(ground), case.version
    for act in (
        lambda: reply.send(ground.community, case, message, seen, NOW),
        lambda: reply.ask_approval(ground.community, case, "Danke.", seen, NOW),
    ):
        assert "by hand" in g.refused(act, *BOUND).why


def test_a_closed_case_gets_no_reply_and_a_case_with_a_reply_on_its_way_is_not_closed(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.QUESTION, "c1"))
    message = g.template(ground, duties=["MIR"])
    hand_over.hand_over(ground.community, case, "MIR", case.version, NOW)
    hand_over.enter_receipt(ground.information, case.duties.get(), "MI-1", Case.objects.get().version, NOW)
    case.refresh_from_db()
    hand_over.no_reply_needed(ground.community, case, "phoned", case.version, NOW)
    reply.send(ground.community, case, message, case.version, NOW)
    refusal = g.refused(lambda: hand_over.close(ground.community, case, "answered", case.version, NOW), *g.CASES)
    assert "on its way" in refusal.why
    case.refresh_from_db()
    publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
    hand_over.close(ground.community, case, "answered", case.version, NOW)
    refusal = g.refused(lambda: reply.send(ground.community, case, message, case.version, NOW), *BOUND)
    assert "closed" in refusal.why


def test_the_answer_goes_to_the_last_words_of_the_person_in_their_thread(ground: Ground, case: Case) -> None:
    g.hear(ground, g.heard("Das war am Montag.", "c2", author="Anna"))
    g.hear(ground, g.heard(g.MOTHER + " Genau so bei uns!", "c3", author="Bert", thread="tagebuch"))
    case.refresh_from_db()
    assert case.alike == 1
    sent = reply.send(ground.community, case, g.template(ground), case.version, NOW).publication
    assert (sent.thread, sent.in_reply_to) == ("fragen", "c2")


def test_a_lapsed_certificate_refuses_the_click_and_leaves_the_way_of_approval(ground: Ground, case: Case) -> None:
    message = g.template(ground)
    lapsed = g.somebody("Nora Lapsus", Function.COMMUNITY_MANAGER, markets=("de",), certified=False)
    g.certify(lapsed, until=NOW)
    assert reply.options(lapsed, case, NOW - timedelta(seconds=1)).gate.allowed
    refusal = g.refused(lambda: reply.send(lapsed, case, message, case.version, NOW), *BOUND)
    assert refusal.remedy_url.endswith("/basics/")
    draft = reply.ask_approval(lapsed, case, "Guten Tag, danke für Ihre Nachricht.", case.version, NOW)
    assert (draft.kind, draft.state) == (MessageKind.FREE_REPLY, DraftState.IN_REVIEW)


# words of one's own


def released(on: Ground, case: Case, text: str = "Guten Tag, danke für Ihre Nachricht {so}.") -> ApprovedMessage:
    case.refresh_from_db()
    draft = reply.ask_approval(on.community, case, text, case.version, NOW)
    case.refresh_from_db()
    running = draft.reviews.get()
    assert [seal.role for seal in running.seals.all()] == ["medical"]
    review.sign(on.medical, running.seals.get(), g.PASSWORD, running.version.digest, NOW)
    return ApprovedMessage.objects.get(draft=draft)


def test_own_words_leave_after_a_reviewer_signed_them_for_this_case_once(ground: Ground, case: Case) -> None:
    message = released(ground, case)
    choice = choice_of(ground, case, message)
    assert (choice.usable, choice.suggested, choice.missing, choice.text) == (True, True, (), message.text), "braces are just braces"
    sent = reply.send(ground.community, case, message, case.version, NOW)
    publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
    sent.publication.refresh_from_db()
    assert (sent.publication.state, sent.publication.text) == (PublicationState.LIVE, message.text)
    case.refresh_from_db()
    refusal = g.refused(lambda: reply.send(ground.community, case, message, case.version, NOW), *BOUND)
    assert "one reply" in refusal.why


def test_own_words_released_for_one_case_answer_no_other_one_whatever_their_title(ground: Ground, case: Case) -> None:
    message = released(ground, case)
    (other,) = g.hear(ground, g.heard(g.QUESTION, "c9", author="Bert"))
    draft = Draft.objects.get(pk=message.draft_id)
    with acting(ground.lead, "test"):
        Draft.objects.filter(pk=draft.pk).update(title=f"Reply in {other.number}")
    refusal = g.refused(lambda: reply.send(ground.community, other, message, other.version, NOW), *BOUND)
    assert "another case" in refusal.why


def test_own_words_that_the_law_blocks_are_no_draft_either(ground: Ground, case: Case) -> None:
    text = "Zovellark ist garantiert ohne Nebenwirkungen."
    g.refused(lambda: reply.ask_approval(ground.community, case, text, case.version, NOW), *BOUND, "approval_draftversion")
    g.refused(lambda: reply.ask_approval(ground.community, case, "  ", case.version, NOW), *BOUND)
    g.refused(lambda: reply.ask_approval(ground.author, case, "Danke.", case.version, NOW), *BOUND)


def test_the_writer_of_own_words_signs_them_not(ground: Ground) -> None:
    both = g.somebody("Dr Vera Beides", Function.COMMUNITY_MANAGER, Function.MEDICAL_REVIEWER)
    (case,) = g.hear(ground, g.heard(g.MOTHER, "c1"))
    draft = reply.ask_approval(both, case, "Guten Tag, danke.", case.version, NOW)
    running = draft.reviews.get()
    g.refused(lambda: review.sign(both, running.seals.get(), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)
    g.refused(lambda: submit.save(ground.author, draft, "Anders.", draft.version, NOW), *g.DRAFTS)


# second writers


def test_a_page_that_is_no_longer_true_sends_nothing(ground: Ground, case: Case) -> None:
    message, seen = g.template(ground), case.version
    g.hear(ground, g.heard("Das war am Montag.", "c2", author="Anna"))
    refusal = g.refused(lambda: reply.send(ground.community, case, message, seen, NOW), *BOUND, kind=Stale)
    assert "listener" in refusal.why


def test_a_reply_seen_live_overtakes_nobody(ground: Ground, case: Case) -> None:
    reply.send(ground.community, case, g.template(ground), case.version, NOW)
    case.refresh_from_db()
    seen = case.version
    publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
    assert hand_over.hand_over(ground.community, case, "AE", seen, NOW + timedelta(minutes=1)).recipient


def test_taken_back_twice_or_too_late_changes_nothing(ground: Ground, case: Case) -> None:
    sent = reply.send(ground.community, case, g.template(ground), case.version, NOW)
    g.refused(lambda: reply.take_back(ground.author, sent, NOW), "approval_publication")
    reply.take_back(ground.community, sent, NOW)
    g.refused(lambda: reply.take_back(ground.community, sent, NOW), "approval_publication")
    assert Publication.objects.get().state == PublicationState.TAKEN_BACK
    assert Reply.objects.count() == 1


def test_the_reply_box_costs_the_same_for_one_template_and_for_ten(ground: Ground, case: Case) -> None:
    g.template(ground)
    reply.options(ground.community, case, NOW)
    with CaptureQueriesContext(connection) as one:
        reply.options(ground.community, case, NOW)
    for number in range(4):
        g.template(ground, title=f"Vorlage {number}")
    with CaptureQueriesContext(connection) as five:
        reply.options(ground.community, case, NOW)
    assert len(five) == len(one), [query["sql"][:200] for query in five.captured_queries]


def test_a_market_without_rules_in_force_says_so_and_sends_nothing(ground: Ground) -> None:
    account = factories.account("newsroom-fr", handle="hollinqvist.fr", market_code="fr")
    source = factories.source("newsroom-fr", of=account, market_code="fr")
    (case,) = g.hear(ground, g.heard(g.MOTHER, "c1"), source=source)
    message = _changed(g.template(ground, "Guten Tag. {signer}"), market="fr")
    somebody = g.somebody("Camille Roux", Function.COMMUNITY_MANAGER, markets=("fr",))
    assert [choice.usable for choice in reply.options(somebody, case, NOW).choices] == [True]
    refusal = g.refused(lambda: reply.send(somebody, case, message, case.version, NOW), *BOUND)
    assert "No rules are active for FR" in refusal.why
