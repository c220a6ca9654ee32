"""One post all the way: written in the public form, heard, screened, answered, handed over, confirmed, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from candour.cases.models import Case, Duty
from candour.cases.queries import evidence_of
from candour.core.states import CaseState, DutyState, PublicationState
from candour.flows import hand_over, listen, publish, reply
from candour.flows.doors import through
from candour.newsroom.models import Comment, Item

from . import ground as g

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

    from .ground import Ground


def write_in_form(text: str, *, author: str = "", thread: str = "fragen") -> Comment:
    """Fill the public form as a visitor does: open the page, send it."""
    visitor, address = Client(), f"/newsroom/newsroom-de/{thread}/"
    page = visitor.get(address)
    sent = visitor.post(address, {"text": text, "author": author, "form_token": page.context["form_token"]})
    assert sent.status_code == 302
    return Comment.objects.latest("id")


@pytest.mark.django_db(transaction=True)
def test_a_mothers_comment_goes_all_the_way_over_real_http(
    transactional_db: None, quick_secrets: None, live_server: LiveServer, settings: Settings
) -> None:
    settings.BASE_URL, settings.ALLOWED_PRIVATE = live_server.url, (live_server.url.removeprefix("http://"),)
    with through(None):  # the guarded door itself, to a server on a socket
        _tell_the_story(g.found())


def test_the_same_story_without_a_socket(ground: Ground) -> None:
    _tell_the_story(ground)


def _tell_the_story(on: Ground) -> None:
    start = timezone.now()
    g.live_article(on, now=start)
    template = g.template(on, now=start)
    comment = write_in_form(g.MOTHER)
    polled = comment.sent_at + timedelta(minutes=90)
    assert listen.poll(on.listener, on.source.pk, polled) == 1
    case = _case_as_heard(comment, polled)
    sent = _answer(on, case, template, polled + timedelta(minutes=5))
    _hand_over_and_close(on, Case.objects.get(pk=case.pk), sent + timedelta(minutes=5))


def _case_as_heard(comment: Comment, polled: object) -> Case:
    case = Case.objects.get()
    assert set(case.duties.filter(state=DutyState.OPEN).values_list("kind", flat=True)) == {"AE", "MIR"}
    assert (case.aware_at, case.aware_basis, case.born_late) == (comment.sent_at, "readable", "")
    assert (case.opened_at, case.safety_due_at) == (polled, comment.sent_at + timedelta(hours=24))
    criteria = evidence_of(case)[0].data["criteria"]
    assert [name for name in ("patient", "product", "event") if criteria[name]["found"]] == ["patient", "product", "event"]
    assert "Zovellark" in criteria["product"]["words"]
    assert not criteria["reporter"]["found"]
    assert criteria["reporter"]["note"]
    return case


def _answer(on: Ground, case: Case, template: object, now: object) -> object:
    """One reply is taken back in time; the next one is held, sent, and read back as signed."""
    first = reply.send(on.community, case, template, case.version, now)
    assert publish.send_due(on.publisher, now + timedelta(seconds=1)) == 0
    reply.take_back(on.community, first, now + timedelta(seconds=2))
    case.refresh_from_db()
    second = reply.send(on.community, case, template, case.version, now)
    left = now + timedelta(seconds=11)
    publish.send_due(on.publisher, left)
    second.publication.refresh_from_db()
    assert (second.publication.state, second.publication.sent_at) == (PublicationState.LIVE, left)
    assert second.publication.read_backs.get().equal
    case.refresh_from_db()
    assert case.service_met_at == left
    item = Item.objects.get(key=second.publication.key.hex)
    assert (item.thread, item.in_reply_to, item.text) == ("fragen", case.post.remote_id, second.publication.text)
    assert Item.objects.exclude(in_reply_to="").count() == 1, "the reply that was taken back never left"
    return left


def _hand_over_and_close(on: Ground, case: Case, now: object) -> None:
    hand_over.hand_over(on.community, case, "AE", case.version, now)
    hand_over.hand_over(on.community, case, "MIR", case.version, now)
    case.refresh_from_db()
    assert case.safety_met_at == now
    refusal = g.refused(lambda: hand_over.close(on.community, case, "answered", case.version, now), *g.CASES)
    assert "receipt from drug safety" in refusal.why
    event, question = (Duty.objects.get(case=case, kind=kind) for kind in ("AE", "MIR"))
    g.refused(lambda: hand_over.enter_receipt(on.community, event, "HQ-1", case.version, now), *g.CASES)
    hand_over.enter_receipt(on.safety, event, "HQ-1", Case.objects.get(pk=case.pk).version, now)
    hand_over.enter_receipt(on.information, question, "MI-1", Case.objects.get(pk=case.pk).version, now)
    case.refresh_from_db()
    hand_over.close(on.community, case, "answered", case.version, now)
    case.refresh_from_db()
    assert (case.state, case.closed_by, case.resolution) == (CaseState.CLOSED, on.community, "answered")
