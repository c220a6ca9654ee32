"""What a withdrawal reached is worked off, one step at a time: taken back, taken down where the channel can, else given to a person.

A removal is on record before the network is asked, and asking twice does no harm: a killed process leaves a step that is due again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils.translation import gettext as _

from candour.channels.base import ChannelError, TakesDown, gettext_noop
from candour.core.backoff import pause
from candour.core.states import PUBLICATION, STEP, PublicationState, StepState, move
from candour.flows import outcome
from candour.flows.doors import channel_of, in_use
from candour.flows.withdraw import NOT_LEFT, STANDING, end_when_done, mark_gone
from candour.journal.acting import acting
from candour.messages import withdrawal_queries as queries
from candour.messages.models import Publication, WithdrawalStep
from candour.people.models import User

log = logging.getLogger(__name__)

State = PublicationState
#: Steps of one round; a step that was begun and not ended within the lease is due again.
MOST, LEASE = 200, timedelta(seconds=60)
RETRY_AFTER, RETRY_AT_MOST, MAX_TRIES = timedelta(seconds=20), timedelta(minutes=10), 12
#: How often what is on its way is looked at again.
LOOK_AGAIN = timedelta(seconds=15)
_CANT = gettext_noop("This channel can't remove what it published.")
_STANDS = gettext_noop("%(handle)s accepted the removal and still shows the text.")


def go_on(by: User, now: datetime, *, clock: Callable[[], datetime] | None = None) -> int:
    """Take every step that is due; returns how many moved. One that fails does not hold up the others."""
    return sum(take_one(by, pk, clock() if clock else now) for pk in queries.due_steps(now, MOST))


def take_one(by: User, pk: int, now: datetime) -> bool:
    """`take_step`, with whatever goes wrong told to the log: the step is due again after its lease and soon before a person."""
    try:
        return take_step(by, pk, now)
    except (DatabaseError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        log.error("A step of a withdrawal was not taken: %s", outcome.where(error), extra={"subject": {"step": pk}})
        return False


def take_step(by: User, pk: int, now: datetime) -> bool:
    """One step; False when it was not due, or another process has it."""
    taken = _begin(by, pk, now)
    if taken is None:
        return False
    if taken.state == StepState.AHEAD and taken.publication is not None:
        _take_down(by, taken, taken.publication, now)
    return True


def _begin(by: User, pk: int, now: datetime) -> WithdrawalStep | None:
    """Hold the step and do what needs no network; what is still `todo` afterwards is on record as being taken down."""
    with acting(by, "withdrawal.step"):
        rows = WithdrawalStep.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        step = rows.filter(pk=pk, state=StepState.AHEAD).first()
        if step is None or (step.next_at is not None and step.next_at > now):
            return None
        held = Publication.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
        publication = held.get(pk=step.publication_id)
        if publication.state in NOT_LEFT:
            publication.state = move(PUBLICATION, publication.state, "take_back").value
            publication.save()
            _end(step, "do", by, now)
        elif publication.state == State.TAKEN_DOWN:
            _end(step, "do", by, now)
        elif publication.state in (State.TAKEN_BACK, State.FAILED):
            _end(step, "skip", by, now)
        elif publication.state not in STANDING:  # on its way: its outcome is found out first
            step.next_at = now + LOOK_AGAIN
            step.save()
        elif publication.state == State.STATED or hasattr(publication, "reply"):
            _ask(step, publication, _by_hand_words(publication))
        else:
            publication.state = move(PUBLICATION, publication.state, "take_down").value
            publication.save()
            step.tries, step.next_at = step.tries + 1, now + LEASE
            step.save()
            step.publication = publication
            return step
    return step if step.state != StepState.AHEAD else None


def _by_hand_words(publication: Publication) -> str:
    if hasattr(publication, "reply"):
        return _("An answer to a person is not removed behind their back: take it down, or write to them again.")
    return _("It was published by hand; take it down there.")


def _end(step: WithdrawalStep, how: str, by: User, now: datetime) -> None:
    step.state = move(STEP, step.state, how).value
    step.done_by, step.ended_at, step.next_at = by, now, None
    step.problem = step.provider_words = ""
    step.save()
    end_when_done(step.withdrawal_id, now)


def _ask(step: WithdrawalStep, publication: Publication, problem: str) -> None:
    """Give it to the person who published it, else who ordered it."""
    step.state = move(STEP, step.state, "ask").value
    step.person_id = publication.hand_to_id or publication.by_id
    step.problem, step.next_at = problem[:300], None
    step.save()


def _take_down(by: User, step: WithdrawalStep, publication: Publication, now: datetime) -> None:
    """Ask the channel, then look: only what is seen gone is called gone."""
    try:
        with in_use(channel_of(publication.account)) as channel:
            if not isinstance(channel, TakesDown):
                raise ChannelError(_CANT, permanent=True, cause="not_offered")
            channel.take_down(publication.remote_id)
            if channel.read_back(publication.remote_id, publication.url) is not None:
                raise ChannelError(_STANDS, permanent=False, params={"handle": publication.account.handle}, cause="still_there")
    except ChannelError as problem:
        _not_down(by, step, problem, now)
        return
    with acting(by, "withdrawal.step"):
        locked = _locked(step)
        if locked.state == StepState.AHEAD:
            mark_gone(publication.pk, by, now)
            _end(locked, "do", by, now)


def _locked(step: WithdrawalStep) -> WithdrawalStep:
    return WithdrawalStep.objects.select_for_update(no_key=True, of=("self",)).get(pk=step.pk)


def _not_down(by: User, step: WithdrawalStep, problem: ChannelError, now: datetime) -> None:
    """Tried again while that can help; after that, and where it can't, a person has it and the text counts as standing."""
    with acting(by, "withdrawal.step", str(problem)):
        locked = _locked(step)
        if locked.state != StepState.AHEAD:
            return
        told = outcome.words_of(problem)
        locked.problem, locked.provider_words = told["problem"], told["provider_words"]
        if not problem.permanent and locked.tries < MAX_TRIES:
            key = f"step-{locked.pk}"
            locked.next_at = now + pause(locked.tries, key, first=RETRY_AFTER, most=RETRY_AT_MOST, asked=problem.wait)
            locked.save()
            return
        publication = Publication.objects.select_for_update(no_key=True, of=("self",)).get(pk=locked.publication_id)
        if publication.state == State.TAKING_DOWN:
            publication.state = move(PUBLICATION, publication.state, "not_down").value
            publication.save()
        _ask(locked, publication, str(problem))
