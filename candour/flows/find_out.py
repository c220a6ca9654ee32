"""An outcome nobody knows: may the text be sent again, does it stand there already, or must a person look?

Where the receiver keeps our key the text is sent again under it, as long as the key lasts. Where it keeps none, the account's own posts are
searched: a text that stands there was sent; one that still doesn't stand there `SETTLED` after its last attempt was not. It is never sent
again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from candour.channels.base import Channel, ChannelError, Finds, OutgoingMessage, Published
from candour.journal.queries import last_change, written_before
from candour.messages.models import Publication

#: The acts by which the journal knows that a text was begun and that it was recorded as sent.
BEGUN, SENT = "publication.send", "publication.sent"
#: A post that was under way when the answer was lost stands there by now.
SETTLED = timedelta(minutes=2)
#: How many of the account's earlier texts are asked whether they were recorded before the first attempt.
EARLIER = 20
#: Clocks of two machines may differ by this much.
SLACK = timedelta(minutes=10)


class Way(StrEnum):
    """`send`: again under the same key; `found`: it stands there; `absent`: it does not; `later`: look again; `ask`: a person looks."""

    SEND = "send"
    FOUND = "found"
    ABSENT = "absent"
    LATER = "later"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The way on, with what was found and why it could not be looked."""

    way: Way
    published: Published | None = None
    problem: ChannelError | None = None


def takes_key(publication: Publication, channel: Channel, now: datetime) -> bool:
    """Does the receiver still know the key of the first attempt?"""
    lasts: timedelta | None = getattr(channel, "key_lasts", None)
    first = publication.first_tried_at
    if lasts is not None and first is not None and not first <= now < first + lasts:  # first later than now: a clock was set back
        return False
    return channel.delivery == "exactly_once"


def can_be_found_out(publication: Publication, channel: Channel, now: datetime) -> bool:
    """Can the outcome be told without a person?"""
    return takes_key(publication, channel, now) or isinstance(channel, Finds)


def find_out(publication: Publication, channel: Channel, message: OutgoingMessage, now: datetime) -> Outcome:
    """What is to be done with a publication whose last attempt has no known outcome. Asks the network, changes nothing."""
    if takes_key(publication, channel, now):
        return Outcome(Way.SEND)
    if not isinstance(channel, Finds):
        return Outcome(Way.ASK)
    first = publication.first_tried_at or publication.due_at
    try:
        candidates = channel.find(message, min(first, now) - SLACK, _earlier(publication))
    except ChannelError as problem:
        return Outcome(Way.ASK if problem.permanent else Way.LATER, problem=problem)
    if ours := _unclaimed(publication, candidates):
        return Outcome(Way.FOUND, ours)
    last = publication.sending_since or now
    return Outcome(Way.ABSENT if now >= last + SETTLED else Way.LATER)


def _earlier(publication: Publication) -> frozenset[str]:
    """Ids of texts on the same account that were on record as sent before this one was first begun.

    By the order of the journal: the earlier text was posted before its entry was written, this one after its own was. An attempt of which
    nothing reached the receiver is no beginning: it is taken back, and the next one is first.
    """
    table = Publication._meta.db_table
    begun = last_change(table, str(publication.pk), BEGUN, "first_tried_at")
    if begun is None or publication.first_tried_at is None:
        return frozenset()
    rows = Publication.objects.filter(account=publication.account_id, sent_at__lte=publication.first_tried_at).exclude(remote_id="")
    ids = dict(rows.exclude(pk=publication.pk).order_by("-sent_at").values_list("pk", "remote_id")[:EARLIER])
    known = written_before(table, map(str, ids), SENT, begun)
    return frozenset(remote for pk, remote in ids.items() if str(pk) in known)


def _unclaimed(publication: Publication, candidates: tuple[Published, ...]) -> Published | None:
    """The first that is not another publication's: the same words may stand there twice because they were ordered twice."""
    ids = [found.remote_id for found in candidates]
    others = Publication.objects.filter(account=publication.account_id, remote_id__in=ids).exclude(pk=publication.pk)
    claimed = set(others.values_list("remote_id", flat=True))
    return next((found for found in candidates if found.remote_id not in claimed), None)
