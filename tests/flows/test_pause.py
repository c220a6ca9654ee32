"""Paused, nothing leaves; afterwards nothing leaves by itself. A new time is given only where the text could leave then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from candour.core.rights import Function
from candour.core.states import PublicationState
from candour.flows import pause, publish, reply, schedule, watch
from candour.journal.models import Entry
from candour.messages.models import Embargo, Pause, Publication

from . import ground as g
from .ground import Ground
from .test_sending import FakeChannel, going_to, lost, state_of

NOW = g.NOW
SOON, LATER = NOW + timedelta(minutes=10), NOW + timedelta(hours=2)
State = PublicationState
TABLES = ("approval_publication", "approval_pause", "approval_embargo", "journal_signature")


def begun(on: Ground, **sides: Any) -> Pause:
    return pause.begin(on.lead, reason="Rückruf", secret=g.PASSWORD, now=NOW, **sides)


def held(on: Ground, due: Any = SOON) -> Publication:
    return publish.publish(on.author, g.approved(on), on.account, NOW, due_at=due)


def round_at(on: Ground, at: Any) -> int:
    """What a worker's round at an instant sends; the number of texts that left."""
    with going_to(FakeChannel([])) as channel:
        publish.send_due(on.publisher, at)
    return len(channel.sent)


SIDES: dict[str, Callable[[Ground], dict[str, Any]]] = {
    "market": lambda on: {"market": "de"},
    "product": lambda on: {"product": on.product},
    "account": lambda on: {"account": on.account},
    "theme": lambda on: {"theme": "  REGELSCHMERZEN "},
    "all of them": lambda on: {"market": "de", "product": on.product, "account": on.account, "theme": "kopf"},
}


@pytest.mark.parametrize("side", SIDES)
def test_what_a_pause_covers_waits_for_a_person_and_is_told(ground: Ground, side: str) -> None:
    publication = held(ground)
    begun(ground, **SIDES[side](ground))
    assert round_at(ground, SOON) == 0
    assert state_of(publication) == (State.WAITING, "Publishing is paused here: Rückruf")
    assert "publication.waiting" in {hit.watch for hit in watch.look(SOON)[0]}


@pytest.mark.parametrize("sides", [{"market": "us"}, {"theme": "Schlaf"}, {"market": "de", "theme": "Schlaf"}])
def test_what_it_does_not_cover_leaves(ground: Ground, sides: dict[str, str]) -> None:
    held(ground)
    begun(ground, **sides)
    assert round_at(ground, SOON) == 1


def test_after_the_pause_nothing_that_came_due_in_it_leaves_by_itself(ground: Ground) -> None:
    """Also where no worker was running meanwhile, so that nobody had marked it."""
    publication = held(ground)
    pause.end(ground.lead, begun(ground, market="de"), "geklärt", g.PASSWORD, SOON + timedelta(minutes=1))
    assert round_at(ground, LATER) == 0
    assert state_of(publication)[0] == State.WAITING
    assert round_at(ground, LATER + timedelta(days=3)) == 0


def test_what_comes_due_after_the_pause_leaves_as_ordered(ground: Ground) -> None:
    held(ground, LATER)
    pause.end(ground.lead, begun(ground, market="de"), "geklärt", g.PASSWORD, SOON)
    assert round_at(ground, LATER) == 1


def waiting(on: Ground) -> tuple[Publication, Pause]:
    publication, row = held(on), begun(on, market="de")
    round_at(on, SOON)
    return publication, row


def test_a_person_sends_it_now_gives_it_a_new_time_or_drops_it(ground: Ground) -> None:
    publication, row = waiting(ground)
    g.refused(lambda: schedule.move_to(ground.author, publication, SOON, SOON), *TABLES)
    pause.end(ground.lead, row, "geklärt", g.PASSWORD, SOON)
    g.refused(lambda: schedule.move_to(ground.community, publication, LATER, LATER), *TABLES)
    schedule.move_to(ground.author, publication, LATER, SOON + timedelta(minutes=1))
    assert (state_of(publication)[0], round_at(ground, LATER - timedelta(minutes=1)), round_at(ground, LATER)) == (State.HELD, 0, 1)


def test_dropped_it_never_leaves(ground: Ground) -> None:
    publication, row = waiting(ground)
    publish.take_back(ground.author, publication, SOON)
    pause.end(ground.lead, row, "geklärt", g.PASSWORD, SOON)
    assert (round_at(ground, LATER), state_of(publication)[0]) == (0, State.TAKEN_BACK)


def test_answers_to_people_go_on(ground: Ground) -> None:
    template, (case,) = g.template(ground), g.hear(ground, g.heard(g.MOTHER, "c1"))
    begun(ground, market="de")
    reply.send(ground.community, case, template, case.version, NOW)
    assert round_at(ground, NOW + timedelta(minutes=1)) == 1


def test_what_may_have_left_is_not_sent_again_meanwhile_and_is_found_out_afterwards(ground: Ground) -> None:
    publication = held(ground, NOW)
    with going_to(FakeChannel([lost()])) as channel:
        publish.send_due(ground.publisher, NOW)
        row = begun(ground, market="de")
        publish.send_due(ground.publisher, SOON)
        assert (state_of(publication)[0], len(channel.sent)) == (State.UNKNOWN, 1)
        pause.end(ground.lead, row, "geklärt", g.PASSWORD, SOON)
        publish.send_due(ground.publisher, LATER)
    assert (state_of(publication)[0], len(channel.sent)) == (State.LIVE, 2)


def test_a_pause_needs_a_side_a_reason_the_right_and_a_secret(ground: Ground) -> None:
    for wrong in ({"market": ""}, {"market": "de", "reason": " "}, {"market": "de", "secret": "wrong"}):
        given = {"reason": "Rückruf", "secret": g.PASSWORD} | wrong
        with pytest.raises(g.Refusal):
            pause.begin(ground.lead, now=NOW, **given)
    german = g.somebody("Nils Aurich", Function.COUNTRY_LEAD, markets=("de",))
    for person, sides in ((ground.author, {"market": "de"}), (german, {"market": "us"}), (german, {"theme": "alles"})):
        g.refused(lambda p=person, s=sides: pause.begin(p, reason="x", secret=g.PASSWORD, now=NOW, **s), *TABLES)
    assert pause.begin(german, market="de", reason="x", secret=g.PASSWORD, now=NOW).signature.meaning == "pauses what is published"


def test_beginning_and_end_are_signed_and_in_the_journal(ground: Ground) -> None:
    row = begun(ground, market="de")
    ended = pause.end(ground.lead, row, "geklärt", g.PASSWORD, SOON)
    assert (bytes(row.signature.shown), ended.end_signature.signer_name) == (pause.told(row), "Henrike Solvang")
    assert {entry.act for entry in Entry.objects.filter(subject="approval_pause")} == {"pause.begin", "pause.end"}
    with pytest.raises(g.Refusal):
        pause.end(ground.lead, row, "noch einmal", g.PASSWORD, SOON)


# a new time


def test_a_new_time_is_refused_where_it_could_not_leave_and_changes_nothing(ground: Ground) -> None:
    publication = held(ground)
    ends = publication.message.valid_until
    for due in (NOW - timedelta(hours=1), ends, ends + timedelta(days=1)):
        g.refused(lambda due=due: schedule.move_to(ground.author, publication, due, NOW), *TABLES)
    schedule.move_to(ground.author, publication, LATER, NOW)
    publication.refresh_from_db()
    assert publication.due_at == LATER
    round_at(ground, LATER)
    g.refused(lambda: schedule.move_to(ground.author, publication, LATER + timedelta(days=1), LATER), *TABLES)


def test_bytes_that_nobody_signed_get_no_new_time(ground: Ground) -> None:
    publication = held(ground)
    g.forge("UPDATE approval_publication SET text = 'Neu' WHERE id = %s", publication.pk)
    g.refused(lambda: schedule.move_to(ground.author, publication, LATER, NOW), *TABLES)


def test_the_rules_effective_on_the_new_day_are_asked(ground: Ground) -> None:
    """Rules that block from next week on (a fake judgement) refuse a text moved behind their beginning, and none before it."""
    publication, begins = held(ground), NOW + timedelta(days=7)
    with pytest.MonkeyPatch.context() as patch:
        asked: list[Any] = []
        patch.setattr(schedule, "judge", lambda facts, market, at, **_reach: asked.append(at) or _blocked(at >= begins))
        g.refused(lambda: schedule.move_to(ground.author, publication, begins, NOW), *TABLES)
        schedule.move_to(ground.author, publication, begins - timedelta(minutes=1), NOW)
    assert asked == [begins, begins - timedelta(minutes=1)]


def _blocked(blocks: bool) -> Any:
    class FakeResult:
        def as_row(self) -> dict[str, Any]:
            row = {"rule": "DE-99", "market": "de", "severity": "B", "exempted_by": None, "spans": []}
            return {"findings": [row] if blocks else []}

    class FakeJudgement:
        result = FakeResult()

    return FakeJudgement()


# embargo


def test_under_an_embargo_nothing_is_ordered_moved_or_sent_before_its_end(ground: Ground) -> None:
    publication, until = held(ground), NOW + timedelta(days=2)
    draft = publication.message.draft
    row = pause.set_embargo(ground.author, draft, until, "Zulassung am Freitag", NOW)
    g.refused(lambda: schedule.move_to(ground.author, publication, LATER, NOW), *TABLES)
    assert (round_at(ground, SOON), state_of(publication)[0]) == (0, State.WAITING)
    schedule.move_to(ground.author, publication, until, LATER)
    assert (round_at(ground, until - timedelta(seconds=1)), round_at(ground, until)) == (0, 1)
    assert Embargo.objects.get(pk=row.pk).lifted_at is None


def test_a_lifted_embargo_holds_nothing_back(ground: Ground) -> None:
    message = g.approved(ground)
    row = pause.set_embargo(ground.author, message.draft, LATER, "Sperrfrist", NOW)
    g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW), *TABLES)
    g.refused(lambda: pause.lift_embargo(ground.community, row, "vorbei", NOW), *TABLES)
    pause.lift_embargo(ground.author, row, "vorbei", NOW)
    publish.publish(ground.author, message, ground.account, NOW)
    assert round_at(ground, NOW) == 1
