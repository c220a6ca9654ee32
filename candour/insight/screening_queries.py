"""How screening does here: which release judges since when, and how often a person corrected it. Bounded, whatever has been heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from candour.listening.models import Judgement, ReleaseStart
from candour.people.rights import Held, Sides, visible
from candour.screening.parts import changed
from candour.screening.quality import Share, wilson

#: Judgements looked at: those of so many days, and of them the newest.
WINDOW = timedelta(days=90)
MOST_JUDGEMENTS = 10_000
#: Releases the page names.
MOST_STARTS = 50
_SIDES = Sides("post__versions__market", None, "post__source__account__key")
_UPHELD, _OVERRULED = frozenset({"agree", "case"}), frozenset({"not_so", "dismissed"})


@dataclass(frozen=True, slots=True)
class Running:
    """The release that judged last, since when without a break, the one before it, and the parts that differ between the two."""

    name: str
    since: datetime
    before: str
    changed: tuple[str, ...]


def running() -> Running | None:
    """The release that judges what is heard; None before anything was heard."""
    starts = list(ReleaseStart.objects.order_by("-pk")[:MOST_STARTS])
    if not starts:
        return None
    own = starts[: _run(starts)]
    before = starts[len(own)] if len(own) < len(starts) else None
    return Running(own[0].name, own[-1].at, before.name if before else "", changed(before.parts, own[0].parts) if before else ())


def _run(starts: list[ReleaseStart]) -> int:
    """How many of the newest starts name the same release: two workers may both have put it down."""
    return next((at for at, start in enumerate(starts) if start.name != starts[0].name), len(starts))


@dataclass(frozen=True, slots=True)
class Corrected:
    """What people said of what screening said: upheld it, or overruled it."""

    upheld: int = 0
    overruled: int = 0

    @property
    def judged(self) -> int:
        return self.upheld + self.overruled

    @property
    def share(self) -> Share:
        """The share that was upheld, with its interval."""
        return wilson(self.upheld, self.judged)


@dataclass(frozen=True, slots=True)
class Corrections:
    """Findings agreed with or not, per duty and per language; posts of the queue made a case or dismissed, per language.

    `looked`: judgements read; `capped`: there are older ones within the window that were not read.
    """

    duties: dict[str, Corrected]
    languages: dict[str, Corrected]
    queue: dict[str, Corrected]
    looked: int
    capped: bool


def corrections(held: Iterable[Held], now: datetime) -> Corrections:
    """The judgements of the last 90 days on posts that the reader may see, at most the newest MOST_JUDGEMENTS of everybody's."""
    newest = Judgement.objects.filter(at__gt=now - WINDOW).order_by("-at")[:MOST_JUDGEMENTS]
    seen = visible(held, "post.see", _SIDES) & Q(post__versions__number=1)
    found = Judgement.objects.filter(seen, pk__in=newest.values("pk")).annotate(lang=F("post__versions__lang"))
    rows = list(found.order_by().values_list("duty", "answer", "lang"))
    on_findings, on_posts = [row for row in rows if row[0]], [row for row in rows if not row[0]]
    return Corrections(
        _counted((duty, answer) for duty, answer, _ in on_findings),
        _counted((lang, answer) for _, answer, lang in on_findings),
        _counted((lang, answer) for _, answer, lang in on_posts),
        len(rows),
        len(rows) >= MOST_JUDGEMENTS,
    )


def _counted(answers: Iterable[tuple[str, str]]) -> dict[str, Corrected]:
    """Most judged first."""
    upheld: Counter[str] = Counter()
    overruled: Counter[str] = Counter()
    for key, answer in answers:
        upheld[key] += answer in _UPHELD
        overruled[key] += answer in _OVERRULED
    rows = {key: Corrected(upheld[key], overruled[key]) for key in upheld}
    return dict(sorted(rows.items(), key=lambda item: (-item[1].judged, item[0])))
