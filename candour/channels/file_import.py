"""Posts from a file: JSON lines in our exchange form, or CSV with a saved header profile.

Every line of the file becomes a post or a bad row with its number and the reason; none is dropped in silence. Text stays text:
HTML, formulas and bidi controls are kept as words and flagged. Reading the same file again gives the same remote ids.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import typing
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from candour.channels.base import ChannelError, gettext_noop
from candour.channels.file_lines import Encoding, Line, encoding_of, lines_of
from candour.channels.text import clean_text, text_flags
from candour.core.terms import HeardPost

FIELDS = ("id", "text", "author", "published_at", "url", "lang", "thread", "in_reply_to", "channel", "source")
#: Fields kept beside the post because the post itself has no place for them.
_EXTRA = ("channel", "source")
#: Physical lines one CSV row may span; a quote mark never closed must not swallow the file.
_MAX_ROW_LINES = 200

_NOT_JSON = gettext_noop("The line is not complete JSON and was not imported; check whether the file was cut off.")
_NOT_OBJECT = gettext_noop("The line holds no object with fields and was not imported.")
_NO_TEXT = gettext_noop("The row has no text and was not imported.")
_BAD_DATE = gettext_noop("The date %(words)s could not be read; give the date format in the profile or write it as 2026-03-04T09:30:00Z.")
_BAD_FIELD = gettext_noop("The field %(field)s holds a list or an object instead of words; the row was not imported.")
_QUOTES = gettext_noop("The quote marks of this row don't match, so it was not imported; correct the row in the file.")
_CELLS = gettext_noop("The row has %(found)s cells and the header %(expected)s; check whether the file was cut off.")
_NO_COLUMN = gettext_noop("The file has no column %(column)s for the text; it has: %(found)s. Choose or save another profile.")
_LONG_CELL = gettext_noop("A cell of this row is longer than %(limit)s characters; the row was not imported.")
_PROFILE = gettext_noop("The profile %(name)s names an unknown %(what)s (%(value)s); the person who saved it must correct it.")
_BAD_HEADER = gettext_noop("The first line of the file holds no names of columns; export the file again.")
_EMPTY = gettext_noop("The file is empty; choose another one.")


@dataclass(frozen=True)
class ImportProfile:
    """How the files of one origin are read.

    `columns` maps our fields (FIELDS) to the file's header names; a field left out keeps its own name. `form` is "jsonl", "csv"
    or "" for the file's ending. `date_format` is a strptime format for dates that are not ISO 8601, `zone` the IANA zone of
    dates without one. An empty `delimiter` or `encoding` is found out.
    """

    name: str = "exchange"
    form: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    delimiter: str = ""
    encoding: str = ""
    date_format: str = ""
    zone: str = "UTC"

    def header_of(self, ours: str) -> str:
        return self.columns.get(ours, ours)


EXCHANGE = ImportProfile()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not imported: its first line in the file and one sentence why. `template` % `params` is `why`, untranslated."""

    line_number: int
    why: str
    template: str = ""
    params: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known about a file before it is imported. `header` is empty for JSON lines."""

    form: str
    encoding: str
    warning: str
    size: int
    header: tuple[str, ...] = ()
    delimiter: str = ""


Progress = Callable[[int], None]


def look_at(path: Path, profile: ImportProfile = EXCHANGE) -> FileFacts:
    """Form, encoding, header and size of a file, for the preview. Raises ChannelError when it can't be read or has no text column."""
    _check(profile)
    encoding = _encoding(path, profile)
    form = profile.form or ("csv" if path.suffix.lower() in (".csv", ".tsv", ".txt") else "jsonl")
    size = path.stat().st_size
    if form == "jsonl":
        return FileFacts(form, encoding.name, encoding.warning, size)
    rows = _CsvRows(lines_of(path, encoding), profile)
    return FileFacts(form, encoding.name, encoding.warning, size, rows.header, rows.delimiter)


def _encoding(path: Path, profile: ImportProfile) -> Encoding:
    found = encoding_of(path)
    if found.mark or not profile.encoding:
        return found
    # Without a mark these names mean the little-endian form; decoding line by line must not look for a mark on every line.
    return Encoding({"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(_codec(profile), _codec(profile)))


def _codec(profile: ImportProfile) -> str:
    try:
        return codecs.lookup(profile.encoding).name
    except LookupError as problem:
        raise _wrong_profile(profile, "encoding", profile.encoding) from problem


def _wrong_profile(profile: ImportProfile, what: str, value: str) -> ChannelError:
    return ChannelError(_PROFILE, permanent=True, params={"name": profile.name, "what": what, "value": value[:60]})


def _check(profile: ImportProfile) -> None:
    unknown = sorted(set(profile.columns) - set(FIELDS))
    if unknown:
        raise _wrong_profile(profile, "field", ", ".join(unknown))
    try:
        ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise _wrong_profile(profile, "time zone", profile.zone) from problem


def read_posts(
    path: Path, profile: ImportProfile = EXCHANGE, *, now: datetime, progress: Progress | None = None
) -> Iterator[HeardPost | BadRow]:
    """Every row of the file as a post or a bad row, in order, a line at a time.

    A post without a date counts as published `now` and says so in extra["undated"]. `progress` is told the bytes read so far.
    Raises ChannelError before the first row when the file can't be read or its text column is missing.
    """
    facts = look_at(path, profile)
    lines = _counted(lines_of(path, _encoding(path, profile)), progress)
    rows = _json_rows(lines) if facts.form == "jsonl" else _CsvRows(lines, profile).rows()
    return (_judged(row, profile, now, facts) for row in rows)


def _counted(lines: Iterator[Line], progress: Progress | None) -> Iterator[Line]:
    done = 0
    for line in lines:
        done += line.size
        if progress is not None:
            progress(done)
        yield line


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    values: dict[str, typing.Any]
    raw: bytes


def bad_row(line: Line, template: str, **params: str) -> BadRow:
    return BadRow(line.number, template % params if params else template, template, params, line.raw[:2000])


def _unreadable(line: Line) -> BadRow:
    return bad_row(line, line.why, **dict(line.params))


def _json_rows(lines: Iterator[Line]) -> Iterator[_Row | BadRow]:
    for line in lines:
        if line.text is None:
            yield _unreadable(line)
        elif line.text.strip("\ufeff \t\x00"):
            yield _json_row(line, line.text)


def _json_row(line: Line, text: str) -> _Row | BadRow:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return bad_row(line, _NOT_JSON)
    return _Row(line, values, line.raw) if isinstance(values, dict) else bad_row(line, _NOT_OBJECT)


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip().lstrip("\ufeff") for cell in next(csv.reader([text], delimiter=delimiter), []))
    except csv.Error as problem:
        raise ChannelError(_BAD_HEADER, permanent=True, provider_words=str(problem)) from problem


class _CsvRows:
    """The rows of a CSV file. A row whose quote marks don't match costs that one line: reading goes on with the next."""

    def __init__(self, lines: Iterator[Line], profile: ImportProfile) -> None:
        self._lines, self._waiting = lines, deque[Line]()
        first = self._next()
        if first is not None and (first.text or "").lower().startswith("sep="):  # a habit of spreadsheet programs
            profile_delimiter, first = (first.text or "")[4:5], self._next()
        else:
            profile_delimiter = profile.delimiter
        if first is None or first.text is None:
            raise ChannelError(_EMPTY, permanent=True)
        self.delimiter = profile_delimiter or max(",;\t|", key=first.text.count)
        self.header = _header(first.text, self.delimiter)
        wanted = profile.header_of("text").casefold()
        if wanted not in {name.casefold() for name in self.header}:
            params = {"column": profile.header_of("text"), "found": ", ".join(self.header)[:300]}
            raise ChannelError(_NO_COLUMN, permanent=True, params=params)

    def _next(self) -> Line | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def rows(self) -> Iterator[_Row | BadRow]:
        while (line := self._next()) is not None:
            if line.text is None:
                yield _unreadable(line)
            elif line.text.strip():
                yield self._row(line)

    def _row(self, first: Line) -> _Row | BadRow:
        taken: list[Line] = [first]
        try:
            cells = next(csv.reader(self._feed(taken), delimiter=self.delimiter, strict=True), [])
        except csv.Error as problem:
            self._waiting.extendleft(reversed(taken[1:]))
            if "field limit" in str(problem):
                return bad_row(first, _LONG_CELL, limit=str(csv.field_size_limit()))
            return bad_row(first, _QUOTES)
        if len(cells) != len(self.header):
            return bad_row(first, _CELLS, found=str(len(cells)), expected=str(len(self.header)))
        return _Row(first, dict(zip(self.header, cells, strict=True)), b"".join(line.raw for line in taken))

    def _feed(self, taken: list[Line]) -> Iterator[str]:
        """The row's lines as the parser asks for them; every line handed out is remembered, to be given back."""
        yield (taken[0].text or "") + "\n"
        while len(taken) < _MAX_ROW_LINES and (line := self._next()) is not None:
            taken.append(line)
            if line.text is None:
                return
            yield line.text + "\n"


def _judged(row: _Row | BadRow, profile: ImportProfile, now: datetime, facts: FileFacts) -> HeardPost | BadRow:
    if isinstance(row, BadRow):
        return row
    named = {name.casefold(): value for name, value in row.values.items()}
    values = {ours: named.get(profile.header_of(ours).casefold()) for ours in FIELDS}
    for ours, value in values.items():
        if isinstance(value, dict | list):
            return bad_row(row.line, _BAD_FIELD, field=ours)
    words = {ours: "" if value is None else str(value) for ours, value in values.items()}
    if not clean_text(words["text"]).strip():
        return bad_row(row.line, _NO_TEXT)
    published = _instant(words["published_at"], profile)
    if published is None and words["published_at"].strip():
        return bad_row(row.line, _BAD_DATE, words=clean_text(words["published_at"])[:60])
    return _post(row, words, published, now, facts)


def _post(row: _Row, words: dict[str, str], published: datetime | None, now: datetime, facts: FileFacts) -> HeardPost:
    clean = {ours: clean_text(value).strip() for ours, value in words.items()}
    extra = {name: clean[name] for name in _EXTRA if clean[name]}
    if flags := text_flags(words["text"]):
        extra["flags"] = ",".join(flags)
    if published is None:
        extra["undated"] = "1"
    if facts.warning:
        extra["encoding"] = facts.encoding
    return HeardPost(
        remote_id=clean["id"] or _content_id(clean),
        text=clean_text(words["text"]),
        author=clean["author"],
        published_at=published or now,
        url=clean["url"] if clean["url"].startswith(("https://", "http://")) else "",
        thread=clean["thread"],
        in_reply_to=clean["in_reply_to"],
        lang=clean["lang"][:16],
        raw=row.raw,
        extra=extra,
    )


def _content_id(clean: dict[str, str]) -> str:
    parts = [clean[name] for name in ("author", "published_at", "url", "text")]
    return "content:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _instant(words: str, profile: ImportProfile) -> datetime | None:
    try:
        stripped = clean_text(words).strip()
        instant = datetime.strptime(stripped, profile.date_format) if profile.date_format else datetime.fromisoformat(stripped)
        return (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(profile.zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
