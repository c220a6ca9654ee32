"""Findings of a batch as columns: what `kernel_findings` puts together, beside the judgements that came one by one.

`TableMaker` makes the table of the posts that woke from the rows of the kernel, and no post is looked at by itself; reasons, the same few
again and again, are put into words once each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import duties, reasons
from candour.screening.criteria import NAMES
from candour.screening.engine import ScreeningRelease
from candour.screening.found_rows import FINDING_COLUMNS, MENTION_COLUMNS, POST, SPAN_COLUMNS, SPANS_END
from candour.screening.judged_rows import (
    AWAY,
    CONCEPT,
    DISTANCE,
    FAR,
    HEARD_ALONE,
    MEANING,
    OF_SIGN,
    PRODUCTS_AT,
    RULE_MEDICINE,
    SAID_OF,
    SEEN,
    SIGNS_AT,
    TOLD_AT,
    Judged,
)
from candour.screening.meaning_tables import DUTIES, Named
from candour.screening.products import COMPETITOR
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD, Screened
from candour.screening.voices import HEARD, Voices

#: The four minimum criteria as bits of `Table.given`.
PATIENT, REPORTER, PRODUCT, EVENT = (1 << at for at in range(len(NAMES)))
_MEMORY, _FIRST = 20_000, 256
#: Of a row told: what `Voices.lit` asks for.
_TELLING = [CONCEPT, SEEN, SAID_OF]
#: Bits that hold any distance from a product.
_FAR_BITS = FAR.bit_length() + 1


class Table(NamedTuple):
    """Judgements of a batch. Per post: its language, by number in `langs`, its score, whether nobody screens the language, and the criteria
    that its text gives, as bits. `findings`, `spans`, `mentions`: as columns of `found_rows`, in the order of the posts, with reasons
    by number in `whys` and names in `names`; `scores`: of the findings; `pack`: what judged."""

    langs: Sequence[str]
    lang: NDArray[np.int64]
    score: NDArray[np.float64]
    unread: NDArray[np.bool_]
    given: NDArray[np.int64]
    findings: NDArray[np.int64]
    scores: NDArray[np.float64]
    spans: NDArray[np.int64]
    mentions: NDArray[np.int64]
    whys: Sequence[str]
    names: Sequence[str]
    pack: str

    @property
    def label(self) -> NDArray[np.int8]:
        """1 for a post that comes before a person, of each."""
        return (self.score >= QUEUE_THRESHOLD).astype(np.int8)

    def ends(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the rows of each post begin among rows of one kind, and where the last of all ends."""
        ends = np.zeros(len(self.lang) + 1, np.int64)
        np.cumsum(np.bincount(rows[:, POST], minlength=len(self.lang)), out=ends[1:])
        return ends


class Numbers:
    """Words by number, each once."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._number = {word: at for at, word in enumerate(dict.fromkeys(words))}

    def of(self, word: str) -> int:
        """The number of a word; a new one gets the next."""
        return self._number.setdefault(word, len(self._number))

    def words(self) -> list[str]:
        """All words, by number."""
        return list(self._number)


class Part(NamedTuple):
    """Rows of some posts of a batch."""

    findings: NDArray[np.int64]
    scores: NDArray[np.float64]
    spans: NDArray[np.int64]
    mentions: NDArray[np.int64]


def part_of(judged: Mapping[int, Screened], whys: Numbers, names: Numbers) -> Part:
    """Rows of posts that were judged one by one, by place; whatever their order, that of the places comes out."""
    findings: list[tuple[int, int, int, int]] = []
    scores: list[float] = []
    spans: list[tuple[int, int, int, int]] = []
    mentions: list[tuple[int, int, int]] = []
    for post in sorted(judged):
        one = judged[post]
        for finding in one.findings:
            spans += [(post, span.start, span.end, whys.of(span.why)) for span in finding.spans]
            findings.append((post, _NUMBER[finding.duty], whys.of(finding.why), len(spans)))
            scores.append(finding.score)
        mentions += [(post, names.of(name), 0) for name in one.products]
        mentions += [(post, names.of(name), 1) for name in one.competitors]
    return Part(
        _rows(findings, FINDING_COLUMNS), np.array(scores, np.float64), _rows(spans, SPAN_COLUMNS), _rows(mentions, MENTION_COLUMNS)
    )


_NUMBER = {duty: at for at, duty in enumerate(DUTIES)}


def _rows(rows: list[Any], columns: int) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, columns)


def together(parts: Sequence[Part]) -> Part:
    """Rows of several parts in the order of their posts; no post is in two."""
    if len(parts) == 1:
        return parts[0]
    sizes = [_sizes(part) for part in parts]
    findings, scores, spans, mentions = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order, size = np.argsort(findings[:, POST], kind="stable"), np.concatenate(sizes)
    starts = np.cumsum(size) - size
    findings, scores, size = findings[order], scores[order], size[order]
    ends = np.cumsum(size)
    place = np.repeat(starts[order] - (ends - size), size) + np.arange(len(spans))
    findings[:, SPANS_END] = ends
    return Part(findings, scores, spans[place], mentions[np.argsort(mentions[:, POST], kind="stable")])


def _sizes(part: Part) -> NDArray[np.int64]:
    """How many spans each finding has."""
    return np.diff(part.findings[:, SPANS_END], prepend=0)


def given_by(screened: Screened) -> int:
    """The criteria that a judgement found in the text, as bits."""
    return sum(1 << at for at, name in enumerate(NAMES) if name not in screened.missing)


def table_of(every: Sequence[Screened], pack: str) -> Table:
    """The table of posts that were all judged one by one. `pack`: what judged."""
    langs, whys, names = Numbers(), Numbers(), Numbers()
    lang = np.array([langs.of(one.lang) for one in every], np.int64)
    score = np.array([one.score for one in every], np.float64)
    unread = np.array([one.unscreened_language for one in every], np.bool_)
    given = np.array([given_by(one) for one in every], np.int64)
    rows = part_of(dict(enumerate(every)), whys, names)
    return Table(langs.words(), lang, score, unread, given, *rows, whys.words(), names.words(), pack)


class Posts(NamedTuple):
    """Posts that woke. Of each its place in the batch, the number of its language, the log-odds of the model as they came, those of the
    duties it hears, and where their words begin and end in the text."""

    places: NDArray[np.int64]
    codes: NDArray[np.int64]
    leaning: NDArray[np.float64]
    owed: NDArray[np.float64]
    owed_at: NDArray[np.int64]


class Known(NamedTuple):
    """Tellings by number: as the kernel takes them, and the concept and lights of each."""

    table: NDArray[np.float64]
    told: list[tuple[str, frozenset[str]]]

    def why(self, key: int) -> str:
        """Reason of a telling: its number and how far from a product it stands."""
        concept, lights = self.told[key >> _FAR_BITS]
        distance = (key & (1 << _FAR_BITS) - 1) - FAR
        return reasons.reaction(concept, lights, None if distance == FAR else distance)


class Tellings:
    """Ways to tell a reaction met before, each with what it comes to in its language. Threads may share it."""

    def __init__(self, voices: Voices, columns: int) -> None:
        self._voices = voices
        self._columns = columns
        self._growing = threading.Lock()
        self._number: dict[int, int] = {}
        self._known = Known(np.zeros((_FIRST, columns)), [])

    def of(
        self, keys: NDArray[np.int64], rows: NDArray[np.int64], codes: NDArray[np.int64], names: Sequence[str]
    ) -> tuple[NDArray[np.int64], Known]:
        """Of each row its number among the tellings. `keys`: the same for rows that count alike; `rows`: concept, what was seen and what
        was said, looked at where a key is new; `codes`: languages of the rows, by number in `names`."""
        unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        with self._growing:
            if len(self._number) > _MEMORY:  # another thread may still read the old ones
                self._number, self._known = {}, Known(np.zeros((_FIRST, self._columns)), [])
            numbers = [self._number.get(key, -1) for key in unique.tolist()]
            for at in [at for at, number in enumerate(numbers) if number < 0]:
                row = rows[first[at]].tolist()
                numbers[at] = self._take(int(unique[at]), (row[0], row[1], row[2]), names[codes[first[at]]])
            return np.array(numbers, np.int64)[inverse], self._known

    def _take(self, key: int, what: tuple[int, int, int], code: str) -> int:
        """Note a telling that is new; returns its number. Noted last of all, so that a failure on the way leaves every number its own."""
        voice = self._voices.of(code)
        concept, lit = self._voices.lit(what, voice)
        company = voice.weights.get(concept, 0.0) if voice.weights and concept else 0.0
        nothing = what[1] == HEARD_ALONE and not voice.weights
        truths = lit.sums.stands, lit.medicine, lit.needs_medicine, bool(concept), nothing
        table, told = self._known
        number = len(told)
        if number == len(table):
            table = np.concatenate([table, np.zeros_like(table)])
            self._known = Known(table, told)
        table[number] = (lit.sums.score, lit.sums.duty, lit.owed, company, *truths)
        told.append((concept, lit.lights))
        self._number[key] = number
        return number


class TableMaker:
    """Makes parts of tables from rows of the kernel, for one release. Threads may share it: what it remembers changes no answer."""

    def __init__(self, release: ScreeningRelease, kernel: Any, named: Named, voices: Voices, thresholds: NDArray[np.float64]) -> None:
        if len(named.concepts) > kernel.weighing.MOST_CONCEPTS:
            raise ValueError(f"Widen CONCEPT_BITS of kernel_weigh: there are {len(named.concepts)} concepts.")
        self._kernel, self._voices, self._thresholds = kernel, voices, thresholds
        self._signs = named.signs
        meanings = release.named.meanings
        products = [(getattr(one, "product", ""), getattr(one, "kind", "")) for one in meanings]
        self._why_products = [reasons.product(kind, product) for product, kind in products]
        self._names = Numbers(product for product, _ in products)
        self._named = kernel.findings.Names(
            np.array([self._names.of(product) for product, _ in products] or [0], np.int64),
            np.array([kind == COMPETITOR for _, kind in products] or [0], np.uint8),
            named.first_product,
        )
        model = release.models.duties
        self._heard = np.array([_NUMBER[duty] for duty in model.duties] if model else [], np.int64)
        self._needs = np.array([duty in model.needs_medicine for duty in model.duties] if model else [], np.uint8)
        self._tellings = Tellings(voices, kernel.weighing.TELLING_COLUMNS)

    def names(self) -> Numbers:
        """The names of products, by number."""
        return self._names

    def heard(self, codes: NDArray[np.int64], told: NDArray[np.bool_], leaning: NDArray[np.float64], names: Sequence[str]) -> Any:
        """Scores of posts in which only the model hears something, and whether each must be judged by itself. `told`: of a medicine;
        `leaning`: as it came."""
        rows = np.array(HEARD, np.int64)[told.astype(np.int64)]
        numbers, known = self._tellings.of(self._kernel.weighing.heard_keys(codes, told), rows, codes, names)
        return self._kernel.weighing.heard(known.table[numbers], leaning * self._weights(codes, names))

    def _weights(self, codes: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float64]:
        """What the log-odds of the model count in each post."""
        weight = np.zeros(int(codes.max(initial=0)) + 1)
        for code in np.unique(codes).tolist():
            weight[code] = self._voices.of(names[code]).leaning(1.0)
        return weight[codes]

    def part(self, judged: Judged, posts: Posts, names: Sequence[str], whys: Numbers) -> tuple[Part, Any]:
        """Rows of posts that the kernel judged, and how they were weighed: `unsure` is set for a post that must be judged by itself.
        `names`: of languages, by number."""
        keys = self._kernel.weighing.telling_keys(judged, posts.codes)
        told = judged.told[: len(keys)]
        codes = np.repeat(posts.codes, np.diff(judged.posts[:, TOLD_AT]))
        numbers, known = self._tellings.of(keys, told[:, _TELLING], codes, names)
        weighed = self._kernel.weighing.weigh(judged, numbers, known.table, posts.leaning * self._weights(posts.codes, names))
        owed = self._kernel.findings.Owed(posts.owed, posts.owed_at, self._heard, self._needs)
        reasons = self._whys(judged, numbers, known, weighed, whys)
        found = self._kernel.findings.find(judged, posts.places, weighed, reasons, self._named, owed, self._thresholds)
        return Part(*found), weighed

    def _whys(self, judged: Judged, numbers: NDArray[np.int64], known: Known, weighed: Any, whys: Numbers) -> Any:
        """The reasons of all rows, those of what is told where something is owed."""
        rows = np.flatnonzero(weighed.owed >= SAFETY_THRESHOLD)
        told = np.zeros(len(numbers), np.int64)
        told[rows] = _numbered(numbers[rows] << _FAR_BITS | judged.told[rows, DISTANCE] + FAR, lambda key: whys.of(known.why(key)))
        last = judged.posts[-1]
        signs, medicine = judged.signs[: last[SIGNS_AT]], np.repeat(judged.posts[:-1, RULE_MEDICINE], np.diff(judged.posts[:, SIGNS_AT]))
        of_signs = _numbered((signs[:, OF_SIGN] + 1 << 1 | medicine) << _FAR_BITS | signs[:, AWAY], lambda key: whys.of(self._why(key)))
        meanings = judged.products[: last[PRODUCTS_AT], MEANING] - self._named.first
        products = _numbered(meanings, lambda meaning: whys.of(self._why_products[meaning]))
        heard, every = whys.of(duties.HEARD), whys.words()
        rank = np.empty(len(every), np.int64)
        rank[sorted(range(len(every)), key=every.__getitem__)] = np.arange(len(every))
        heads = Numbers()
        head = np.array([heads.of(why.split(",")[0]) for why in every], np.int64)
        return self._kernel.findings.Whys(told, of_signs, products, rank, head, heard)

    def _why(self, key: int) -> str:
        """Reason of a sign, or of a question beside a product."""
        sign, away = key >> _FAR_BITS + 1, key & (1 << _FAR_BITS) - 1
        if sign == 0:
            return duties.ASKED
        return reasons.rule(self._signs[sign - 1].why, bool(key >> _FAR_BITS & 1), None if away == FAR else away)


def _numbered(keys: NDArray[np.int64], number: Callable[[int], int]) -> NDArray[np.int64]:
    """A number for each key, asked once for all that are the same."""
    unique, inverse = np.unique(keys, return_inverse=True)
    return np.array([number(key) for key in unique.tolist()], np.int64)[inverse]
