"""The round of the listener: which sources are due, one poll of one source, and silence that nobody noticed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from candour.channels.base import ChannelError, Page
from candour.core.backoff import pause
from candour.core.clocks import has_passed
from candour.core.states import SourceState
from candour.flows.doors import channel_of_source, in_use
from candour.flows.receive import take_in
from candour.journal.acting import acting
from candour.listening.actions import Silence, fell_silent, heard_from, hold
from candour.listening.models import Gap, Source
from candour.people.models import User

#: Our own newsroom answers from next door: a question should be in the inbox before its writer has left the page.
OWN_EVERY = timedelta(seconds=5)
POLLED = ("newsroom", "feed", "bluesky", "mastodon")
MAX_PAGES = 20


def due(now: datetime) -> list[int]:
    """Sources whose turn it is: three polls fit into the interval in which one must succeed. One that failed waits out its pause."""
    rows = Source.objects.filter(kind__in=POLLED).exclude(state__in=(SourceState.STOPPED, SourceState.NOT_CONNECTED))
    waiting = Q(next_try_at__gt=now, last_try_at__lte=now)  # a try dated later than now came before the clock was set back
    rows = rows.exclude(waiting)
    return [source.pk for source in rows if source.last_try_at is None or has_passed(source.last_try_at, every(source), now)]


def every(source: Source) -> timedelta:
    """How long to wait between two polls of a source."""
    return OWN_EVERY if source.kind == "newsroom" else timedelta(minutes=source.expected_minutes) / 3


def poll(by: User, source_id: int, now: datetime) -> int:
    """Poll one source to its end and take in what it says; returns how many posts were stored. Silence is recorded, never raised."""
    source = Source.objects.select_related("account").get(pk=source_id)
    stored = 0
    try:
        with in_use(channel_of_source(source)) as channel:
            for _page in range(MAX_PAGES):
                page = channel.poll(source.cursor)
                stored += _take(by, source, page, now)
                if not page.more:
                    break
    except ChannelError as problem:
        _failed(by, source, now, problem)
    return stored


def _take(by: User, source: Source, page: Page, now: datetime) -> int:
    if page.posts or page.removed or page.gap or page.cursor != source.cursor:
        return take_in(by, source, page, now).stored
    with acting(by, "listen.heartbeat", source.key):  # it answered and had nothing new: no intake of nothing
        hold(source)
        heard_from(source, now, cursor=page.cursor, last_post_at=None, stored=0, more=page.more)
    return 0


def _failed(by: User, source: Source, now: datetime, problem: ChannelError) -> None:
    """A poll failed: when the next one is made. The pause never grows beyond the usual time between two polls of a source that is not
    ours, since a post heard late is a report sent late; what the other side asks for is honoured."""
    silence = Silence(why=str(problem), permanent=problem.permanent, provider_words=problem.provider_words, cause=problem.cause)
    most = max(every(source), timedelta(minutes=source.expected_minutes) / 3)
    wait = pause(source.failed_tries + 1, source.key, first=every(source), most=most, asked=problem.wait)
    _note_silence(by, source, now, silence, now + wait)


def _note_silence(by: User, source: Source, now: datetime, silence: Silence, next_try_at: datetime | None = None) -> None:
    with acting(by, "listen.silent", source.key):
        hold(source)
        fell_silent(source, now, silence, next_try_at)


def notice_silence(by: User, now: datetime) -> int:
    """Open a gap for every source that should have answered by now and did not; returns how many were opened."""
    expected = Source.objects.filter(kind__in=POLLED, state__in=(SourceState.LISTENING, SourceState.RETRYING), expected_minutes__gt=0)
    opened = 0
    for source in expected.filter(~Exists(Gap.objects.filter(source=OuterRef("pk"), closed_at=None))):
        if source.last_ok_at and now - source.last_ok_at >= timedelta(minutes=source.expected_minutes):
            why = source.problem or _("Nothing answered within %(count)s minutes.") % {"count": source.expected_minutes}
            _note_silence(by, source, now, Silence(why=why, provider_words=source.provider_words, cause=source.cause))
            opened += 1
    return opened
