"""Posts of an Arrow column through the screening kernel; only posts in which something was found are judged one by one.

Same answers as `engine.screen_text`, byte for byte. Without numba (`kernel()` is None) the reference does it all.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from candour.core.collecting import uncollected
from candour.packs.language_schema import LanguagePack, personal_patterns
from candour.packs.patterns import coarse
from candour.screening import personal
from candour.screening.adverse import heard_below
from candour.screening.awake import AwakeJudge, Owed, Post, rows_of
from candour.screening.columns import place_column, text_column, truths
from candour.screening.criteria import missing_in_text
from candour.screening.engine import ScreeningRelease, judge, judge_private, screen_text
from candour.screening.findings_table import (
    EVENT,
    PATIENT,
    PRODUCT,
    Numbers,
    Part,
    Posts,
    Table,
    TableMaker,
    given_by,
    part_of,
    table_of,
    together,
)
from candour.screening.fold_tables import AT_SIGN, HAS_DIGIT, SIX_DIGITS, fold_tables
from candour.screening.found_rows import POST, SPAN_WHY
from candour.screening.found_words import FoundWords, found_in, stretches
from candour.screening.judged_rows import BY_DAYS, BY_REFERENCE, BY_ROWS, JUDGE, PATIENT_AT, Judged
from candour.screening.kept_release import kept_tables
from candour.screening.kernel_fresh import kernel
from candour.screening.language import OTHERS, UNDETERMINED, declared
from candour.screening.meaning_tables import meaning_tables
from candour.screening.model import HeardDuty, Model
from candour.screening.people import ages
from candour.screening.phrase_tables import (
    NO_CODE,
    code_names,
    code_tables,
    duty_tables,
    hearing_tables,
    hit_columns,
    hits_of,
    judge_tables,
)
from candour.screening.result import Screened
from candour.screening.trie_tables import fill_of, phrase_tables
from candour.screening.voices import Voices
from candour.screening.words import cut

#: What may be the age of a patient; `people` looks closer.
_AGE = r"\pN[ -]?(?:jährig|jahre|year|yr|yo)|\(\pN"


class _Sheet:
    """What is noted of every post of a batch: its score, and the criteria that its text gives."""

    def __init__(self, posts: int) -> None:
        self.scores = np.zeros(posts)
        self.given = np.zeros(posts, np.int64)


class BatchScreener:
    """A release with its kernel tables. Made once per process; threads may share it, and while one works no other has its
    memory of words."""

    def __init__(self, release: ScreeningRelease, kernel: Any) -> None:
        self.release = release
        self._kernel = kernel
        self._tables = fold_tables()
        self.phrases = kept_tables(release) or phrase_tables(release, fill_of(kernel))
        self._idle: list[Any] = []
        self._growing = threading.Lock()
        self._names = code_names(release)
        self._model = (
            judge_tables(release.models, _heard_below),
            hearing_tables(release, self._names),
            duty_tables(release.models, release.packs),
        )
        self._codes = code_tables(release, self._names)
        self._meanings, named = meaning_tables(release)
        self._voices = Voices(release, named.concepts)
        self._awake = AwakeJudge(release, named, self._voices)
        self._maker = TableMaker(release, kernel, named, self._voices, self._meanings.thresholds)
        self._gates = {code: _gates(pack) for code, pack in release.packs.items()}
        self._quiet: dict[tuple[int, bool], Screened] = {}

    def screen(self, texts: pa.Array, langs: Sequence[str | None]) -> list[Screened]:
        """Judge posts: a string array without nulls, valid UTF-8 (else pa.ArrowInvalid), and what their sources declared."""
        out, private, aged = self._read(texts, langs)
        lit: dict[int, Screened] = {}
        lit.update(self._judge_awake(texts, np.flatnonzero(out.state == self._kernel.AWAKE), out, private, aged))
        for at in np.flatnonzero((out.state == self._kernel.HEARD) & ~(private | aged)).tolist():
            code, leaning = self._names[out.code[at]], float(out.leaning[at])
            lit[at] = self._awake.heard(code, leaning, patient=bool(out.patient[at]), medicine=bool(out.medicine[at]))
        lit.update(self._judge_others(texts, langs, out, private, aged))
        quiet = zip(out.code.tolist(), out.patient.tolist(), strict=True)
        return [lit[at] if at in lit else self._nothing(code, patient) for at, (code, patient) in enumerate(quiet)]

    def table(self, texts: pa.Array, langs: Sequence[str | None]) -> Table:
        """The same as a table: only posts that ask for more than the kernel knows are judged one by one."""
        out, private, aged = self._read(texts, langs)
        sheet, whys = _Sheet(len(texts)), Numbers()
        awake = out.state == self._kernel.AWAKE
        packed = self._codes.table[out.code] >= 0
        found = self._of_persons(texts, np.flatnonzero(awake & packed & private), out)
        apart = np.concatenate([np.flatnonzero(awake & ~packed), found])
        awake[apart] = False
        parts, left = self._judge_rows(texts, np.flatnonzero(awake), out, sheet, whys)
        lit = dict(self._judge_awake(texts, np.union1d(apart, left), out, private, aged))
        lit.update(self._judge_others(texts, langs, out, private, aged))
        heard = np.flatnonzero((out.state == self._kernel.HEARD) & ~(private | aged))
        codes, leaning = out.code[heard].astype(np.int64), out.leaning[heard]
        sheet.scores[heard], unsure = self._maker.heard(codes, out.medicine[heard] != 0, leaning, self._names)
        for at in heard[unsure != 0].tolist():
            lit[at] = screen_text(self.release, texts[at].as_py(), langs[at] or "")
        rest = ~awake
        sheet.given[rest] |= PATIENT * (out.patient[rest] != 0)
        for at in np.flatnonzero(awake & aged & (sheet.given & PATIENT == 0)).tolist():
            sheet.given[at] |= PATIENT * bool(ages(texts[at].as_py()))
        return self._table(out, sheet, lit, [*parts, part_of(lit, whys, self._maker.names())], whys)

    def _of_persons(self, texts: pa.Array, private: NDArray[np.int64], out: Any) -> NDArray[np.int64]:
        """Of posts of our languages that may hold personal data those that do."""
        find, codes = self.release.scan.find, [self._spoken(code)[0] for code in out.code[private].tolist()]
        rows = zip(private.tolist(), codes, strict=True)
        return np.array([at for at, code in rows if next(find(texts[at].as_py(), code, health=False), None)], np.int64)

    def _judge_rows(
        self, texts: pa.Array, awake: NDArray[np.int64], out: Any, sheet: _Sheet, whys: Numbers
    ) -> tuple[list[Part], NDArray[np.int64]]:
        """Judge posts that woke by the rows of the kernel, all at once; returns their rows, and the posts that must be judged apart."""
        parts, left = list[Part](), list[NDArray[np.int64]]()
        for judged, places in self._judged(texts, awake, out):
            posts = Posts(places, out.code[places].astype(np.int64), out.leaning[places], out.owed[places], self._owed_at(places, out))
            part, weighed = self._maker.part(judged, posts, self._names, whys)
            parts.append(part)
            by_rows = judged.posts[:-1, JUDGE] == BY_ROWS
            sheet.scores[places] = weighed.scores
            sheet.given[places] = PATIENT * (np.diff(judged.posts[:, PATIENT_AT]) > 0) + EVENT * (weighed.events != 0)
            sheet.given[part.mentions[:, POST]] |= PRODUCT
            left.append(places[(judged.posts[:-1, JUDGE] == BY_REFERENCE) | (by_rows & (weighed.unsure != 0))])
        return parts, np.concatenate([*left, np.zeros(0, np.int64)])

    def _owed_at(self, places: NDArray[np.int64], out: Any) -> NDArray[np.int64]:
        """Where the words of the duties that the model hears in posts begin and end in the text."""
        words = out.words[out.word_at[places][:, None, None] + np.maximum(out.owed_at[places] - [0, 1], 0)]
        return np.stack([words[:, :, 0, 0], words[:, :, 1, 1]], axis=2).astype(np.int64)

    def _table(self, out: Any, sheet: _Sheet, lit: dict[int, Screened], parts: list[Part], whys: Numbers) -> Table:
        """Put together what was judged at once and what one by one."""
        langs, spoken = Numbers(), [self._spoken(code) for code in range(len(self._names))]
        lang = np.array([langs.of(name) for name, _ in spoken], np.int64)[out.code]
        unread = np.array([nobody for _, nobody in spoken], np.bool_)[out.code]
        sheet.given[unread] = 0
        for at, one in lit.items():
            lang[at], sheet.scores[at], unread[at], sheet.given[at] = langs.of(one.lang), one.score, one.unscreened_language, given_by(one)
        rows = together(parts)
        names = self._maker.names().words()
        return Table(langs.words(), lang, sheet.scores, unread, sheet.given, *rows, whys.words(), names, self.release.name)

    def _read(self, texts: pa.Array, langs: Sequence[str | None]) -> tuple[Any, NDArray[np.bool_], NDArray[np.bool_]]:
        """What the kernel finds in posts, in which of them a pattern may find personal data, and in which an age."""
        texts.validate(full=True)
        out = self.scan(texts, self.hints(langs))
        if others := {lang for lang in set(langs) if lang and declared(lang) in OTHERS}:  # rare: the reference knows what they are
            out.state[[lang in others for lang in langs]] = self._kernel.ODD
        return out, *self._ask_patterns(texts, out)

    def _judge_others(
        self, texts: pa.Array, langs: Sequence[str | None], out: Any, private: NDArray[np.bool_], aged: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Screened]]:
        """Judge the posts that did not wake and may hold personal data or an age, and those that the kernel could not read."""
        asked, quiet, heard = private | aged, out.state == self._kernel.QUIET, out.state == self._kernel.HEARD
        for at in np.flatnonzero((out.state == self._kernel.ODD) | (heard & asked)).tolist():
            yield at, screen_text(self.release, texts[at].as_py(), langs[at] or "")
        for at in np.flatnonzero(asked & quiet).tolist():
            yield at, judge_private(self.release, texts[at].as_py(), self._names[out.code[at]], bool(out.patient[at]))

    def names(self, texts: pa.Array) -> NDArray[np.int64]:
        """Product names alone: post, first code point and the one behind the last of every hit, in order. No post is judged."""
        places, letters = _bytes_of(texts)
        left, found = np.zeros(len(texts), np.bool_), np.empty((int(places[-1] - places[0]) // 32 + 64, 3), np.int64)
        desk = self._kernel.desk(int(np.diff(places).max(initial=0)))
        rows = self._kernel.lean_match(letters, places, self._tables, self.phrases, self._lean, desk, left, found)
        if not left.any():
            return found[:rows]
        whole = np.flatnonzero(left)
        read, odd = self._names_of(texts.take(pa.array(whole)))
        read[:, 0] = whole[read[:, 0]]
        rest = np.concatenate([found[:rows], read])
        return np.unique(rest, axis=0) if odd else rest[np.argsort(rest[:, 0], kind="stable")]

    @cached_property
    def _lean(self) -> Any:
        return self._kernel.lean(self._tables, self.phrases)

    def _names_of(self, texts: pa.Array) -> tuple[NDArray[np.int64], bool]:
        """The names in posts that are read whole, and whether the reference had to read one."""
        places, letters, out = self._laid_out(texts)
        with self._memory() as memory:
            self._kernel.match(letters, places, self._tables, self.phrases, self._lean, self._codes, memory, out)
        first, last, _ = hit_columns(out.hits[: out.hit_at[-1]], self._kernel)
        post = np.repeat(np.arange(len(texts)), np.diff(out.hit_at))
        base = out.word_at[post]
        found = np.stack([post, out.words[base + first, 0], out.words[base + last - 1, 1]], axis=1).astype(np.int64)
        odd = np.flatnonzero(out.state == self._kernel.ODD).tolist()
        read = [(at, *place) for at in odd for place in _named_in(self.release, texts[at].as_py())]
        return np.concatenate([found, np.array(read, np.int64).reshape(-1, 3)]), bool(read)

    def scan(self, texts: pa.Array, hints: NDArray[np.int64]) -> Any:
        """What the kernel finds in posts, before anything is judged. `hints`: from `hints()`."""
        places, letters, out = self._laid_out(texts)
        with self._memory() as memory:
            self._kernel.scan(letters, places, hints, self._tables, self.phrases, self._codes, memory, self._model, out)
        return out

    def _laid_out(self, texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8], Any]:
        """Where the posts begin and their bytes, and room for what is found in them."""
        places, letters = _bytes_of(texts)
        return places, letters, self._room(len(texts), int(places[-1] - places[0]), int(np.diff(places).max(initial=0)))

    @contextmanager
    def _memory(self) -> Iterator[Any]:
        """A memory of words that no other thread uses meanwhile; the next to ask goes on with what it knows."""
        try:
            memory = self._idle.pop()
        except IndexError:
            memory = self._new_memory()
        try:
            yield memory
        finally:
            self._idle.append(memory)

    def _new_memory(self) -> Any:
        tables = int(self._model[0].bounds[:, 2].max(initial=-1)) + 1
        return self._kernel.memory(len(self.phrases.matchers), tables, len(self._model[2].scales))

    def _room(self, posts: int, size: int, longest: int) -> Any:
        words, duties = size + 2 * longest + 2 * posts + 64, len(self._model[2].scales)
        return self._kernel.Out(
            np.empty((words, 4), np.int32),
            np.zeros(words, np.uint8),
            np.zeros(posts + 1, np.int64),
            np.full(posts, self._names.index(UNDETERMINED), np.int16),
            *(np.zeros(posts, np.uint8) for _ in range(4)),
            np.zeros(posts, np.float64),
            np.zeros((posts, 2), np.int32),
            np.zeros(posts + 1, np.int64),
            np.empty(size + 4096, np.int64),
            np.full((posts, duties), -1.0),
            np.zeros((posts, duties, 2), np.int32),
        )

    def hints(self, langs: Sequence[str | None]) -> NDArray[np.int64]:
        """Numbers of the declared languages; a new one gets the next."""
        codes = {tag: declared(tag) for tag in {lang or "" for lang in langs}}
        with self._growing:
            new = sorted({code for code in codes.values() if code} - set(self._names))
            if new:
                self._codes = code_tables(self.release, [*self._names, *new])
                self._names += new
            number = {name: at for at, name in enumerate(self._names)}
        by_tag = {tag: number.get(code, NO_CODE) for tag, code in codes.items()}
        return np.array([by_tag[lang or ""] for lang in langs], np.int64)

    def _ask_patterns(self, texts: pa.Array, out: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Posts in which a pattern may find a name, an address or a contact, and those in which it may find an age."""
        ours = out.state != self._kernel.ODD
        digits = ours & (out.signs & HAS_DIGIT != 0)
        private = _asked(texts, ours & (out.signs & (AT_SIGN | SIX_DIGITS) != 0), _COMMON)
        aged = _asked(texts, digits, coarse(_AGE))
        for number in np.unique(out.code[ours]).tolist():
            pack = self.release.pack(self._names[number])
            for pattern, wanted in self._gates[pack.code] if pack else ():
                private |= _asked(texts, (digits if wanted else ours) & ~private & (out.code == number), pattern)
        return private, aged

    def _nothing(self, code: int, patient: int) -> Screened:
        """The judgement of a post in which nothing was found."""
        key = (code, bool(patient))
        if key not in self._quiet:
            lang, unread = self._spoken(code)
            missing = missing_in_text(bool(patient) and not unread, False, False, False)
            self._quiet[key] = Screened(lang, 0.0, 0, (), (), unread, (), (), (), missing)
        return self._quiet[key]

    def _spoken(self, code: int) -> tuple[str, bool]:
        """What a judgement calls the language of a number, and whether no pack reads it."""
        name = self._names[code]
        pack = self.release.pack(name)
        return (pack.code, False) if pack else (name.split("-")[0], True)

    def _judge_awake(
        self, texts: pa.Array, awake: NDArray[np.int64], out: Any, private: NDArray[np.bool_], aged: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Screened]]:
        """Judge the posts that woke: by the rows of the kernel, and those it left as the reference does from their hits."""
        words = dict(zip(awake.tolist(), texts.take(place_column(awake)).to_pylist(), strict=True))
        told = (out.code[awake].tolist(), out.leaning[awake].tolist(), private[awake].tolist(), aged[awake].tolist())
        facts, owed = dict(zip(words, zip(*told, strict=True), strict=True)), self._owed(awake, out)
        for judged, places in self._judged(texts, awake, out):
            for at, rows in rows_of(judged, places):
                code, leaning, secret, age = facts[at]
                post = Post(words[at], self._names[code], leaning, secret, age, owed.get(at, ()))
                yield at, self._awake.judge(post, rows) if rows else self._judge(post, at, out)

    def _owed(self, awake: NDArray[np.int64], out: Any) -> dict[int, list[Owed]]:
        """The duties the model hears in posts, each with where its words begin and end in the text."""
        own, found = self.release.models.duties, dict[int, list[Owed]]()
        if own is None:
            return found
        places = self._owed_at(awake, out)
        for row, column in zip(*np.nonzero(out.owed[awake] >= 0.0), strict=True):
            at = int(awake[row])
            heard = HeardDuty(own.duties[column], float(out.owed[at, column]), *out.owed_at[at, column].tolist())
            found.setdefault(at, []).append(Owed(heard, *places[row, column].tolist()))
        return found

    def _judged(self, texts: pa.Array, awake: NDArray[np.int64], out: Any) -> Iterator[tuple[Judged, NDArray[np.int64]]]:
        """What the kernel puts down of posts, and their places: once, and again of those that tell of stretches of time."""
        days = np.zeros(0, np.float64)
        while len(awake):
            places, letters = _bytes_of(texts)
            judged = self._kernel.judge(letters, places, awake, out, self._codes.table, self.phrases, self._meanings, days)
            yield judged, awake
            awake = awake[judged.posts[:-1, JUDGE] == BY_DAYS]
            if len(awake):
                posts = ((at, texts[at].as_py(), self._names[out.code[at]]) for at in awake.tolist())
                days = stretches(self.release, posts, out, self._kernel)

    def _judge(self, post: Post, at: int, out: Any) -> Screened:
        release = self.release
        places, asked, found = found_in(out, at, self._kernel)
        words = FoundWords(post.text, places, asked, post.aged, release.known_prefix)
        code = self._names[out.code[at]]
        pack = release.pack(code)
        hits = hits_of(found, release.named, release.matchers[pack.code] if pack else None)
        return judge(release, words, hits, code, post.private, post.leaning, [one.heard for one in post.owed])


def _bytes_of(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where the posts of a column begin, and their bytes."""
    _, offsets, data = texts.buffers()
    wide = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    places = np.frombuffer(offsets, wide)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    letters.flags.writeable = False  # always, for the kernel is compiled for either apart
    return places, letters


def words_of(texts: pa.Array, spans: NDArray[np.int64]) -> pa.Array:
    """The words of spans: a string array. Of each its post's place, and where its words begin and end in the text, in code points."""
    loaded = kernel()
    if loaded is None:
        return pa.array([texts[post].as_py()[start:end] for post, start, end in spans[:, :SPAN_WHY].tolist()], pa.string())
    places, letters = _bytes_of(texts)
    ends, words = loaded.spans.words_of(letters, places, spans)
    if ends[-1] > _LARGEST_COLUMN:
        raise pa.ArrowCapacityError("Screen fewer posts at a time: the words of their findings are over two gigabytes.")
    return pa.Array.from_buffers(pa.string(), len(spans), [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(words)])


#: Bytes that a column of text holds at most.
_LARGEST_COLUMN = 2**31 - 1


def _named_in(release: ScreeningRelease, text: str) -> list[tuple[int, int]]:
    words = cut(text, release.known_prefix)
    return [words.stretch(hit.first, hit.last) for hit in release.named.find(words.words)]


def _asked(texts: pa.Array, asked: NDArray[np.bool_], pattern: str) -> NDArray[np.bool_]:
    """Which of the posts asked the pattern hits."""
    places = np.flatnonzero(asked)
    hits = np.zeros(len(asked), np.bool_)
    if len(places):
        hits[places] = truths(pc.match_substring_regex(texts.take(place_column(places)), pattern))
    return hits


def _heard_below(model: Model) -> float:
    return heard_below(model.lights, model.weight) if model.wakes is not None else -np.inf


#: All patterns that look the same in every language.
_COMMON = "|".join(f"(?:{coarse(one.pattern)})" for one in personal_patterns())


def _gates(pack: LanguagePack) -> tuple[tuple[str, bool], ...]:
    """Patterns a post of this language is asked for, and whether only posts with a digit are."""
    names, places = (
        "|".join(f"(?:{coarse(pack.patterns[key])})" for key in keys if key in pack.patterns) for keys in (personal.NAMES, personal.PLACES)
    )
    return tuple((gate, wanted) for gate, wanted in ((names, False), (places, True)) if gate)


_SCREENERS: dict[str, BatchScreener] = {}


def screener(release: ScreeningRelease) -> BatchScreener | None:
    """The screener of a release, compiled once per process; None where the kernel can't be loaded."""
    loaded = kernel()
    if loaded is None:
        return None
    if release.name not in _SCREENERS:
        _SCREENERS.clear()  # one release runs at a time; an older one is not needed again
        with uncollected():  # all that is made is kept
            _SCREENERS[release.name] = BatchScreener(release, loaded)
    return _SCREENERS[release.name]


def screen_posts(release: ScreeningRelease, texts: pa.Array, langs: Sequence[str | None]) -> list[Screened]:
    """Judge posts by the kernel, or by the reference where there is none."""
    fast = screener(release)
    return fast.screen(texts, langs) if fast else _by_reference(release, texts, langs)


def _by_reference(release: ScreeningRelease, texts: pa.Array, langs: Sequence[str | None]) -> list[Screened]:
    return [screen_text(release, text, lang or "") for text, lang in zip(texts.to_pylist(), langs, strict=True)]


def screen_table(release: ScreeningRelease, texts: pa.Array, langs: Sequence[str | None]) -> Table:
    """The same as a table."""
    fast = screener(release)
    return fast.table(texts, langs) if fast else table_of(_by_reference(release, texts, langs), release.name)


#: Fewer posts are not worth loading the kernel for.
_FEWEST = 20
_SURROGATE = re.compile("[\ud800-\udfff]")


def screen_page(release: ScreeningRelease, posts: Sequence[tuple[str, str]]) -> list[Screened]:
    """Judge (text, declared language) pairs as `screen_text` does; a page of many posts goes through the kernel."""
    if len(posts) < _FEWEST or any(_SURROGATE.search(text) for text, _ in posts):
        return [screen_text(release, text, lang) for text, lang in posts]
    return screen_posts(release, text_column([text for text, _ in posts]), [lang for _, lang in posts])
