"""What a clock shows: always the same pair, safety above and service below, in five states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from candour.web import spoken_time

#: Below this much time left a clock is outlined as due.
NEAR = {"safety": timedelta(hours=4), "service": timedelta(minutes=30), "judge": timedelta(hours=1)}
_NAME: dict[str, str | Promise] = {
    "safety": gettext_lazy("Safety clock"),
    "service": gettext_lazy("Service clock"),
    "judge": gettext_lazy("To judge"),
}
_ICON = {"safety": "shield", "service": "reply", "judge": "eye"}


@dataclass(frozen=True, slots=True)
class Face:
    """One clock as shown. `state`: none (not owed), calm, due, over or met; `used` is the part of its time that is gone."""

    kind: str
    state: str
    words: str
    spoken: str
    icon: str
    due_at: datetime | None
    used: float
    by: str

    @property
    def name(self) -> str:
        return str(_NAME[self.kind])

    @property
    def hue(self) -> str:
        return "" if self.kind == "judge" else self.kind

    @property
    def exact(self) -> str:
        return spoken_time.exact(self.due_at) if self.due_at else ""


def _met_words(kind: str) -> str:
    return pgettext("clock", "handed over") if kind == "safety" else pgettext("clock", "answered")


def face(kind: str, due_at: datetime | None, met_at: datetime | None, started_at: datetime | None, now: datetime) -> Face:
    """The face of one clock at `now`."""
    if met_at is not None:
        words = _met_words(kind)
        return Face(kind, "met", words, words, "check", due_at, 1.0, spoken_time.day_and_time(met_at, now))
    if due_at is None:
        return Face(kind, "none", "–", _("none owed"), _ICON[kind], None, 0.0, "")
    left, late = spoken_time.duration(abs(due_at - now)), due_at <= now
    state = "over" if late else "due" if due_at - now < NEAR[kind] else "calm"
    words = f"+{left}" if late else left
    spoken = _("late by %(time)s") % {"time": left} if late else _("%(time)s left") % {"time": left}
    return Face(kind, state, words, spoken, _ICON[kind], due_at, _used(started_at, due_at, now), spoken_time.day_and_time(due_at, now))


def _used(started_at: datetime | None, due_at: datetime, now: datetime) -> float:
    if started_at is None or due_at <= started_at:
        return 1.0 if now >= due_at else 0.0
    return (now - started_at) / (due_at - started_at)


Clock = tuple[str, datetime | None, datetime | None, datetime | None]


def clocks_of(thing: Any) -> list[Clock]:
    """The clocks of a case or row as (kind, due, met, started).

    The pair, or for a post that nobody has judged yet its one clock below an empty safety clock.
    """
    if getattr(thing, "judge_by", None) is not None:
        return [("safety", None, None, None), ("judge", thing.judge_by, None, thing.first_heard_at)]
    return [
        ("safety", thing.safety_due_at, thing.safety_met_at, thing.aware_at),
        ("service", thing.service_due_at, thing.service_met_at, thing.opened_at),
    ]


def faces_of(thing: Any, now: datetime) -> list[Face]:
    """The faces of a case or row."""
    return [face(*clock, now) for clock in clocks_of(thing)]
