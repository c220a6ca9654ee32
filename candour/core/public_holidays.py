"""Public holidays of a country or a part of it, and whether a year is fully known. The dates come from the `holidays` library."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import holidays


class Coverage(StrEnum):
    """How far the holidays of a year are known: all of them, some as an estimate (lunar calendars), or not (all) of them."""

    FULL = "full"
    ESTIMATED = "estimated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """The days on which a market is closed by law in one year, and how far they are known."""

    days: frozenset[date]
    coverage: Coverage


_NOTHING_KNOWN = HolidayYear(frozenset(), Coverage.MISSING)


def is_known_place(country: str, subdivision: str = "") -> bool:
    """Does the library know this country (ISO 3166-1) and this part of it (ISO 3166-2)?"""
    known = holidays.list_supported_countries(include_aliases=False)
    return country in known and (not subdivision or subdivision in known[country])


@lru_cache(maxsize=2000)
def holiday_year(country: str, subdivision: str, year: int) -> HolidayYear:
    """Public holidays with their substitute days in one year. Never raises: a place or year without data is `MISSING`."""
    with warnings.catch_warnings(record=True) as told:  # the library warns where it knows a year in part only
        warnings.simplefilter("always")
        try:
            found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
        except NotImplementedError:  # the library's word for a place it does not know
            return _NOTHING_KNOWN
    days = frozenset(day for day in found if day.year == year)
    if told or not days:
        return HolidayYear(days, Coverage.MISSING)
    guessed = any("estimated" in name.lower() for name in found.values())
    return HolidayYear(days, Coverage.ESTIMATED if guessed else Coverage.FULL)
