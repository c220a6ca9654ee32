"""The round of the listener: which sources are due, one poll of one source, and silence that nobody noticed."""

from __future__ import annotations

from datetime import datetime, timedelta

from candour.channels.base import ChannelError
from candour.core.states import SourceState
from candour.flows.doors import channel_of_source
from candour.flows.receive import take_in
from candour.journal.acting import acting
from candour.listening.actions import fell_silent, heard_from
from candour.listening.models import Source
from candour.people.models import User

#: Our own newsroom answers from next door: a question should be in the inbox before its writer has left the page.
OWN_EVERY = timedelta(seconds=5)
POLLED = ("newsroom", "feed", "bluesky")
MAX_PAGES = 20


def due(now: datetime) -> list[int]:
    """Sources whose turn it is: three polls fit into the interval in which one must succeed."""
    rows = Source.objects.filter(kind__in=POLLED).exclude(state__in=(SourceState.STOPPED, SourceState.NOT_CONNECTED))
    return [source.pk for source in rows if source.last_try_at is None or now - source.last_try_at >= every(source)]


def every(source: Source) -> timedelta:
    """How long to wait between two polls of a source."""
    return OWN_EVERY if source.kind == "newsroom" else timedelta(minutes=source.expected_minutes) / 3


def poll(by: User, source_id: int, now: datetime) -> int:
    """Poll one source to its end and take in what it says; returns how many posts were stored. Silence is recorded, never raised."""
    source = Source.objects.select_related("account").get(pk=source_id)
    stored = 0
    try:
        channel = channel_of_source(source)
        for _page in range(MAX_PAGES):
            page = channel.poll(source.cursor)
            if page.posts or page.cursor != source.cursor:
                stored += take_in(by, source, page, now).stored
            else:
                answered(by, source, now)
            if not page.more:
                break
    except ChannelError as problem:
        with acting(by, "listen.silent", source.key):
            fell_silent(source, now, str(problem), permanent=problem.permanent, provider_words=problem.provider_words)
    return stored


def answered(by: User, source: Source, now: datetime) -> None:
    """The source answered and had nothing new: a heartbeat, without an intake of nothing."""
    with acting(by, "listen.heartbeat", source.key):
        heard_from(source, now, cursor=source.cursor, last_post_at=None, stored=0)


def notice_silence(by: User, now: datetime) -> int:
    """Open a gap for every source that should have answered by now and did not; returns how many were opened."""
    opened = 0
    for source in Source.objects.filter(kind__in=POLLED, state__in=(SourceState.LISTENING, SourceState.RETRYING)):
        if source.last_ok_at and now - source.last_ok_at >= timedelta(minutes=source.expected_minutes):
            with acting(by, "listen.silent", source.key):
                why = source.problem or f"Nothing answered within {source.expected_minutes} minutes."
                fell_silent(source, now, why, permanent=False, provider_words=source.provider_words)
            opened += 1
    return opened
