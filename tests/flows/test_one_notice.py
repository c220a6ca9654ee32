"""One open notice per cause, whatever runs at once; the right owner reads it, and nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from candour.assurance import actions
from candour.assurance.actions import Hit
from candour.assurance.models import Notice
from candour.assurance.queries import may_see_notice, notices_of, notices_visible_to
from candour.core.rights import Function
from candour.core.watches import WATCHES
from candour.flows import publish, watch
from candour.journal.acting import acting
from candour.people.models import User
from candour.people.rights import held_by

from . import ground as g
from .test_sending import FakeChannel, going_to, ordered
from .test_watch import look, own_folder, refusing

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
__all__ = ["own_folder"]


def hit(cause: str = "x", **more: object) -> Hit:
    return Hit(**({"watch": "disk.full", "cause": cause, "since": NOW, "act": "system.mend"} | more))  # type: ignore[arg-type]


def test_the_database_itself_allows_one_open_notice_per_cause(ground: Ground) -> None:
    with acting(ground.listener, "test"):
        actions.settle([hit()], set(WATCHES), NOW)
        twin = Notice(watch="disk.full", cause="x", since=NOW, first_seen_at=NOW, last_seen_at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save()
        assert actions.settle([], set(WATCHES), NOW).closed == 1
        assert actions.settle([hit()], set(WATCHES), NOW).opened == 1, "a cause that comes back is told anew"


def test_another_owner_takes_over_when_the_named_one_has_left(ground: Ground) -> None:
    ordered(ground)
    with going_to(FakeChannel([refusing()])):
        publish.send_due(ground.publisher, NOW)
        look(ground, minutes=1)
        with acting(ground.lead, "test"):
            User.objects.filter(pk=ground.author.pk).update(is_active=False)
        (notice,) = look(ground, minutes=2)
    assert (notice.owner, notice.act) == (None, "draft.publish")
    assert notice in notices_of(ground.lead, held_by(ground.lead, NOW))


def test_who_sees_a_notice_is_the_same_in_the_list_and_for_one(ground: Ground) -> None:
    with acting(ground.listener, "test"):
        hits = [
            hit("a", owner_id=ground.author.pk), hit("b", act="case.triage", market="de"), hit("c", act="case.triage", market="fr"),
            hit("d", act="system.mend"), hit("e", act="receipt.safety", market="de", account="newsroom-de"),
        ]  # fmt: skip
        actions.settle(hits, set(WATCHES), NOW)
    people = [ground.author, ground.community, ground.safety, ground.lead, ground.medical, g.somebody("Auda", Function.AUDITOR)]
    for person in people:
        held = held_by(person, NOW)
        listed = {n.cause for n in notices_visible_to(person, held)}
        assert listed == {n.cause for n in Notice.objects.all() if may_see_notice(person, held, n)}, person.name
        assert {n.cause for n in notices_of(person, held)} <= listed
    assert {n.cause for n in notices_of(ground.author, held_by(ground.author, NOW))} == {"a"}
    assert {n.cause for n in notices_of(ground.medical, held_by(ground.medical, NOW))} == set()


@pytest.mark.django_db(transaction=True)
def test_parallel_rounds_open_one_notice(committed: Ground) -> None:
    ordered(committed)
    with going_to(FakeChannel([refusing()])):
        publish.send_due(committed.publisher, NOW)
    start, answers = threading.Barrier(6), []

    def go() -> None:
        try:
            start.wait()
            answers.append(watch.go_round(committed.listener, NOW + timedelta(minutes=1)))
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert Notice.objects.count() == 1
    assert sum(answer.opened for answer in answers if answer) == 1
