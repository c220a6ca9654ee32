"""What can be wrong with time: a machine's clock that is off, and years of a market whose public holidays are not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from candour.core.public_holidays import Coverage
from candour.flows.office_hours import promise_of
from candour.journal.acting import database_now
from candour.registry.queries import markets
from candour.web.spoken_time import duration

#: A difference below this is network and rounding.
APART = timedelta(seconds=10)


def clock_fault() -> str | None:
    """None when this machine and the database agree about the time."""
    ahead = datetime.now(UTC) - database_now()
    if abs(ahead) < APART:
        return None
    side = "ahead of" if ahead > timedelta() else "behind"
    return f"This machine's clock is {duration(abs(ahead))} {side} the database's: let a time service (NTP) keep both."


def holiday_fault() -> str | None:
    """None when the public holidays of every market are known from now on for a year."""
    now = database_now()
    unknown = [place.code.upper() for place in markets() if not _knows(place.code, now)]
    if not unknown:
        return None
    places = ", ".join(unknown)
    return f"The public holidays of the next twelve months are not known for {places}: upgrade Candour, or add the market's calendar."


def _knows(market: str, now: datetime) -> bool:
    promise = promise_of(market, now)
    return bool(promise.place) and promise.coverage(now, now + timedelta(days=365)) != Coverage.MISSING
