"""OUTBOUND, last steps: what was signed is sent, read back, and watched for drift. Nothing else is ever sent.

A publication is put on record as `sending` before the network is asked, so a killed process leaves a trace: it is sent again under the
same key where the receiver takes one (exactly once), and read back or put before a person where it does not (never twice).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from candour.cases.models import Reply
from candour.channels.base import Channel, ChannelError, OutgoingMessage, Published
from candour.core.placeholders import fill
from candour.core.signing import canonical, digest
from candour.core.states import PUBLICATION, PublicationState, move
from candour.core.worddiff import letter_diff
from candour.flows.answers import Refusal
from candour.flows.doors import channel_of
from candour.flows.exact import accounts_in
from candour.flows.gate import ask
from candour.flows.live import reply_seen_live
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Drift, Publication, ReadBack
from candour.people.models import User
from candour.registry.models import Account

State = PublicationState
#: A publication that is `sending` for longer was interrupted.
LOST_AFTER = timedelta(seconds=60)
RETRY_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 6


def publish(by: User, message: ApprovedMessage, account: Account, now: datetime, *, due_at: datetime | None = None) -> Publication:
    """Put an approved message on its way to an account, now or at `due_at`. Refused for another account or market than was signed."""
    brand = message.product.brand.key if message.product else None
    ask(by, "draft.publish", account.market, now, brand=brand)
    if account.key not in accounts_in(bytes(message.exact)):
        raise Refusal(_("This message was not signed for %(handle)s.") % {"handle": account.handle}, status=409)
    with acting(by, "message.publish", account.key):
        if why := not_sendable(message, due_at or now):
            raise Refusal(why, status=409)
        if Publication.objects.filter(message=message, account=account).exclude(state__in=(State.TAKEN_BACK, State.FAILED)).exists():
            raise Refusal(_("This message is on its way or live on this account."), status=409)
        return Publication.objects.create(
            message=message,
            account=account,
            title=message.version.title if message.version else "",
            text=message.text,
            lang=message.lang,
            digest=digest(message.text.encode()),
            due_at=due_at or now,
            by=by,
        )


def not_sendable(message: ApprovedMessage, at: datetime) -> str:
    """Why this approval can't be used at an instant; empty when it can. Checked when it is ordered and again when it is sent."""
    if message.withdrawn_at is not None and message.withdrawn_at <= at:
        return _("This approval was withdrawn.")
    if message.valid_until <= at:
        return _("This approval expired; it is never published after that.")
    if digest(bytes(message.exact)) != message.digest:
        return _("The stored text is not what was signed.")
    signatures = list(message.signatures.all())
    if not signatures or any(signature.digest != message.digest for signature in signatures):
        return _("No signature covers these bytes.")
    return ""


def differs_from_signed(publication: Publication) -> str:
    """Why the publication's text is not the signed text (with its placeholders filled); empty when it is."""
    message = publication.message
    if publication.filled:
        expected, problem = fill(message.text, publication.filled)
        if problem:
            return problem
    else:
        expected = message.text
    if publication.text != expected or digest(publication.text.encode()) != publication.digest:
        return _("The text to send differs from what was signed.")
    if message.version and f'"text":{_quoted(message.text)}' not in bytes(message.exact).decode():
        return _("The text to send differs from what was signed.")
    return ""


def _quoted(text: str) -> str:
    return canonical(text).decode()


def due(now: datetime) -> list[int]:
    """Publications that want a step: held until now, interrupted, or with an outcome to be found out."""
    held = Q(state=State.HELD, due_at__lte=now)
    interrupted = Q(state=State.SENDING, sending_since__lte=now - LOST_AFTER)
    again = Q(state=State.UNKNOWN, sending_since__lte=now - RETRY_AFTER, attempts__lt=MAX_ATTEMPTS)
    unread = Q(state=State.SENT)
    return list(Publication.objects.filter(held | interrupted | again | unread).order_by("due_at").values_list("pk", flat=True)[:200])


def send_due(by: User, now: datetime) -> int:
    """Send and read back what is due; returns how many publications took a step. One that fails does not hold up the others."""
    return sum(step(by, pk, now) for pk in due(now))


def step(by: User, pk: int, now: datetime) -> bool:
    """Take the next step of one publication."""
    publication = Publication.objects.select_related("message", "message__version", "account").get(pk=pk)
    if publication.state == State.SENT:
        read_back(by, publication, now)
        return True
    if not _begin(by, pk, now):
        return False
    publication.refresh_from_db()
    try:
        channel = channel_of(publication.account)
        published = channel.publish(_outgoing(publication))
    except ChannelError as problem:
        _did_not(by, publication, problem, now)
        return True
    _record_sent(by, publication, published, now)
    _read_soon(by, publication, channel, now)
    return True


def _begin(by: User, pk: int, now: datetime) -> bool:
    """Record the intent, once: of two workers one gets it. Bytes and approval are checked here, at the moment of sending."""
    with acting(by, "publication.send"):
        row = (
            Publication.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("message", "message__version")
            .filter(pk=pk)
        )
        publication = row.first()
        if publication is None or not _may_begin(publication, now):
            return False
        why = not_sendable(publication.message, now) or differs_from_signed(publication)
        if publication.state == State.SENDING:
            publication.state = move(PUBLICATION, publication.state, "lose_sight").value
        publication.state = move(PUBLICATION, publication.state, "send").value
        publication.attempts += 1
        publication.sending_since = now
        if why:
            publication.state, publication.problem = move(PUBLICATION, publication.state, "fail").value, why[:300]
        publication.save()
    return not why


def _may_begin(publication: Publication, now: datetime) -> bool:
    state, since = publication.state, publication.sending_since
    if state == State.HELD:
        return publication.due_at <= now
    if state == State.SENDING:
        return since is not None and since <= now - LOST_AFTER and _repeatable(publication)
    return state == State.UNKNOWN and since is not None and since <= now - RETRY_AFTER and _repeatable(publication)


def _repeatable(publication: Publication) -> bool:
    """May it be sent again without harm? Only where the receiver takes our key."""
    try:
        return channel_of(publication.account).delivery == "exactly_once"
    except ChannelError:
        return False


def _outgoing(publication: Publication) -> OutgoingMessage:
    version = publication.message.version
    return OutgoingMessage(
        text=publication.text,
        key=publication.key.hex,
        at=publication.due_at,
        lang=publication.lang,
        in_reply_to=publication.in_reply_to,
        thread=publication.thread,
        links=tuple(version.links) if version else (),
        title=publication.title,
    )


def _record_sent(by: User, publication: Publication, published: Published, now: datetime) -> None:
    with acting(by, "publication.sent"):
        publication.state = move(PUBLICATION, publication.state, "sent").value
        publication.remote_id, publication.url = published.remote_id, published.url
        publication.remote_version, publication.sent_at = published.version, now
        publication.problem = publication.provider_words = ""
        publication.save()


def _did_not(by: User, publication: Publication, problem: ChannelError, now: datetime) -> None:
    """A permanent refusal ends it; anything else is an unknown outcome until it is found out."""
    with acting(by, "publication.failed", str(problem)):
        last_try = publication.attempts >= MAX_ATTEMPTS
        publication.state = move(PUBLICATION, publication.state, "fail" if problem.permanent or last_try else "lose_sight").value
        publication.problem, publication.provider_words = str(problem)[:300], problem.provider_words[:2000]
        publication.save()


def _read_soon(by: User, publication: Publication, channel: Channel, now: datetime) -> None:
    try:
        _compare(by, publication, channel, now)
    except ChannelError as problem:  # sent is on record; the next round reads it back
        with acting(by, "publication.unread", str(problem)):
            publication.problem = str(problem)[:300]
            publication.save(update_fields=["problem"])


def read_back(by: User, publication: Publication, now: datetime) -> ReadBack | None:
    """Fetch what is live and compare it with what was signed; None when the channel can't be asked now."""
    try:
        return _compare(by, publication, channel_of(publication.account), now)
    except ChannelError as problem:
        with acting(by, "publication.unread", str(problem)):
            publication.problem, publication.provider_words = str(problem)[:300], problem.provider_words[:2000]
            publication.save(update_fields=["problem", "provider_words"])
        return None


def _compare(by: User, publication: Publication, channel: Channel, now: datetime) -> ReadBack:
    seen = channel.read_back(publication.remote_id, publication.url)
    signed, live = channel.normalise_live(publication.text), channel.normalise_live(seen.text) if seen else ""
    equal = seen is not None and signed == live
    with acting(by, "publication.read_back"):
        locked = Publication.objects.select_for_update().get(pk=publication.pk)
        row = ReadBack.objects.create(
            publication=locked,
            at=now,
            equal=equal,
            seen_text=seen.text if seen else "",
            difference=[] if equal else [list(part) for part in letter_diff(signed, live)],
            remote_version=seen.version if seen else "",
        )
        locked.state = move(PUBLICATION, locked.state, "seen_equal" if equal else "seen_other").value
        locked.seen_at, locked.problem = now, ""
        locked.save()
        if not equal:
            _open_drift(locked, signed, live, now)
        if equal and (reply := Reply.objects.filter(publication=locked).first()):
            reply_seen_live(by, reply, now)
    publication.refresh_from_db()
    return row


def _open_drift(publication: Publication, signed: str, live: str, now: datetime) -> None:
    drift = Drift.objects.filter(publication=publication, closed_at=None).first()
    if drift is None:
        drift = Drift(publication=publication, opened_at=now)
    elif drift.seen_text == live:
        return
    drift.signed_text, drift.seen_text, drift.letters = signed, live, _letters_apart(signed, live)
    drift.save()


def _letters_apart(signed: str, live: str) -> int:
    pieces = letter_diff(signed, live)
    return max(sum(len(piece.text) for piece in pieces if piece.kind == kind) for kind in ("added", "removed"))


def watch(by: User, now: datetime, *, every: timedelta = timedelta(minutes=10)) -> int:
    """Look again at live texts whose last look is older than `every`; returns how many were looked at."""
    old = Publication.objects.filter(state__in=(State.LIVE, State.DRIFTED), seen_at__lte=now - every)
    rows = list(old.select_related("message", "message__version", "account").order_by("seen_at")[:100])
    for publication in rows:
        read_back(by, publication, now)
    return len(rows)


def close_drift(by: User, drift: Drift, reason: str, now: datetime) -> Drift:
    """Close a drift finding with a reason; it opens again when the live text still differs at the next look."""
    ask(by, "drift.close", drift.publication.account.market, now)
    if not reason.strip():
        raise Refusal(_("Say in a few words what was done."), status=400)
    with acting(by, "drift.close", reason):
        drift.closed_at, drift.closed_by, drift.reason = now, by, reason.strip()[:300]
        drift.save()
    return drift


def take_back(by: User, publication: Publication, now: datetime) -> Publication:
    """Take back what is still held."""
    with acting(by, "publication.take_back"):
        locked = Publication.objects.select_for_update().get(pk=publication.pk)
        if locked.state != State.HELD:
            raise Refusal(_("It has already left."), status=409)
        locked.state = move(PUBLICATION, locked.state, "take_back").value
        locked.save()
    return locked
