"""What a market promises: minutes to the first reply in which office hours, and hours to the hand-over to drug safety.

In this order: the activated release, the shipped pack, the shipped calendar of a market without rules, plain weekdays in the market's zone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from candour.core.clocks import SAFETY_HANDOVER_HOURS, BusinessCalendar, add_business_minutes
from candour.core.public_holidays import Coverage
from candour.flows.releases import active_pack
from candour.packs.calendars import business_calendar, shipped_calendars
from candour.packs.loader import UnknownMarket, load_market, market_id
from candour.packs.market import MarketPack
from candour.packs.schema import Calendar
from candour.registry.queries import market as registered_market

#: The first reply in a market that nobody wrote a promise for.
REPLY_MINUTES = 240
_PLAIN_HOURS = ("09:00-18:00",)
#: Of a market that is not registered.
_HOME_ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Promise:
    """A market's clocks. `place` names the market of the calendar in words; empty where nobody wrote a calendar for it."""

    hours: BusinessCalendar
    place: str = ""
    source: str = ""
    reply_minutes: int = REPLY_MINUTES
    handover_hours: int = SAFETY_HANDOVER_HOURS

    def reply_due(self, now: datetime) -> datetime:
        """When the first reply is due for somebody who wrote at `now`."""
        return add_business_minutes(now, self.reply_minutes, self.hours)

    def coverage(self, start: datetime, due: datetime) -> Coverage:
        """How far the holidays between two instants are known."""
        return self.hours.coverage(start.date(), due.date())


def promise_of(market: str, at: datetime) -> Promise:
    """What a market promises at an instant. Never fails: a market without rules or registration gets plain weekdays and says so."""
    pack = active_pack(market, at) or _shipped(market)
    promise = _hours(market, pack)
    if pack is None:
        return promise
    return replace(
        promise, reply_minutes=pack.clocks.service_first_reply_minutes, handover_hours=pack.clocks.safety_handover_hours
    )  # fmt: skip


def _hours(market: str, pack: MarketPack | None) -> Promise:
    if pack is not None and pack.calendar is not None:
        return Promise(_counted(pack.calendar), pack.title, pack.calendar.source)
    if found := shipped_calendars().get(market.casefold()):
        return Promise(_counted(found.calendar), found.title, found.calendar.source)
    place = registered_market(market)
    return Promise(BusinessCalendar.weekdays(place.timezone if place else _HOME_ZONE, _PLAIN_HOURS))


@lru_cache(maxsize=200)
def _counted(calendar: Calendar) -> BusinessCalendar:
    return business_calendar(calendar)


def _shipped(market: str) -> MarketPack | None:
    try:
        return load_market(market_id(market))
    except UnknownMarket:
        return None
