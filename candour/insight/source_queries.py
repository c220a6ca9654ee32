"""Source health: when each source was last heard, its gaps, and which part of the last thirty days it listened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from candour.core.states import SourceState
from candour.listening.models import Gap, Intake, Source
from candour.listening.queries import SOURCE_SIDES
from candour.people.rights import Held, Sides, visible

WINDOW = timedelta(days=30)
#: Sources and gaps one page shows; a company with more filters by market.
MOST_SOURCES, MOST_GAPS = 200, 60


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its health. `silent_since` is set while it is silent beyond its expectation; `coverage` is a share 0..1 or None."""

    source: Source
    silent_since: datetime | None
    gaps: Sequence[Gap]
    coverage: float | None
    since: datetime | None

    @property
    def percent(self) -> str:
        """The coverage as people read it; a source that lost a second never reads as 100."""
        share = self.coverage or 0.0
        return "100" if share >= 1 else f"{min(share * 100, 99.9):.1f}"

    @property
    def connected(self) -> bool:
        return self.source.state != SourceState.NOT_CONNECTED


def sources_visible_to(held: Iterable[Held]) -> QuerySet[Source]:
    """Sources whose health the reader may see."""
    return Source.objects.filter(visible(held, "source.see", SOURCE_SIDES)).select_related("account")


def health(held: Iterable[Held], now: datetime, *, market: str = "") -> list[SourceRow]:
    """Every source the reader may see: silent ones first, then listening, then those never connected."""
    found = sources_visible_to(held)
    sources = list((found.filter(market=market) if market else found).order_by("name", "pk")[:MOST_SOURCES])
    gaps, first = _gaps(sources, now), _first_heard(sources)
    rows = [row_of(source, gaps.get(source.pk, []), first.get(source.pk), now) for source in sources]
    return sorted(rows, key=lambda row: (row.silent_since is None, not row.connected))


def row_of(source: Source, gaps: Sequence[Gap], first_heard: datetime | None, now: datetime) -> SourceRow:
    """The health of one source from its gaps of the window."""
    silent = silent_since(source, now)
    since = max(first_heard, now - WINDOW) if first_heard else None
    return SourceRow(source, silent, gaps, coverage(gaps, since, now, silent) if since else None, since)


def silent_since(source: Source, now: datetime) -> datetime | None:
    """Since when a connected source owes an answer; None while it is within its interval, or has none."""
    if source.state == SourceState.NOT_CONNECTED or not source.expected_minutes or source.last_ok_at is None:
        return None
    return source.last_ok_at if now - source.last_ok_at > timedelta(minutes=source.expected_minutes) else None


def coverage(gaps: Iterable[Gap], since: datetime, now: datetime, silent: datetime | None = None) -> float | None:
    """Share of the time from `since` to `now` that was listened to or back-filled; None when that is no time at all.

    A gap that was closed without being back-filled counts as lost, an open one up to `now`.
    """
    whole = now - since
    if whole <= timedelta():
        return None
    lost = [(gap.opened_at, gap.closed_at or now) for gap in gaps if gap.back_filled_at is None]
    if silent is not None:
        lost.append((silent, now))
    return 1 - sum((end - start for start, end in _merged(lost, since, now)), timedelta()) / whole


def _merged(spans: Iterable[tuple[datetime, datetime]], since: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """Spans cut to the window, without overlap."""
    answer: list[tuple[datetime, datetime]] = []
    for start, end in sorted((max(start, since), min(end, now)) for start, end in spans):
        if end <= start:
            continue
        if answer and start <= answer[-1][1]:
            answer[-1] = (answer[-1][0], max(answer[-1][1], end))
        else:
            answer.append((start, end))
    return answer


def _gaps(sources: Sequence[Source], now: datetime) -> dict[int, list[Gap]]:
    """Gaps that touch the window, newest first, by source."""
    found: dict[int, list[Gap]] = {}
    rows = Gap.objects.filter(source__in=sources).exclude(closed_at__lt=now - WINDOW).order_by("-opened_at", "pk")
    for gap in rows.select_related("source")[: MOST_GAPS * 20]:
        found.setdefault(gap.source_id, []).append(gap)
    return found


def _first_heard(sources: Sequence[Source]) -> dict[int, datetime]:
    rows = Intake.objects.filter(source__in=sources).values("source_id").annotate(first=Min("at"))
    return dict(rows.values_list("source_id", "first"))


def gap_list(rows: Iterable[SourceRow]) -> list[Gap]:
    """The gaps of these sources, open ones first, then the newest."""
    gaps = [gap for row in rows for gap in row.gaps]
    return sorted(gaps, key=lambda gap: (gap.closed_at is not None, -gap.opened_at.timestamp()))[:MOST_GAPS]


def source_of(held: Iterable[Held], key: str) -> Source | None:
    """A source by its key as far as the reader may see it."""
    return sources_visible_to(held).filter(key=key).first()


def last_imports(held: Iterable[Held], most: int = 8) -> list[Intake]:
    """The newest batches that came from files, as far as the reader may import there."""
    sides = Sides("source__market", None, "source__account__key")
    found = Intake.objects.filter(visible(held, "post.import", sides), source__kind="file").exclude(name="")
    return list(found.select_related("source").order_by("-id")[:most])
