"""What became of an approved message: how often it went out, what still stands, what people wrote under it, and what was wrong with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q

from candour.core.states import PublicationState
from candour.listening.models import PostVersion
from candour.messages.models import ApprovedMessage, Drift, Publication
from candour.newsroom.models import Item

_OUT = tuple(
    state.value
    for state in (
        PublicationState.SENT,
        PublicationState.LIVE,
        PublicationState.DRIFTED,
        PublicationState.STATED,
        PublicationState.TAKING_DOWN,
    )
)
#: How far back uses are counted beside all of them.
LATELY = timedelta(days=90)


class Results(NamedTuple):
    """`published`: texts that went out; `standing`: of these still there; `lately`: out within 90 days; `heard`: other people's posts under
    them; `drifts`: how often one was found changed; `reused`: markets that stand on it."""

    published: int
    standing: int
    lately: int
    heard: int
    drifts: int
    reused: int


def results_of(message: ApprovedMessage, now: datetime) -> Results:
    """The figures of one message."""
    out = Q(sent_at__isnull=False)
    rows = Publication.objects.filter(message=message)
    counts = rows.aggregate(
        published=Count("pk", filter=out),
        standing=Count("pk", filter=Q(state__in=_OUT)),
        lately=Count("pk", filter=out & Q(sent_at__gt=now - LATELY)),
    )
    return Results(
        **counts,
        heard=_heard(list(rows.exclude(remote_id="").values_list("remote_id", "account__key"))),
        drifts=Drift.objects.filter(publication__message=message).count(),
        reused=ApprovedMessage.objects.filter(reused_from__source=message, withdrawn_at=None).count(),
    )


def _heard(places: list[tuple[str, str]]) -> int:
    """Posts that answer one of these, or stand in a thread that one of these opened; each counted once."""
    if not places:
        return 0
    remote = [remote_id for remote_id, _account in places]
    threads = Item.objects.filter(key__in=remote, in_reply_to="").values_list("thread", "account")
    under = Q(in_reply_to__in=remote) | Q(thread__in=remote)
    for thread, account in threads:
        under |= Q(thread=thread, post__source__account__key=account)
    return PostVersion.objects.filter(under).values("post").distinct().count()
