"""How screening does here: which release judges since when, and how often a person corrected it. Bounded, whatever has been heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import QuerySet

from candour.listening.models import Judgement, PostVersion, ReleaseStart
from candour.people.prepared import Given, Prepared
from candour.people.rights import Held, Place, may
from candour.screening.parts import changed
from candour.screening.quality import Share, wilson

#: Judgements looked at: those of so many days, and of them the newest.
WINDOW = timedelta(days=90)
MOST_JUDGEMENTS = 5_000
#: Releases the page names.
MOST_STARTS = 50
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
    """The judgements of the last 90 days on posts that the reader may see, out of the newest MOST_JUDGEMENTS of everybody's."""
    newest = Judgement.objects.filter(at__gt=now - WINDOW).order_by("-at").values_list("post_id", "duty", "answer")[:MOST_JUDGEMENTS]
    judged = list(newest)
    langs = _langs(tuple(held), {post for post, _, _ in judged})
    rows = [(duty, answer, langs[post]) for post, duty, answer in judged if post in langs]
    on_findings, on_posts = [row for row in rows if row[0]], [row for row in rows if not row[0]]
    return Corrections(
        _counted((duty, answer) for duty, answer, _ in on_findings),
        _counted((lang, answer) for _, answer, lang in on_findings),
        _counted((lang, answer) for _, answer, lang in on_posts),
        len(rows),
        len(judged) >= MOST_JUDGEMENTS,
    )


def _first_versions() -> QuerySet[PostVersion, tuple[int, str, str, str | None]]:
    found = PostVersion.objects.filter(post__id__any_of=Given("posts"), number=1)
    return found.values_list("post_id", "lang", "market", "post__source__account__key")


_FIRST_VERSIONS = Prepared(_first_versions)


def _langs(held: tuple[Held, ...], posts: Collection[int]) -> dict[int, str]:
    """The language of each of these posts that the reader may see; a few places are tested, not thousands of posts."""
    seen = cache(lambda market, account: may(held, "post.see", Place(market, None, account or "")))
    rows = _FIRST_VERSIONS.ask(posts=sorted(posts)) if posts else ()
    return {post: lang for post, lang, market, account in rows if seen(market, account)}


def _counted(answers: Iterable[tuple[str, str]]) -> dict[str, Corrected]:
    """Most judged first."""
    upheld: Counter[str] = Counter()
    overruled: Counter[str] = Counter()
    for key, answer in answers:
        upheld[key] += answer in _UPHELD
        overruled[key] += answer in _OVERRULED
    rows = {key: Corrected(upheld[key], overruled[key]) for key in upheld}
    return dict(sorted(rows.items(), key=lambda item: (-item[1].judged, item[0])))
