"""How well a release screens: posts of known answer, counted per language and duty, with what chance alone could have made of them.

A post is right for a duty when screening finds it exactly where the label says; the adverse event counts from the queue threshold on, as a
person is shown it. Precision and recall carry their Wilson interval (95 %). F1 is a rising function of the share s = hits / (hits + false +
missed), F1 = 2s / (1 + s), so the Wilson interval of s, carried over, is that of F1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from candour.core.terms import DutyKind
from candour.packs.language_schema import LanguagePack, shipped_languages
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.products import SUBSTANCES, read_products
from candour.screening.result import QUEUE_THRESHOLD, Screened

#: The invented products that the examples name.
EXAMPLE_PRODUCTS = SUBSTANCES.parent / "example_products.csv"
#: A language or duty with fewer posts that owe something says little; the page and the command say so.
FEW_POSTS = 30
_Z = 1.959964


class Share(NamedTuple):
    """A share of `of` with its interval; `value` is None where there is nothing to take a share of."""

    value: float | None
    low: float
    high: float
    of: int


def wilson(hits: int, of: int) -> Share:
    """The share `hits` / `of` with its 95 % Wilson interval (Wilson 1927); of nothing, nothing is known: 0 to 1."""
    if not 0 <= hits <= of:
        raise ValueError(f"Count {hits} hits of {of} is no share.")
    if not of:
        return Share(None, 0.0, 1.0, 0)
    p, z2 = hits / of, _Z * _Z / of
    middle, half = p + z2 / 2, _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of))
    low = 0.0 if hits == 0 else (middle - half) / (1 + z2)
    high = 1.0 if hits == of else (middle + half) / (1 + z2)
    return Share(p, max(0.0, low), min(1.0, high), of)


@dataclass(frozen=True, slots=True)
class Tally:
    """Posts graded for a duty: found and owed (`hit`), found and not owed (`false`), owed and not found (`missed`), neither (`quiet`)."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hit + other.hit, self.false + other.false, self.missed + other.missed, self.quiet + other.quiet)

    @property
    def graded(self) -> int:
        """Answers counted: one per post and duty."""
        return self.hit + self.false + self.missed + self.quiet

    @property
    def owed(self) -> int:
        return self.hit + self.missed

    @property
    def precision(self) -> Share:
        return wilson(self.hit, self.hit + self.false)

    @property
    def recall(self) -> Share:
        return wilson(self.hit, self.owed)

    @property
    def f1(self) -> Share:
        share = wilson(self.hit, self.hit + self.false + self.missed)
        value = None if share.value is None else _f1(share.value)
        return Share(value, _f1(share.low), _f1(share.high), share.of)


def _f1(share: float) -> float:
    return 2 * share / (1 + share)


class Wrong(NamedTuple):
    """A post that came out other than its label says."""

    language: str
    text: str
    found: tuple[DutyKind, ...]
    owed: tuple[DutyKind, ...]


@dataclass(frozen=True, slots=True)
class Graded:
    """One language: how many posts, the tally of each duty, and the posts that were wrong. `level`: deep or basic, "" without a pack."""

    code: str
    name: str
    level: str
    posts: int
    wrong: int
    duties: dict[DutyKind, Tally]
    which: tuple[Wrong, ...] = ()

    @property
    def all(self) -> Tally:
        """All duties together: each answer weighs the same."""
        return sum(self.duties.values(), Tally())


class Labelled(NamedTuple):
    """A post with its answer. `graded`: the duties the label speaks of."""

    text: str
    lang: str
    owed: frozenset[DutyKind]
    graded: frozenset[DutyKind]


def examples_release() -> ScreeningRelease:
    """The shipped packs and model with the invented products of the examples."""
    return release(read_products(EXAMPLE_PRODUCTS))


def examples_of(pack: LanguagePack) -> Iterator[Labelled]:
    """The labelled examples of a pack."""
    for one in pack.examples:
        yield Labelled(one.text, pack.code, frozenset(one.duties), frozenset(one.graded))


def shown(screened: Screened) -> frozenset[DutyKind]:
    """Duties as a person is shown them: the adverse event from the queue threshold on, as `label`."""
    return frozenset(one.duty for one in screened.findings if one.duty != DutyKind.AE or one.score >= QUEUE_THRESHOLD)


def grade_examples(
    compiled: ScreeningRelease, codes: Iterable[str] = (), done: Callable[[LanguagePack], None] = lambda pack: None
) -> list[Graded]:
    """The examples of every pack, or of the packs named, each language by itself; `done(pack)` is called after each."""
    wanted = set(codes)
    out = []
    for pack in shipped_languages():
        if not wanted or pack.code in wanted:
            out.append(grade(compiled, pack, list(examples_of(pack))))
            done(pack)
    return out


def grade(compiled: ScreeningRelease, pack: LanguagePack | None, posts: list[Labelled]) -> Graded:
    """Screen labelled posts of one language and count. `pack` None: a language without one."""
    found = [shown(screen_text(compiled, post.text, post.lang)) for post in posts]
    duties = {duty: sum((_answer(duty, post, got) for post, got in zip(posts, found, strict=True)), Tally()) for duty in DutyKind}
    which = tuple(_wrong(post, got) for post, got in zip(posts, found, strict=True) if got & post.graded != post.owed)
    code, name, level = (pack.code, pack.name, pack.level) if pack else (posts[0].lang, "no pack", "")
    return Graded(code, name, level, len(posts), len(which), duties, which)


def _answer(duty: DutyKind, post: Labelled, found: frozenset[DutyKind]) -> Tally:
    if duty not in post.graded:
        return Tally()
    got, owed = duty in found, duty in post.owed
    return Tally(int(got and owed), int(got and not owed), int(owed and not got), int(not got and not owed))


def _wrong(post: Labelled, found: frozenset[DutyKind]) -> Wrong:
    order = list(DutyKind)
    return Wrong(post.lang, post.text, tuple(sorted(found & post.graded, key=order.index)), tuple(sorted(post.owed, key=order.index)))


def by_duty(graded: Iterable[Graded]) -> dict[DutyKind, Tally]:
    """All languages together, per duty."""
    rows = list(graded)
    return {duty: sum((one.duties[duty] for one in rows), Tally()) for duty in DutyKind}
