"""Two people, two workers, two visitors at the same instant: one of them does it, the other is told, nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import Client

from candour.cases.models import Case, Reply
from candour.channels.base import Page
from candour.core.states import CaseState, PublicationState
from candour.flows import annotate, hand_over, publish, receive, reply, review, submit, triage
from candour.flows.answers import Refusal, Stale
from candour.flows.sign_many import sign_many
from candour.journal.models import Signature
from candour.listening.models import Post, PostVersion, Source
from candour.messages.models import Annotation, ApprovedMessage, Draft, Publication
from candour.newsroom.actions import add_comment
from candour.newsroom.models import Comment, Item
from candour.newsroom.queries import comments_after
from candour.safety.models import HandOver

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in a thread each, started together; what each answered or raised, in order."""
    together, answers, faults = threading.Barrier(len(acts)), [None] * len(acts), []

    def run(number: int, act: Callable[[], object]) -> None:
        together.wait()
        try:
            with g.in_process():
                answers[number] = act()
        except Refusal as refusal:
            answers[number] = refusal
        except BaseException as fault:  # a thread that dies silently would look like one that answered nothing
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, faults
    return answers


def kinds(answers: list[object]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


@pytest.fixture
def case(committed: Ground) -> Case:
    (case,) = g.hear(committed, g.heard(g.MOTHER, "c1", author="Anna"))
    return case


def own(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_two_people_answer_one_case(committed: Ground, case: Case) -> None:
    message, other, seen = g.template(committed), g.somebody("Nils Zweit", "community_manager"), case.version
    answers = at_once(*(lambda by=by: reply.send(by, own(case), message, seen, NOW) for by in (committed.community, other)))
    assert kinds(answers) == ["Reply", "Stale"]
    assert (Reply.objects.count(), Publication.objects.count()) == (1, 1)


def test_two_people_hand_over_one_duty(committed: Ground, case: Case) -> None:
    seen = case.version
    answers = at_once(
        *(lambda by=by: hand_over.hand_over(by, own(case), "AE", seen, NOW) for by in (committed.community, committed.safety))
    )
    assert (kinds(answers), HandOver.objects.count()) == (["HandOver", "Stale"], 1)
    assert case.happenings.filter(kind="handed_over").count() == 1


def test_one_answers_while_the_other_closes(committed: Ground, case: Case) -> None:
    message = g.template(committed)
    for kind in ("AE", "MIR"):
        triage.judge_duty(committed.community, own(case), kind, False, own(case).version, NOW, reason="not so")
    hand_over.no_reply_needed(committed.community, own(case), "phoned", own(case).version, NOW)
    seen = own(case).version
    answers = at_once(
        lambda: reply.send(committed.community, own(case), message, seen, NOW),
        lambda: hand_over.close(committed.safety, own(case), "answered", seen, NOW),
    )
    assert sum(isinstance(answer, Stale) for answer in answers) == 1
    closed = own(case).state == CaseState.CLOSED
    assert Reply.objects.count() == (0 if closed else 1)


def test_the_listener_hears_more_while_a_person_closes_and_takes_nothing_back(committed: Ground, case: Case) -> None:
    for kind in ("AE", "MIR"):
        triage.judge_duty(committed.community, own(case), kind, False, own(case).version, NOW, reason="not so")
    hand_over.no_reply_needed(committed.community, own(case), "phoned", own(case).version, NOW)
    seen = own(case).version
    page = Page((g.heard("Das war am Montag.", "c2", author="Anna"), g.heard(f"{g.MOTHER} Nachtrag.", "c1", author="Anna")), "2")
    answers = at_once(
        lambda: receive.take_in(committed.listener, Source.objects.get(), page, NOW),
        lambda: hand_over.close(committed.community, own(case), "answered", seen, NOW),
    )
    assert kinds(answers) in (["Case", "Intake"], ["Intake", "Stale"])
    if kinds(answers) == ["Case", "Intake"]:
        assert own(case).state == CaseState.CLOSED, "what the listener wrote did not open it again"
    assert PostVersion.objects.count() == 3


def test_two_rounds_over_one_page(committed: Ground) -> None:
    page = Page((g.heard(g.MOTHER, "c1"), g.heard(g.PRAISE, "c2", author="Bert"), g.heard(g.QUESTION, "c3", author="Cem")), "1")
    answers = at_once(*[lambda: receive.take_in(committed.listener, Source.objects.get(), page, NOW)] * 3)
    assert sorted(answer.stored for answer in answers) == [0, 0, 3]
    assert (Post.objects.count(), PostVersion.objects.count(), Case.objects.count()) == (3, 3, 2)


def test_a_person_and_the_listener_open_one_conversation(committed: Ground) -> None:
    g.hear(committed, g.heard(g.PRAISE, "c1", author="Anna"))
    post = g.post_of(committed.source, "c1")
    page = Page((g.heard(g.HEADACHE, "c2", author="Anna"),), "2")
    answers = at_once(
        lambda: triage.judge_post(committed.community, post, "case", NOW),
        lambda: receive.take_in(committed.listener, Source.objects.get(), page, NOW),
    )
    assert kinds(answers) == ["Case", "Intake"]
    assert Case.objects.get().posts.count() == 2


def test_two_people_judge_one_post(committed: Ground) -> None:
    g.hear(committed, g.heard(g.PRAISE, "c1"))
    post = g.post_of(committed.source, "c1")
    answers = at_once(*(lambda by=by: triage.judge_post(by, post, "case", NOW) for by in (committed.community, committed.safety)))
    assert (kinds(answers), Case.objects.count()) == (["Case", "Stale"], 1)


def test_two_workers_send_one_publication(committed: Ground) -> None:
    publication = publish.publish(committed.author, g.approved(committed), committed.account, NOW)
    at_once(*[lambda: publish.send_due(committed.publisher, NOW)] * 3)
    publication.refresh_from_db()
    assert (publication.state, publication.attempts, Item.objects.count()) == (PublicationState.LIVE, 1, 1)


def test_two_people_publish_one_message(committed: Ground) -> None:
    message = g.approved(committed)
    answers = at_once(*(lambda by=by: publish.publish(by, message, committed.account, NOW) for by in (committed.author, committed.lead)))
    assert (kinds(answers), Publication.objects.count()) == (["Publication", "Refusal"], 1)


def test_taken_back_or_sent_but_never_both(committed: Ground, case: Case) -> None:
    sent = reply.send(committed.community, own(case), g.template(committed), own(case).version, NOW)
    due = NOW + timedelta(seconds=11)
    at_once(
        lambda: reply.take_back(committed.community, Reply.objects.get(pk=sent.pk), due),
        lambda: publish.send_due(committed.publisher, due),
    )
    publish.send_due(committed.publisher, due)
    state = Publication.objects.get().state
    assert (state, Item.objects.count()) in [(PublicationState.TAKEN_BACK, 0), (PublicationState.LIVE, 1)]


def test_the_last_two_seals_are_signed_at_once(committed: Ground) -> None:
    running = g.submitted(committed)
    medical = running.seals.get(role="medical")
    review.sign(committed.medical, medical, g.PASSWORD, running.version.digest, NOW)
    seals = [running.seals.get(role=role) for role in ("legal", "regulatory")]
    answers = at_once(
        *(lambda seal=seal: review.sign(committed.reviewer(seal.role), seal, g.PASSWORD, running.version.digest, NOW) for seal in seals)
    )
    assert kinds(answers) == ["Signature", "Signature"]
    assert ApprovedMessage.objects.get().signatures.count() == 3


def test_two_sign_the_same_texts_together_and_each_text_gets_one_signature(committed: Ground) -> None:
    running = [g.submitted(committed, f"{g.MENDED} Fassung {n}.") for n in range(3)]
    other = g.somebody("Zweite Stimme", "legal_reviewer")
    seals = [one.seals.get(role="legal") for one in running]
    digests = {seal.pk: seal.review.version.digest for seal in seals}
    ways = ((committed.legal, seals), (other, seals[::-1]))
    answers = at_once(*(lambda by=by, mine=mine: sign_many(by, mine, digests, g.PASSWORD, NOW) for by, mine in ways))
    assert kinds(answers) in (["Stale", "list"], ["Refusal", "list"])
    assert Signature.objects.filter(subject="approval_draftversion").count() == 3


def test_a_note_and_an_edit_at_once_are_both_kept_or_the_note_is_told_that_it_came_too_late(committed: Ground) -> None:
    running = g.submitted(committed)
    draft = running.draft
    answers = at_once(
        lambda: annotate.annotate(committed.medical, running, "must_fix", "Belegen.", NOW, quote="Zovellark"),
        lambda: submit.save(committed.author, Draft.objects.get(pk=draft.pk), "Neu.", draft.version, NOW),
    )
    assert kinds(answers) in (["Annotation", "DraftVersion"], ["DraftVersion", "Stale"])
    assert Annotation.objects.count() == kinds(answers).count("Annotation")


def test_one_edits_while_the_other_signs(committed: Ground) -> None:
    running = g.submitted(committed)
    draft, seal = Draft.objects.get(), running.seals.get(role="medical")
    answers = at_once(
        lambda: submit.save(committed.author, Draft.objects.get(pk=draft.pk), f"{g.MENDED} Neu.", draft.version, NOW),
        lambda: review.sign(committed.medical, seal, g.PASSWORD, running.version.digest, NOW),
    )
    assert kinds(answers) in (["DraftVersion", "Signature"], ["DraftVersion", "Stale"])
    assert {seal.state for seal in running.seals.all()} == {"void"}


def test_a_form_sent_twice_at_once_is_one_comment(committed: Ground) -> None:
    g.live_article(committed)
    form = {"text": g.HEADACHE, "author": "Anna", "form_token": "t1"}
    answers = at_once(*[lambda: Client().post("/newsroom/newsroom-de/fragen/", form).status_code] * 4)
    assert (answers, Comment.objects.count()) == ([302] * 4, 1)


def test_the_listener_never_steps_over_a_comment_that_is_still_being_written(committed: Ground) -> None:
    """The first comment takes its number, then waits before it commits; the second must not be seen before it."""
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            add_comment("newsroom-de", "fragen", author="", text="first", lang="de", form_token="t1", now=NOW)
            started.set()
            go_on.wait(20)

    def fast() -> list[str]:
        started.wait(20)
        threading.Timer(0.5, go_on.set).start()
        add_comment("newsroom-de", "fragen", author="", text="second", lang="de", form_token="t2", now=NOW)
        return [comment.text for comment in comments_after("newsroom-de", 0)]

    _nothing, seen = at_once(slow, fast)
    assert seen == ["first", "second"]
