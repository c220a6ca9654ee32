"""Another time for a text: everything that would be asked at that instant is asked now, and a refused move changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from candour.core.states import PUBLICATION, PublicationState, move
from candour.core.terms import Severity
from candour.flows import authority, tell
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.hold_back import embargo_on, embargo_words, pause_over, paused_words
from candour.flows.judgement import judge
from candour.flows.publish import LATEST, State
from candour.flows.signed import differs_from_signed, not_sendable
from candour.flows.submit import piece_of, reach_of
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Publication
from candour.messages.queries import answers_to, place_of
from candour.people.models import User
from candour.screening.pieces import Piece

#: States whose time may still be chosen.
MOVABLE = (State.HELD, State.WAITING, State.BY_HAND)


def move_to(by: User, publication: Publication, due_at: datetime, now: datetime) -> Publication:
    """Give a text that has not left another time; one that waits for a decision is released with it. Refused when it could not leave
    then: the approval, the signed bytes, a pause, an embargo, the account, and the rules effective on that day are asked."""
    ask_at(by, "draft.publish", place_of(publication.message), now)
    if due_at < now - LATEST:
        raise Refusal(_("That time has passed."), remedy=_("Choose a later one."), status=400)
    due = max(due_at, now)
    with acting(by, "publication.move", due.isoformat()):
        rows = Publication.objects.select_for_update(no_key=True, of=("self",))
        locked = rows.select_related("message__version", "message__draft", "account").get(pk=publication.pk)
        if hasattr(locked, "reply"):
            raise Refusal(_("This is an answer; it leaves from its case."), status=409)
        if locked.state not in MOVABLE:
            raise Refusal(_("It has already left."), status=409)
        if why := why_not_then(locked, due, now):
            raise Refusal(why, remedy=_("It stays where it was."), status=409)
        released = locked.state == PublicationState.WAITING
        if released:
            locked.state, locked.problem = move(PUBLICATION, locked.state, "release").value, ""
        locked.due_at, locked.next_at = due, None
        locked.save()
        tell.publication("publication.release" if released else "publication.move", locked, by, now)
    return locked


def why_not_then(publication: Publication, due: datetime, now: datetime) -> str:
    """Why a text could not leave at an instant; empty when it could, as far as is known now."""
    message, account = publication.message, publication.account
    if account.retired_at is not None:
        return _("%(handle)s was given up.") % {"handle": account.handle}
    if why := not_sendable(message, due) or differs_from_signed(publication) or authority.unmet(message, due):
        return why
    if pause := pause_over(message, account, now, due):
        return paused_words(pause)
    if embargo := embargo_on(message, due):
        return embargo_words(embargo)
    return rules_then(message, due)


def rules_then(message: ApprovedMessage, at: datetime, *, paid: bool = False) -> str:
    """What the rules effective at an instant say against a message: a finding that blocks, or one that its author never answered. `paid`:
    as an advertisement."""
    draft, version = message.draft, message.version
    if draft is None or version is None:
        return ""

    def facts(market: str, on: date) -> Piece:
        return replace(piece_of(draft, version.text, on, title=version.title, market=market, version=version), paid=paid)

    rows = [row for row in judge(facts, draft.market, at, **reach_of(draft)).result.as_row()["findings"] if not row["exempted_by"]]
    answered = answers_to(draft, rows)
    for row in rows:
        told = {"rule": row["rule"], "market": row["market"].upper()}
        if row["severity"] == Severity.BLOCK:
            return _("On that day rule %(rule)s of %(market)s blocks this text.") % told
        if row["severity"] in (Severity.HIGH, Severity.MEDIUM) and row["rule"] not in answered:
            return _("On that day rule %(rule)s of %(market)s asks what its author never answered; it needs a new review.") % told
    return ""
