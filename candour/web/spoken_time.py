"""Instants and durations as people read them: "23 h 41 m" left, "3 m" ago, "Wed 25 Nov, 10:23 CET"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from django.utils import timezone, translation
from django.utils.translation import pgettext

MINUTE, HOUR, DAY = 60, 3600, 86400

#: Longer than "MEZ" or "CEST" a zone is a sentence ("Eastern Standard Time") and pushes the time itself out of its column.
_LONGEST_ZONE = 5


def duration(span: timedelta) -> str:
    """A time left: the two largest units, minutes at the finest; under a minute "1 m", so that a clock never shows nought while it runs."""
    seconds = max(int(span.total_seconds()), MINUTE)
    if seconds >= DAY:
        parts = {"days": seconds // DAY, "hours": seconds % DAY // HOUR}
        return pgettext("time left", "%(days)s d %(hours)s h") % parts
    if seconds >= HOUR:
        parts = {"hours": seconds // HOUR, "minutes": f"{seconds % HOUR // MINUTE:02d}"}
        return pgettext("time left", "%(hours)s h %(minutes)s m") % parts
    return pgettext("time left", "%(minutes)s m") % {"minutes": seconds // MINUTE}


def age(span: timedelta) -> str:
    """How long ago, in the largest unit only."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < MINUTE:
        return pgettext("time past", "%(count)s s") % {"count": seconds}
    if seconds < HOUR:
        return pgettext("time past", "%(count)s m") % {"count": seconds // MINUTE}
    if seconds < DAY:
        return pgettext("time past", "%(count)s h") % {"count": seconds // HOUR}
    return pgettext("time past", "%(count)s d") % {"count": seconds // DAY}


def reader_locale() -> Locale:
    """Babel's locale for the reader; English readers get day-month order and 24 hours (en-GB), the pseudo-locale too."""
    return _locale((translation.get_language() or "en").replace("-", "_"))


@lru_cache(maxsize=100)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse("en_GB" if language in ("en", "eo") else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def zone_name(instant: datetime) -> str:
    """The zone as people of the place call it, else its usual short name."""
    local = timezone.localtime(instant)
    hour = local.replace(minute=0, second=0, microsecond=0)
    return _zone_name(hour, hour.fold, local.tzname() or "", str(timezone.get_current_timezone()), translation.get_language() or "en")


@lru_cache(maxsize=5000)
def _zone_name(hour: datetime, fold: int, usual: str, zone: str, language: str) -> str:
    """The name in one hour. `fold` and the `usual` name tell hours apart that are equal on the clock, `zone` and `language` its readers."""
    named = format_datetime(hour, "z", tzinfo=hour.tzinfo, locale=reader_locale())
    unnamed = named[:1] in "+-" or named.startswith(("GMT", "UTC")) or len(named) > _LONGEST_ZONE
    return usual if unnamed else named


def _formatted(instant: datetime, pattern: str) -> str:
    local = timezone.localtime(instant)
    return format_datetime(local, pattern, tzinfo=local.tzinfo, locale=reader_locale())


def _dated(day: date, skeleton: str) -> str:
    """A date with the parts of the skeleton, in the order and with the points and commas of the reader's language."""
    return format_skeleton(skeleton, day, locale=reader_locale())


def _weekday_and(instant: datetime, skeleton: str) -> str:
    """The weekday, then the date: "Wed 25 Nov", "Mi. 25. Nov."; no comma, since a comma stands before the time."""
    return f"{_formatted(instant, 'EEE')} {_dated(timezone.localtime(instant), skeleton)}"


def _at(date_words: str, time_words: str) -> str:
    return pgettext("date, then time", "%(date)s, %(time)s") % {"date": date_words, "time": time_words}


def _reader() -> tuple[tzinfo, str | None]:
    """What the words of an instant depend on beside the instant itself."""
    return timezone.get_current_timezone(), translation.get_language()


def exact(instant: datetime) -> str:
    """Day, date with year, time to the minute and zone."""
    minute = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return _exact(minute, str(timezone.get_current_timezone()), translation.get_language() or "en")


@lru_cache(maxsize=5000)
def _exact(minute: datetime, zone: str, language: str) -> str:
    """The words of one minute for readers of one zone and language, which Django's current ones are when this is called."""
    return _at(_weekday_and(minute, "yMMMd"), clock_time(minute))


def day_and_time(instant: datetime, now: datetime) -> str:
    """Time and zone for today, with the day before it otherwise, with the year when it is another one."""
    return _day_and_time(instant, timezone.localtime(now).date(), _reader())


@lru_cache(maxsize=20_000)
def _day_and_time(instant: datetime, today: date, _of: tuple[tzinfo, str | None]) -> str:
    then = timezone.localtime(instant)
    if then.date() == today:
        return clock_time(instant)
    return _at(_weekday_and(instant, "MMMd" if then.year == today.year else "yMMMd"), clock_time(instant))


def clock_time(instant: datetime) -> str:
    return f"{_formatted(instant, 'HH:mm')} {zone_name(instant)}"


def to_the_second(instant: datetime) -> str:
    return _formatted(instant, "HH:mm:ss")


def day(instant: date) -> str:
    """A date without its time; of an instant the day it is in the reader's zone."""
    return _dated(timezone.localtime(instant) if isinstance(instant, datetime) else instant, "yMMMd")


def long_day(instant: datetime) -> str:
    """A date with its month written out, for readers outside the company."""
    return format_date(timezone.localtime(instant), "long", locale=reader_locale())


def day_and_minute(instant: datetime) -> str:
    """Day, month and time, without year and zone, for a narrow column of one person's own history."""
    return _at(_dated(timezone.localtime(instant), "MMMd"), _formatted(instant, "HH:mm"))
