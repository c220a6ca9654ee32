"""Instants that people type: a day and a time on the clocks of the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from candour.core.clocks import exists, is_twice
from candour.flows.answers import Refusal


def typed_instant(words: str) -> datetime | None:
    """The one instant that is meant, in UTC; None when nothing was typed.

    Refuses words that are no time, and a local time that exists twice or not at all on the day the clocks change: to guess would be to
    publish an hour early or late.
    """
    if not words.strip():
        return None
    try:
        typed = datetime.fromisoformat(words.strip())
        return typed.astimezone(UTC) if typed.tzinfo else _the_only(typed)
    except (ValueError, OverflowError):  # no time, or the first and last day of the calendar
        raise Refusal(_("That is no time."), remedy=_("Choose a day and a time, or leave both empty for now."), status=400) from None


def _the_only(typed: datetime) -> datetime:
    zone = timezone.get_current_timezone()
    told = {"time": f"{typed:%H:%M}", "zone": str(zone)}
    remedy = _("Choose a time before or after that hour.")
    if not exists(typed, zone):
        raise Refusal(_("%(time)s is left out on that day in %(zone)s: the clocks go forward.") % told, remedy=remedy, status=400)
    if is_twice(typed, zone):
        raise Refusal(_("%(time)s comes twice on that day in %(zone)s: the clocks go back.") % told, remedy=remedy, status=400)
    return typed.replace(tzinfo=zone).astimezone(UTC)
