"""The training gate: nobody speaks without a valid certificate, an answer stands, and a refused act changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factories
import pytest

from candour.cases.models import Case, Reply
from candour.core.review import MessageKind
from candour.core.rights import Function
from candour.core.states import DraftState, SealState
from candour.flows import reply, review, submit, training
from candour.flows.answers import Refusal
from candour.flows.gate import may_act
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.journal.models import Entry, Signature
from candour.messages.models import ApprovedMessage, Draft, Publication, Review
from candour.packs.courses_schema import load_course
from candour.people.models import User
from candour.training.actions import add_months, decided
from candour.training.models import Attempt, Certificate

pytestmark = pytest.mark.django_db
COURSE = load_course("basics", "en")


def begin(person: User) -> Attempt:
    """A run with its lessons read, at the first decision."""
    attempt = training.start(person, "basics", "en", factories.now())
    for lesson in COURSE.lessons:
        attempt = training.read_lesson(person, attempt, lesson.id)
    return attempt


def decide_all(person: User, attempt: Attempt, *, wrong: int = 0) -> Attempt:
    """Every decision taken, the first `wrong` of them wrongly."""
    for number, decision in enumerate(COURSE.decisions):
        others = [option.id for option in decision.options if option.id != decision.right]
        attempt = training.answer(person, attempt, decision.id, others[0] if number < wrong else decision.right)
    return attempt


def certify_by_course(person: User) -> Certificate:
    attempt = training.finish(person, decide_all(person, begin(person)), factories.now())
    return Certificate.objects.get(attempt=attempt)


def test_passing_issues_a_certificate_for_the_course_s_months_in_one_named_act() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    attempt = training.finish(person, decide_all(person, begin(person), wrong=1), now)
    certificate = Certificate.objects.get(person=person)
    assert (attempt.right, attempt.passed) == (5, True)
    assert (certificate.course_version, certificate.lang, certificate.attempt) == (COURSE.version, "en", attempt)
    assert certificate.expires_at == datetime(2027, 11, 24, 10, 0, tzinfo=UTC)
    entry = Entry.objects.get(subject="training_certificate", key=str(certificate.pk))
    assert (entry.act, entry.actor) == ("training.pass", str(person.pk))


def test_failing_issues_nothing_and_the_run_is_kept() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt = training.finish(person, decide_all(person, begin(person), wrong=2), factories.now())
    assert (attempt.right, attempt.passed) == (4, False)
    assert not Certificate.objects.exists()
    again = training.start(person, "basics", "en", factories.now())
    assert again.pk != attempt.pk and decided(again) == {}
    assert Attempt.objects.filter(person=person).count() == 2
    assert training.next_step(COURSE, again) == COURSE.decisions[0].id, "lessons read once need not be read again"


def test_an_answer_given_stands_whatever_is_sent_again() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt, first = begin(person), COURSE.decisions[0]
    wrong = next(option.id for option in first.options if option.id != first.right)
    training.answer(person, attempt, first.id, wrong)
    training.answer(person, attempt, first.id, first.right)
    attempt.refresh_from_db()
    assert decided(attempt) == {first.id: wrong}


def test_a_decision_can_t_be_taken_before_its_turn() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt, last = begin(person), COURSE.decisions[-1]
    with pytest.raises(Refusal):
        training.answer(person, attempt, last.id, last.right)
    attempt.refresh_from_db()
    assert decided(attempt) == {}


def test_an_option_the_course_does_not_have_is_refused_and_not_kept() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt = begin(person)
    with pytest.raises(Refusal):
        training.answer(person, attempt, COURSE.decisions[0].id, "made-up")
    attempt.refresh_from_db()
    assert decided(attempt) == {}


def test_an_unfinished_run_can_t_be_scored_and_a_finished_one_is_scored_once() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt = begin(person)
    with pytest.raises(Refusal):
        training.finish(person, attempt, factories.now())
    done = training.finish(person, decide_all(person, attempt), factories.now())
    training.finish(person, done, factories.now() + timedelta(days=300))
    assert Certificate.objects.filter(person=person).count() == 1


def test_nobody_answers_in_somebody_else_s_run() -> None:
    mira, tom = factories.person("Mira", Function.COMMUNITY_MANAGER), factories.person("Tom", Function.COMMUNITY_MANAGER)
    attempt, first = begin(mira), COURSE.decisions[0]
    for act in (lambda: training.answer(tom, attempt, first.id, first.right), lambda: training.finish(tom, attempt, factories.now())):
        with pytest.raises(Refusal):
            act()
    attempt.refresh_from_db()
    assert decided(attempt) == {} and attempt.finished_at is None


def test_beginning_twice_goes_on_with_the_open_run() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    assert begin(person).pk == training.start(person, "basics", "de", factories.now()).pk


def test_a_run_through_an_older_version_is_closed_and_a_new_one_begins() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    old = begin(person)
    with acting(person, "test"):
        Attempt.objects.filter(pk=old.pk).update(course_version="2020.1")
    new = training.start(person, "basics", "en", factories.now())
    old.refresh_from_db()
    assert new.pk != old.pk and old.finished_at is not None and not old.passed


def test_switching_the_language_keeps_place_and_answers() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt, first = begin(person), COURSE.decisions[0]
    training.answer(person, attempt, first.id, first.right)
    there = training.switch_language(person, attempt, "de")
    german = load_course("basics", "de")
    assert there.lang == "de" and decided(there) == {first.id: first.right}
    assert training.next_step(german, there) == COURSE.decisions[1].id
    with pytest.raises(Refusal):
        training.switch_language(person, attempt, "xx")


def test_options_keep_their_order_within_a_run_and_languages_and_differ_between_runs() -> None:
    person = factories.person("Mira", Function.COMMUNITY_MANAGER)
    attempt, german = begin(person), load_course("basics", "de")
    for one, other in zip(COURSE.decisions, german.decisions, strict=True):
        order = [option.id for option in training.options_for(attempt, one)]
        assert order == [option.id for option in training.options_for(attempt, other)]
        assert sorted(order) == sorted(option.id for option in one.options)
    orders = {tuple(option.id for option in training.options_for(Attempt(pk=pk), COURSE.decisions[0])) for pk in range(1, 40)}
    assert len(orders) > 5


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2026, 11, 24), 12, (2027, 11, 24)),
        ((2026, 12, 1), 1, (2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(start: tuple[int, ...], months: int, end: tuple[int, ...]) -> None:
    assert add_months(datetime(*start, 9, tzinfo=UTC), months) == datetime(*end, 9, tzinfo=UTC)


# The gate at the moment of the act.


@pytest.fixture
def ground(db: None) -> Case:
    """A market with active rules, a newsroom account, a case in English and people without certificates."""
    factories.installation()
    factories.company()
    factories.market("us", "United States", "America/New_York")
    lead = factories.person("Lena Oduya", Function.COE_LEAD)
    activate_market(lead, "us", factories.PASSWORD, factories.now(), effective_at=factories.now() - timedelta(days=2))
    account = factories.account("newsroom-us", handle="hollinqvist.us", market_code="us")
    return factories.case(on=factories.source("newsroom-us", market_code="us", of=account))


def template(case: Case) -> ApprovedMessage:
    """An acknowledgement for the case's market and language, approved by its reviewers."""
    author = factories.person("Jonas", Function.AUTHOR, certified=True)
    roles = (Function.MEDICAL_REVIEWER, Function.LEGAL_REVIEWER, Function.REGULATORY_REVIEWER)
    reviewer, now = factories.person("Kaja", *roles, certified=True), factories.now()
    text, kind = "Thank you for telling us. A colleague from drug safety reads this today.", MessageKind.REPLY_TEMPLATE.value
    draft = submit.create_draft(author, title="Thanks", account=case.account, product=None, lang="en", text=text, now=now, kind=kind)
    run = submit.submit(author, factories.settle(author, draft, now), draft.version, now)
    for seal in run.seals.all():
        review.sign(reviewer, seal, factories.PASSWORD, run.version.digest, now)
    return ApprovedMessage.objects.get(draft=draft)


def test_a_reply_is_refused_without_certificate_and_goes_out_with_one(ground: Case) -> None:
    mira, message = factories.person("Mira", Function.COMMUNITY_MANAGER), template(ground)
    before = ground.version
    with pytest.raises(Refusal) as refused:
        reply.send(mira, ground, message, ground.version, factories.now())
    ground.refresh_from_db()
    assert refused.value.remedy_url == "/training/basics/"
    assert not Reply.objects.exists() and not Publication.objects.exists() and ground.version == before
    certify_by_course(mira)
    reply.send(mira, ground, message, ground.version, factories.now())
    assert Reply.objects.filter(case=ground, by=mira).count() == 1


def test_the_gate_names_the_course_so_that_a_screen_can_offer_approval_instead(ground: Case) -> None:
    mira = factories.person("Mira", Function.COMMUNITY_MANAGER)
    answer = may_act(mira, "case.reply", "us", factories.now())
    assert (answer.allowed, answer.needs_course, answer.remedy_url) == (False, True, "/training/basics/")
    assert reply.options(mira, ground, factories.now()).gate.needs_course
    certify_by_course(mira)
    assert may_act(mira, "case.reply", "us", factories.now()).allowed
    auditor = factories.person("Audrey", Function.AUDITOR, certified=True)
    stranger = may_act(auditor, "case.reply", "us", factories.now())
    assert not stranger.allowed and not stranger.needs_course, "a certificate never replaces the function"


def test_a_certificate_that_ends_between_page_and_click_refuses_the_click(ground: Case) -> None:
    mira, message = factories.person("Mira", Function.COMMUNITY_MANAGER), template(ground)
    ends = factories.now() + timedelta(minutes=5)
    factories.certify(mira, until=ends)
    assert reply.options(mira, ground, ends - timedelta(minutes=1)).gate.allowed, "the page still offers it"
    with pytest.raises(Refusal):
        reply.send(mira, ground, message, ground.version, ends)
    assert not Reply.objects.exists()


def test_a_revoked_certificate_opens_nothing(ground: Case) -> None:
    mira = factories.person("Mira", Function.COMMUNITY_MANAGER, certified=True)
    with acting(factories.founder(), "test"):
        Certificate.objects.filter(person=mira).update(revoked_at=factories.now())
    assert not may_act(mira, "case.reply", "us", factories.now()).allowed


def article(author: User, case: Case) -> Draft:
    text = "Migraine week begins on Monday."
    return submit.create_draft(author, title="Migraine week", account=case.account, product=None, lang="en", text=text, now=factories.now())


def test_submitting_is_refused_without_certificate_and_works_with_one(ground: Case) -> None:
    jonas = factories.person("Jonas", Function.AUTHOR)
    draft = article(jonas, ground)
    with pytest.raises(Refusal):
        submit.submit(jonas, draft, draft.version, factories.now())
    draft.refresh_from_db()
    assert draft.state == DraftState.WRITING and not Review.objects.exists()
    certify_by_course(jonas)
    submit.submit(jonas, draft, draft.version, factories.now())
    draft.refresh_from_db()
    assert draft.state == DraftState.IN_REVIEW


def test_signing_is_refused_without_certificate_and_works_with_one(ground: Case) -> None:
    jonas = factories.person("Jonas", Function.AUTHOR, certified=True)
    kaja = factories.person("Kaja", Function.MEDICAL_REVIEWER, Function.LEGAL_REVIEWER, Function.REGULATORY_REVIEWER)
    draft = article(jonas, ground)
    run = submit.submit(jonas, draft, draft.version, factories.now())
    seal, signed_before = run.seals.first(), Signature.objects.count()
    with pytest.raises(Refusal):
        review.sign(kaja, seal, factories.PASSWORD, run.version.digest, factories.now())
    seal.refresh_from_db()
    assert seal.state == SealState.WAITING and Signature.objects.count() == signed_before
    certify_by_course(kaja)
    review.sign(kaja, seal, factories.PASSWORD, run.version.digest, factories.now())
    seal.refresh_from_db()
    assert seal.state == SealState.SIGNED
