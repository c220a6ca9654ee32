"""The lines of a text file of unknown origin: its encoding is found out, no line is lost, none fills the memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from candour.channels.base import ChannelError, gettext_noop

#: A line longer than this is no post; it is refused and the next one read.
MAX_LINE_BYTES = 1_000_000
_PIECE = 1 << 16
_HEAD = 1 << 16
#: Bytes kept of an overlong line, enough to find its id for the message.
_KEPT = 200

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNITS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}

FALLBACK = gettext_noop("The file is not UTF-8; it was read as Windows-1252. Check one name with an accent before importing.")
_UNREADABLE = gettext_noop("The file %(name)s could not be read (%(why)s); the person importing must choose another one.")
TOO_LONG = gettext_noop("The line is longer than %(limit)s bytes and was not imported; cut it or correct the export.")
NOT_DECODABLE = gettext_noop("The line is not valid %(encoding)s and was not imported; export the file again as UTF-8.")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is read: the codec, the bytes of its mark at the start, and a warning for the person or ""."""

    name: str
    mark: int = 0
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `text` is None when it can't be read, and `why` says why (a template with `params`)."""

    number: int
    text: str | None
    raw: bytes
    size: int
    why: str = ""
    params: tuple[tuple[str, str], ...] = ()


def open_file(path: Path) -> BinaryIO:
    """Opens a file for reading; ChannelError when that can't be done."""
    try:
        return path.open("rb")
    except OSError as problem:
        params = {"name": path.name, "why": problem.strerror or "unknown"}
        raise ChannelError(_UNREADABLE, permanent=True, params=params) from problem


def encoding_of(path: Path) -> Encoding:
    """Finds the encoding: by its mark, by the zero bytes of UTF-16, else UTF-8 unless no line with accents is valid UTF-8; then
    Windows-1252 with a warning. One broken line among good ones does not change the answer; it is reported as a bad row."""
    with open_file(path) as source:
        head = source.read(_HEAD)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if (wide := _wide(head)) is not None:
        return Encoding(wide)
    good, bad = _utf8_lines(path)
    return Encoding("cp1252", warning=FALLBACK) if bad and not good else Encoding("utf-8")


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of its ASCII letters is zero. A stray NUL in a text is far rarer than that."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _utf8_lines(path: Path) -> tuple[int, int]:
    good = bad = 0
    with open_file(path) as source:
        while line := source.readline(MAX_LINE_BYTES):
            if line.isascii():
                continue
            try:
                line.decode()
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good, bad


def lines_of(path: Path, encoding: Encoding) -> Iterator[Line]:
    """Every line of the file in order, numbered from 1. A line that is too long or can't be decoded comes without text."""
    unit = _UNITS.get(encoding.name, 1)
    end = "\n".encode(encoding.name)
    with open_file(path) as source:
        source.read(encoding.mark)  # not seek: a pipe is read too
        for number, (raw, size) in enumerate(_raw_lines(source, end, unit), start=1):
            yield _line(number, raw, size, encoding.name)


def _line(number: int, raw: bytes, size: int, encoding: str) -> Line:
    if size > MAX_LINE_BYTES:
        return Line(number, None, raw[:_KEPT], size, TOO_LONG, (("limit", str(MAX_LINE_BYTES)),))
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return Line(number, None, raw[:_KEPT], size, NOT_DECODABLE, (("encoding", encoding),))
    return Line(number, text.removesuffix("\n").removesuffix("\r"), raw, size)


def _raw_lines(source: BinaryIO, end: bytes, unit: int) -> Iterator[tuple[bytes, int]]:
    """(bytes, size) per line, the end included; of an overlong line only the beginning is kept while its size goes on counting."""
    kept, size = bytearray(), 0
    pending = b""
    while piece := source.read(_PIECE):
        pending += piece
        while (at := _find(pending, end, unit)) >= 0:
            kept += pending[: at + len(end)]
            yield bytes(kept), size + at + len(end)
            pending = pending[at + len(end) :]
            kept, size = bytearray(), 0
        whole = len(pending) - len(pending) % unit
        size += whole
        if len(kept) <= MAX_LINE_BYTES:
            kept += pending[:whole]
        pending = pending[whole:]
    if kept or pending:
        yield bytes(kept + pending), size + len(pending)


def _find(data: bytes, end: bytes, unit: int) -> int:
    """Where the line end stands on a whole code unit; -1 when nowhere."""
    at = data.find(end)
    while at >= 0 and at % unit:
        at = data.find(end, at + 1)
    return at
