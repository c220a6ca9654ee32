"""The office hours behind a service clock, in the reader's words, and a warning where the public holidays are not fully known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_day_names
from babel.lists import format_list
from django.utils.translation import gettext as _

from candour.cases.models import Case
from candour.core.clocks import MIDNIGHT, BusinessCalendar
from candour.core.public_holidays import Coverage
from candour.flows.office_hours import Promise, promise_of
from candour.web.spoken_time import reader_locale


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Which calendar a promise counts by; `warning` is empty where its holidays are fully known."""

    words: str
    warning: str


def reply_hours(case: Case, promise: Promise | None = None) -> HoursLine | None:
    """The office hours of the first reply a case waits for; None when it waits for none. `promise`: the case's, when known already."""
    if case.service_due_at is None or case.service_met_at is not None:
        return None
    return hours_line(promise or promise_of(case.market, case.opened_at), case.opened_at, case.service_due_at)


def hours_line(promise: Promise, start: datetime, due: datetime) -> HoursLine:
    """The line for a clock that runs from `start` to `due`."""
    told = {"place": promise.place, "days": weekdays(promise.hours), "hours": blocks(promise.hours), "zone": promise.hours.timezone}
    if promise.place:
        words = _("First reply in office hours of %(place)s: %(days)s, %(hours)s, %(zone)s, without public holidays.") % told
    else:
        words = _("First reply on plain weekdays: %(days)s, %(hours)s, %(zone)s.") % told
    return HoursLine(words, _warning(promise, start, due))


def _warning(promise: Promise, start: datetime, due: datetime) -> str:
    if not promise.place:
        return _("Nobody wrote office hours for this market, so public holidays are counted as working days.")
    coverage = promise.coverage(start, due)
    told = {"years": _years(start, due), "place": promise.place}
    if coverage == Coverage.MISSING:
        return _("Not all public holidays of %(years)s in %(place)s are known, so some may be counted as working days.") % told
    if coverage == Coverage.ESTIMATED:
        return _("Some public holidays of %(years)s in %(place)s are estimated and may move by a day.") % told
    return ""


def _years(start: datetime, due: datetime) -> str:
    return str(start.year) if start.year == due.year else f"{start.year}–{due.year}"


def blocks(hours: BusinessCalendar) -> str:
    """The hours of a day: "09:00–12:00, 13:00–17:00"."""
    spans = dict.fromkeys((opens, closes) for _day, opens, closes in hours.blocks)
    return ", ".join(f"{opens:%H:%M}–{'24:00' if closes == MIDNIGHT else f'{closes:%H:%M}'}" for opens, closes in spans)


def weekdays(hours: BusinessCalendar) -> str:
    """The days of a week: "Mon–Fri", "Sun–Thu", "Mon, Wed"."""
    names = get_day_names("abbreviated", locale=reader_locale())
    days = sorted({day for day, _opens, _closes in hours.blocks})
    first = _first_of_run(days)
    if first is not None:
        return f"{names[first]}–{names[(first + len(days) - 1) % 7]}"
    return format_list([names[day] for day in days], style="unit", locale=reader_locale())


def _first_of_run(days: Sequence[int]) -> int | None:
    """The day that begins the one run of at least three days in a row, over Sunday too; None where there is no such run."""
    starts = [day for day in days if (day - 1) % 7 not in days]
    return starts[0] if len(days) > 2 and len(starts) == 1 else None
