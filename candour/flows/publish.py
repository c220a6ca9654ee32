"""OUTBOUND, last steps: what was signed is sent, read back, and watched for drift. Nothing else is ever sent.

A publication is put on record as `sending` before the network is asked, so a killed process leaves a trace: it is sent again under the
same key where the receiver takes one (exactly once), and put before a person where it does not (never twice). `failed` means known not to
stand there; an outcome nobody knows stays `unknown`, is tried again for some hours, and then waits for a person (`try_again`, `give_up`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from candour.cases.models import Reply
from candour.cases.queries import place_of as place_of_case
from candour.channels.base import Channel, ChannelError, Published, SeenLive
from candour.core.backoff import LONGEST_ASKED, pause
from candour.core.clocks import has_passed
from candour.core.signing import digest
from candour.core.states import PUBLICATION, PublicationState, move
from candour.core.worddiff import Piece, letter_diff
from candour.flows import authority, outcome, pictures, tell
from candour.flows.answers import Refusal, Stale
from candour.flows.doors import channel_of, has_connector, in_use, is_connected
from candour.flows.drift import open_drift
from candour.flows.exact import accounts_in
from candour.flows.find_out import BEGUN, SENT, Outcome, Way, can_be_found_out, find_out
from candour.flows.gate import ask_at, may_act_at
from candour.flows.hold_back import holds_back, why_held_back
from candour.flows.lanes import by_account, side_by_side
from candour.flows.live import reply_seen_live
from candour.flows.outgoing import outgoing
from candour.flows.signed import REPLIES, differs_from_signed, not_sendable
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Drift, Publication, ReadBack
from candour.messages.queries import place_of
from candour.people.models import User
from candour.registry.models import Account

log = logging.getLogger(__name__)

State = PublicationState
#: A publication that is `sending` for longer was interrupted.
LOST_AFTER = timedelta(seconds=60)
#: An unknown outcome is tried again after 30 s, 1 min, 2 min ... at most an hour apart, a little of it left to chance, and never before the
#: time the receiver asked for; after the last attempt a person is asked.
RETRY_AFTER = timedelta(seconds=30)
RETRY_AT_MOST = timedelta(hours=1)
MAX_ATTEMPTS = 12
#: A next attempt further off than this was set before the database's clock was set back.
_LONGEST_WAIT = LONGEST_ASKED + RETRY_AT_MOST
#: A time that was typed to the minute and has passed by less than this means now; an older one would date the text back.
LATEST = timedelta(minutes=1)
#: A first attempt has no earlier one whose outcome must be found out.
_FIRST = Outcome(Way.SEND)
#: How often a look that found nothing new is kept.
ONE_LOOK_A = timedelta(days=1)


def publish(
    by: User, message: ApprovedMessage, account: Account, now: datetime, *, due_at: datetime | None = None, hand_to: User | None = None
) -> Publication:
    """Put an approved message on its way to an account, now or at `due_at`. Refused for another account than was signed, and for answers:
    they leave from their case. To an account we have no connector for it goes by the hand of `hand_to`."""
    ask_at(by, "draft.publish", place_of(message), now)
    if message.kind in REPLIES:
        raise Refusal(_("This text was approved for answers; it is sent from a case."), status=409)
    if account.key not in accounts_in(bytes(message.exact)):
        raise Refusal(_("This message was not signed for %(handle)s.") % {"handle": account.handle}, status=409)
    _refuse_place(message, account, hand_to, now)
    if due_at is not None and due_at < now - LATEST:
        raise Refusal(_("That time has passed."), remedy=_("Choose a later one, or leave it empty for now."), status=400)
    due = max(due_at or now, now)
    with acting(by, "message.publish", account.key):
        locked = ApprovedMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=message.pk)
        unfit = not_sendable(locked, due) or pictures.why_not(locked, due) or authority.unmet(locked, due)
        if why := unfit or why_held_back(locked, account, due, due):
            raise Refusal(why, status=409)
        if Publication.objects.filter(message=locked, account=account).exclude(state__in=(State.TAKEN_BACK, State.FAILED)).exists():
            raise Refusal(_("This message is on its way or live on this account."), status=409)
        row = Publication.objects.create(
            message=locked,
            account=account,
            title=locked.version.title if locked.version else "",
            text=locked.text,
            lang=locked.lang,
            digest=digest(locked.text.encode()),
            due_at=due,
            by=by,
            state=(State.HELD if has_connector(account.network) else State.BY_HAND).value,
            hand_to=None if has_connector(account.network) else hand_to,
        )
        tell.publication("publication.order", row, by, now)
    return row


def _refuse_place(message: ApprovedMessage, account: Account, hand_to: User | None, now: datetime) -> None:
    """An account that is given up or not connected, and one without a connector for which nobody fit is named."""
    told = {"handle": account.handle}
    if account.retired_at is not None or (has_connector(account.network) and not is_connected(account)):
        raise Refusal(_("%(handle)s is not connected.") % told, remedy=_("Its owner connects it under Registry."), status=409)
    if has_connector(account.network):
        return
    if hand_to is None:
        raise Refusal(_("%(handle)s is published to by hand; name who does it.") % told, status=400)
    if not may_act_at(hand_to, "draft.publish", place_of(message), now).allowed:
        raise Refusal(_("%(name)s may not publish this text.") % {"name": hand_to.name}, status=409)


def due(now: datetime) -> list[int]:
    """Publications that want a step: held until now, interrupted, with an outcome to be found out, or sent and not looked at.

    One that was begun later than now (`ahead`) was begun before the database's clock was set back: it waits for no clock to catch up.
    """
    held = Q(state=State.HELD, due_at__lte=now) & (Q(next_at=None) | Q(next_at__lte=now) | Q(next_at__gt=now + _LONGEST_WAIT))
    ahead = Q(sending_since__gt=now + LOST_AFTER)
    interrupted = Q(state=State.SENDING) & (Q(sending_since__lte=now - LOST_AFTER) | ahead)
    again = Q(state=State.UNKNOWN, asked_at=None) & (Q(next_at__lte=now) | ahead)
    unread = Q(state=State.SENT, problem="")
    found = Publication.objects.filter(held | interrupted | again | unread)
    return list(found.order_by(F("sending_since").asc(nulls_first=True), "due_at", "pk").values_list("pk", flat=True)[:200])


def hold_anew(by: User, now: datetime) -> int:
    """Let replies leave in time that were held before the database's clock was set back: none waits longer than the hold lasts.

    They are held once more from now, so that each can still be taken back. Returns how many.
    """
    longest = now + timedelta(seconds=settings.HOLD_REPLY_SECONDS)
    ahead = Publication.objects.filter(state=State.HELD, reply__isnull=False, due_at__gt=longest + LOST_AFTER)
    if not ahead.exists():
        return 0
    with acting(by, "publication.hold", "the clock was set back"):
        rows = list(ahead.select_for_update(no_key=True, of=("self",)))
        for publication in rows:
            publication.due_at = longest
            publication.save(update_fields=["due_at"])
    return len(rows)


def send_due(by: User, now: datetime, *, clock: Callable[[], datetime] | None = None, lanes: int = 1) -> int:
    """Send and read back what is due; returns how many publications took a step. One that fails does not hold up the others, and with
    `lanes` one account does not hold up another.

    `clock` dates each step: a round can last minutes, and a step dated by its beginning would soon pass for interrupted.
    """
    hold_anew(by, now)
    return side_by_side(by_account(due(now)), lambda pk: send_one(by, pk, clock() if clock else now), lanes)


def send_one(by: User, pk: int, now: datetime) -> bool:
    """`step`, with whatever goes wrong told to the log: what stays behind is past its limit soon and then before a person."""
    try:
        return step(by, pk, now)
    except Exception as error:  # whatever is wrong with one publication, the others behind it must leave
        log.error("A publication took no step: %s", outcome.where(error), extra={"subject": {"publication": pk}})
        return False


def step(by: User, pk: int, now: datetime) -> bool:
    """Take the next step of one publication; False when there was none to take."""
    publication = Publication.objects.select_related("message", "message__version", "account").get(pk=pk)
    if publication.state == State.SENT:
        read_back(by, publication, now)
        return True
    if not _is_due(publication, now):  # another worker was quicker; `_begin` asks again with the row held
        return False
    known = _found_out(publication, now)
    if known.published is not None:
        _record_sent(by, publication, known.published, now)
        read_back(by, publication, now)
        return True
    begun = _begin(by, pk, now, known)
    if begun is None:
        return False
    try:
        with in_use(channel_of(begun.account)) as channel:
            published = channel.publish(outgoing(begun))
            _record_sent(by, begun, published, now)
            _look(by, begun, channel, now)
    except ChannelError as problem:
        _did_not(by, begun, problem, now)
    return True


def _found_out(publication: Publication, now: datetime) -> Outcome:
    """Before an attempt is repeated: what became of the last one. A first attempt has nothing to find out."""
    if publication.state not in (State.SENDING, State.UNKNOWN):
        return _FIRST
    try:
        with in_use(channel_of(publication.account)) as channel:
            return find_out(publication, channel, outgoing(publication), now)
    except ChannelError as problem:
        return Outcome(Way.ASK, problem=problem)


def _begin(by: User, pk: int, now: datetime, known: Outcome = _FIRST) -> Publication | None:
    """Record the intent, once: of two workers one gets it. Bytes and approval are checked here, at the moment of sending."""
    with acting(by, BEGUN):
        rows = Publication.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        publication = rows.select_related("message", "message__version", "account").filter(pk=pk).first()
        if publication is None or not _is_due(publication, now):
            return None
        if publication.state == State.SENDING:
            publication.state = move(PUBLICATION, publication.state, "lose_sight").value
        if held_back := holds_back(publication, now):
            _hold_back(by, publication, now, held_back)
            return None
        why = not_sendable(publication.message, now) or differs_from_signed(publication) or pictures.why_not(publication.message, now)
        why = why or authority.let_out(publication.message, now)
        if publication.state == State.UNKNOWN and (why or publication.tries >= MAX_ATTEMPTS or known.way != Way.SEND):
            _without_sending(by, publication, now, known, why)
            return None
        publication.state = move(PUBLICATION, publication.state, "send").value
        publication.attempts, publication.tries = publication.attempts + 1, publication.tries + 1
        publication.sending_since, publication.next_at = now, None
        publication.first_tried_at = publication.first_tried_at or now
        if why:
            publication.state, publication.problem = move(PUBLICATION, publication.state, "fail").value, why[:300]
            publication.failure, publication.cause, publication.reach = "permanent", "not_sendable", "message"
            tell.publication("publication.fail", publication, by, now)
        publication.save()
    return None if why else publication


def _hold_back(by: User, publication: Publication, now: datetime, why: str) -> None:
    """A pause or an embargo covers it: what has not left waits for a person; what may have left is not sent again meanwhile."""
    if publication.state == State.HELD:
        publication.state, publication.problem = move(PUBLICATION, publication.state, "hold_back").value, why[:300]
        tell.publication("publication.hold_back", publication, by, now)
    else:
        publication.next_at = now + RETRY_AT_MOST
    publication.save()


def _is_due(publication: Publication, now: datetime) -> bool:
    state, since = publication.state, publication.sending_since
    if state == State.HELD:
        waits = publication.next_at is not None and now < publication.next_at <= now + _LONGEST_WAIT
        return publication.due_at <= now and not waits
    if since is None:
        return False
    if state == State.SENDING:
        return has_passed(since, LOST_AFTER, now, slack=LOST_AFTER)
    if state != State.UNKNOWN or publication.asked_at is not None:
        return False
    return since > now + LOST_AFTER or (publication.next_at is not None and publication.next_at <= now)


def _without_sending(by: User, publication: Publication, now: datetime, known: Outcome, why: str) -> None:
    """An unknown outcome that is not tried again: it does not stand there, is looked for later, or waits for a person."""
    if known.way == Way.ABSENT:
        publication.state, publication.next_at = move(PUBLICATION, publication.state, "fail").value, None
        publication.failure, publication.cause, publication.reach = "permanent", "absent", "message"
        publication.problem = _("It does not stand on %(handle)s. Order it anew if it is still wanted.") % {
            "handle": publication.account.handle
        }
        publication.save()
        tell.publication("publication.fail", publication, by, now)
    elif known.way == Way.LATER and not why and publication.tries < MAX_ATTEMPTS:
        publication.tries += known.problem is not None
        asked = known.problem.wait if known.problem else None
        publication.next_at = now + pause(
            max(publication.tries, 1), publication.key.hex, first=RETRY_AFTER, most=RETRY_AT_MOST, asked=asked
        )
        publication.save()
    else:
        _wait_for_person(publication, now, why)


def _repeatable(publication: Publication, now: datetime) -> bool:
    """May a person let it be found out once more without harm: under a key of ours, or among the account's own posts?"""
    try:
        with in_use(channel_of(publication.account)) as channel:
            return can_be_found_out(publication, channel, now)
    except ChannelError:
        return False


def _wait_for_person(publication: Publication, now: datetime, why: str = "") -> None:
    """Nothing more is sent by itself: an earlier attempt may have arrived, and only a look can tell. Call with the row held."""
    words = _("Nobody knows whether it arrived. Look at %(handle)s, then try again or give it up.") % {"handle": publication.account.handle}
    publication.asked_at, publication.next_at = now, None
    publication.problem = " ".join(filter(None, (why, words)))[:300]
    publication.save()


def waits_for_person(publication: Publication) -> bool:
    """Is this a publication whose outcome only a person can settle?"""
    return publication.state == State.UNKNOWN and publication.asked_at is not None


def _record_sent(by: User, publication: Publication, published: Published, now: datetime) -> None:
    with acting(by, SENT):
        locked = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
        if locked.state in (State.SENDING, State.UNKNOWN):  # else another worker, after a long wait of ours, has recorded it
            locked.state = move(PUBLICATION, locked.state, "sent").value
            locked.remote_id, locked.url = published.remote_id, published.url
            locked.remote_version, locked.sent_at = published.version, now
            locked.problem = locked.provider_words = locked.failure = locked.cause = locked.reach = ""
            locked.next_at = locked.asked_at = None
            locked.save()
    publication.refresh_from_db()


def _did_not(by: User, publication: Publication, problem: ChannelError, now: datetime) -> None:
    """A permanent refusal of the first attempt ends it; one that certainly did not reach the receiver waits for its next time; else an
    attempt may have arrived, and the outcome is unknown."""
    with acting(by, "publication.failed", str(problem)):
        locked = Publication.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=publication.pk)
        if locked.state != State.SENDING:
            return
        first = locked.attempts == 1
        unsent = first and problem.unsent and not problem.permanent and locked.tries < MAX_ATTEMPTS
        ended = first and not unsent and (problem.permanent or problem.unsent)
        locked.state = move(PUBLICATION, locked.state, "not_sent" if unsent else "fail" if ended else "lose_sight").value
        outcome.note(locked, problem)
        if unsent:  # as if it had not been begun, only later
            locked.attempts, locked.first_tried_at = 0, None
        if not ended:
            wait = pause(locked.tries, locked.key.hex, first=RETRY_AFTER, most=RETRY_AT_MOST, asked=problem.wait)
            locked.next_at = (locked.sending_since or now) + wait
        locked.save()
        if locked.state == State.FAILED:
            tell.publication("publication.fail", locked, by, now)
        if not ended and not unsent and (problem.permanent or locked.tries >= MAX_ATTEMPTS):
            _wait_for_person(locked, now, str(problem))


def read_back(by: User, publication: Publication, now: datetime) -> ReadBack | None:
    """Fetch what is live and compare it with what was signed; None when the channel can't be asked now."""
    try:
        with in_use(channel_of(publication.account)) as channel:
            return _look(by, publication, channel, now)
    except ChannelError as problem:
        _could_not_look(by, publication, problem)
        return None


def _look(by: User, publication: Publication, channel: Channel, now: datetime) -> ReadBack | None:
    try:
        return _compare(by, publication, channel, now)
    except ChannelError as problem:  # sent is on record; a later round looks again
        _could_not_look(by, publication, problem)
        return None


def _could_not_look(by: User, publication: Publication, problem: ChannelError) -> None:
    with acting(by, "publication.unread", str(problem)):
        words = outcome.words_of(problem)
        Publication.objects.filter(pk=publication.pk).exclude(**words).update(**words)


def _compare(by: User, publication: Publication, channel: Channel, now: datetime) -> ReadBack | None:
    seen = channel.read_back(publication.remote_id, publication.url)
    signed, live = pictures.side_by_side(publication, seen, channel.normalise_live)
    equal = seen is not None and signed == live
    with acting(by, "publication.read_back"):
        locked = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
        if locked.state in (State.TAKING_DOWN, State.TAKEN_DOWN):  # withdrawn while we looked: what we saw says nothing any more
            return None
        row = _same_as_before(locked, seen.version if seen else "", now) if equal else None
        if row is not None:
            Publication.objects.filter(pk=locked.pk).update(seen_at=now)
        else:
            pieces = [] if equal else letter_diff(signed, live)
            row = _keep_look(by, locked, seen, pieces, now)
            if not equal:
                open_drift(locked, signed, live, now)
    publication.refresh_from_db()
    return row


def _same_as_before(publication: Publication, version: str, now: datetime) -> ReadBack | None:
    """The last look, when this one adds nothing to it: equal, the same version, within a day. Then only the last-seen instant moves on.

    One look a day stays on record, so that a long quiet life is proven too.
    """
    if publication.state != State.LIVE or publication.problem:
        return None
    last = ReadBack.objects.filter(publication=publication).order_by("-at", "-pk").first()
    same = last is not None and last.equal and last.remote_version == version and last.at > now - ONE_LOOK_A
    return last if same else None


def _keep_look(by: User, locked: Publication, seen: SeenLive | None, pieces: Sequence[Piece], now: datetime) -> ReadBack:
    """Write the look down and move the publication to what was seen; `pieces` tell the difference, none means equal."""
    equal = seen is not None and not pieces
    row = ReadBack.objects.create(
        publication=locked,
        at=now,
        equal=equal,
        seen_text=seen.text if seen else "",
        difference=[list(part) for part in pieces],
        remote_version=seen.version if seen else "",
    )
    before, step = locked.state, "seen_equal" if equal else "seen_other"
    locked.state = move(PUBLICATION, locked.state, step).value
    locked.seen_at, locked.problem, locked.provider_words = now, "", ""
    locked.failure = locked.cause = locked.reach = ""
    locked.save()
    if locked.state != before:
        tell.publication(f"publication.{step}", locked, by, now)
    if equal and (reply := Reply.objects.filter(publication=locked).first()):
        reply_seen_live(by, reply, now)
    return row


def watch(by: User, now: datetime, *, every: timedelta = timedelta(minutes=10)) -> int:
    """Look again at live texts whose last look is older than `every`, and at sent ones not seen yet; returns how many were looked at.

    A hundred at a time, in no order, so that places that don't answer never keep the others from being looked at.
    """
    old = Q(state__in=(State.LIVE, State.DRIFTED)) & (Q(seen_at__lte=now - every) | Q(seen_at__gt=now + every))
    unread = Q(state=State.SENT) & ~Q(problem="")
    rows = list(Publication.objects.filter(old | unread).select_related("message", "message__version", "account").order_by("?")[:100])
    for publication in rows:
        read_back(by, publication, now)
    return len(rows)


def close_drift(by: User, drift: Drift, reason: str, now: datetime) -> Drift:
    """Close a drift finding with a reason; it opens again when the live text still differs at the next look."""
    ask_at(by, "drift.close", place_of(drift.publication.message), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words what was done."), status=400)
    with acting(by, "drift.close", reason):
        locked = Drift.objects.select_for_update(no_key=True).get(pk=drift.pk)
        if locked.closed_at is not None:
            raise Stale(_("Somebody else has closed this already."))
        locked.closed_at, locked.closed_by, locked.reason = now, by, reason.strip()[:300]
        locked.save()
    return locked


def take_back(by: User, publication: Publication, now: datetime) -> Publication:
    """Take back what is still held."""
    _ask_order(by, publication, now)
    with acting(by, "publication.take_back"):
        locked = Publication.objects.select_for_update(no_key=True).get(pk=publication.pk)
        if locked.state not in (State.HELD, State.WAITING, State.BY_HAND):
            raise Refusal(_("It has already left."), status=409)
        locked.state = move(PUBLICATION, locked.state, "take_back").value
        locked.save()
        tell.publication("publication.take_back", locked, by, now)
    return locked


def _ask_order(by: User, publication: Publication, now: datetime) -> None:
    """Who may decide on a text on its way: whoever triages the case it answers, else whoever publishes."""
    reply = Reply.objects.filter(publication=publication).select_related("case__product__brand", "case__account").first()
    if reply is not None:
        ask_at(by, "case.triage", place_of_case(reply.case), now)
    else:
        ask_at(by, "draft.publish", place_of(publication.message), now)


def try_again(by: User, publication: Publication, now: datetime) -> Publication:
    """A person lets an unknown outcome be found out once more, under the same key, by the next round."""
    _ask_order(by, publication, now)
    with acting(by, "publication.try_again"):
        locked = _settled_by_person(publication)
        if not _repeatable(locked, now):
            why = _("%(handle)s takes no key of ours; sending again could publish it twice.") % {"handle": locked.account.handle}
            raise Refusal(why, status=409)
        locked.tries, locked.asked_at, locked.next_at, locked.problem = 1, None, now, ""
        locked.save()
    return locked


def give_up(by: User, publication: Publication, reason: str, now: datetime) -> Publication:
    """A person has looked: it does not stand there, or they know that it failed. From then on the message may be ordered anew, and
    nobody is reminded of this attempt any more."""
    _ask_order(by, publication, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words where you looked."), status=400)
    with acting(by, "publication.give_up", reason):
        locked = _settled_by_person(publication, or_failed=True)
        if locked.state != State.FAILED:
            locked.state = move(PUBLICATION, locked.state, "fail").value
            tell.publication("publication.fail", locked, by, now)
        locked.problem, locked.failure, locked.asked_at = reason.strip()[:300], outcome.GIVEN_UP, None
        locked.save()
    return locked


def _settled_by_person(publication: Publication, *, or_failed: bool = False) -> Publication:
    locked = Publication.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=publication.pk)
    if not waits_for_person(locked) and not (or_failed and outcome.is_unsettled(locked)):
        raise Refusal(_("This publication waits for nobody; reload to see where it stands."), status=409)
    return locked
