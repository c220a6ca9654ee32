"""`candour screen`: posts from a JSONL file, judgements into another, line by line, nothing lost.

In: one object a line, `id` and `text`, optional `lang`; other fields are let pass. Out: one line per line read, in order: the judgement, or
`{"id": ..., "line": ..., "error": "..."}` for a line that can't be screened. Empty lines are skipped and not counted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

from candour.core.collecting import uncollected
from candour.screening.batch import screen_table
from candour.screening.columns import text_column
from candour.screening.engine import ScreeningRelease, release
from candour.screening.findings_table import Table
from candour.screening.found_rows import COMPETITOR, DUTY, SPANS_END
from candour.screening.meaning_tables import DUTIES
from candour.screening.products import read_products

#: A post longer than this is refused; the largest posts of any network are far below.
LARGEST_LINE = 8 * 1024 * 1024
ENGINES = ("local", "spark")
#: Posts, or bytes, screened together.
BATCH = 5000
BATCH_BYTES = 8 * 1024 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadRow(ValueError):
    """A line that can't be screened; the message says what its sender must change. `key`: its id where one could be read."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


class EngineMissing(ValueError):
    """There is no engine of the name asked for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`lines` = `screened` + `rejected`; `unscreened_language` are among the screened."""

    lines: int
    screened: int
    rejected: int
    unscreened_language: int
    release: str


def screen_file(
    in_path: Path | str,
    out_path: Path | str,
    products_path: Path | str | None = None,
    engine: str = "local",
    progress: Callable[[int, int], None] | None = None,
) -> Counts:
    """Screen a file; `progress(bytes read, bytes in all)` is called now and then. The output appears under its name only when complete.

    By the engine "spark" the same bytes, and what `spark_job.screen_jsonl` raises.
    Raises EngineMissing, ProductsError, OSError; a bad line raises nothing, it becomes an error row.
    """
    if engine not in ENGINES:
        raise EngineMissing(f"Use the engine {' or '.join(ENGINES)}: there is none named {engine!r}.")
    if engine == "spark":
        from candour.screening.spark_job import screen_jsonl  # reads the lines by what stands here

        return screen_jsonl(in_path, out_path, Path(products_path).read_bytes() if products_path else None)
    compiled = release(read_products(Path(products_path)) if products_path else None)
    partial_path = Path(f"{out_path}.partial")
    with Path(in_path).open("rb") as source, partial_path.open("w", encoding="utf-8", newline="\n") as target:
        counts = _screen_lines(source, target, compiled, progress)
    partial_path.replace(out_path)
    return counts


@dataclass(slots=True)
class _Tally:
    lines: int = 0
    screened: int = 0
    unscreened: int = 0


@uncollected()
def _screen_lines(source: BinaryIO, target: TextIO, compiled: ScreeningRelease, progress: Callable[[int, int], None] | None) -> Counts:
    size, read_bytes, tally = os.fstat(source.fileno()).st_size, 0, _Tally()
    for batch, read in batches_of_lines(source):
        _write(batch, target, compiled, tally)
        read_bytes += read
        if progress:
            progress(read_bytes, size)
    if progress:
        progress(size, size)
    return Counts(tally.lines, tally.screened, tally.lines - tally.screened, tally.unscreened, compiled.name)


def batches_of_lines(source: BinaryIO) -> Iterator[tuple[list[Line], int]]:
    """Lines of a JSONL file to be screened together, and how many bytes were read for them. Empty lines are left out."""
    seen: set[str] = set()
    batch: list[Line] = []
    waiting = read_bytes = 0
    for number, raw in _lines(source):
        read_bytes += len(raw)
        if raw.strip():
            batch.append(_read(number, raw, seen))
            waiting += len(raw)
        if len(batch) >= BATCH or waiting >= BATCH_BYTES:
            yield batch, read_bytes
            batch, waiting, read_bytes = [], 0, 0
    yield batch, read_bytes


class Line(NamedTuple):
    """A line read: a post, or the row that says why it can't be screened."""

    key: str
    text: str
    lang: str
    refused: dict[str, Any] | None = None
    number: int = 0


def _read(number: int, raw: bytes, seen: set[str]) -> Line:
    try:
        key, text, lang = _parse(raw, seen)
    except BadRow as bad:
        return Line("", "", "", {"id": bad.key, "line": number, "error": str(bad)}, number)
    seen.add(key)
    return Line(key, text, lang, None, number)


def _write(batch: list[Line], target: TextIO, compiled: ScreeningRelease, tally: _Tally) -> None:
    """Screen the posts of a batch and write a row for every line of it, in order."""
    rows, unscreened = rows_of(batch, compiled)
    target.write("".join(f"{row}\n" for row in rows))
    tally.lines += len(batch)
    tally.screened += sum(line.refused is None for line in batch)
    tally.unscreened += sum(unscreened)


def rows_of(batch: list[Line], compiled: ScreeningRelease) -> tuple[list[str], list[bool]]:
    """A row of JSON for every line, in order, and whether its post is in a language without a pack."""
    posts = [line for line in batch if line.refused is None]
    table = screen_table(compiled, text_column([line.text for line in posts]), [line.lang for line in posts])
    tails, unread, at = tails_of(table, [line.text for line in posts]), table.unread.tolist(), 0
    out: list[str] = []
    unscreened: list[bool] = []
    for line in batch:
        if line.refused is not None:
            out.append(_ENCODE(line.refused))
            unscreened.append(False)
        else:
            out.append(f'{{"id": {_STRING(line.key)}{tails[at]}')
            unscreened.append(unread[at])
            at += 1
    return out, unscreened


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
#: A string as JSON, as `_ENCODE` writes it.
_STRING = json.encoder.encode_basestring
_YES_NO = ("false", "true")


def tails_of(table: Table, texts: Sequence[str]) -> list[str]:
    """A row of each post without its id and without what is missing, as JSON: the bytes of `as_row`, written in one go."""
    langs = [_STRING(lang) for lang in table.langs]
    columns = (table.lang.tolist(), table.score.tolist(), table.label.tolist(), table.unread.tolist())
    heads = [
        f', "lang": {langs[lang]}, "score": {score!r}, "label": {label}, "unscreened_language": {_YES_NO[unread]}, "products": '
        for lang, score, label, unread in zip(*columns, strict=True)
    ]
    if not len(table.findings) and not len(table.mentions):
        return [f"{head}{_NOTHING}" for head in heads]
    products, competitors = (_names(table, competitor) for competitor in (0, 1))
    findings, ends = _findings(table, texts), table.ends(table.findings).tolist()
    duties = [_DUTIES[duty] for duty in table.findings[:, DUTY].tolist()]
    return [
        f'{head}[{products.get(at, "")}], "competitors": [{competitors.get(at, "")}], '
        f'"duties": [{", ".join(duties[begin:end])}], "findings": [{", ".join(findings[begin:end])}]}}'
        if end > begin or at in products or at in competitors
        else f"{head}{_NOTHING}"
        for at, (head, begin, end) in enumerate(zip(heads, ends, ends[1:], strict=False))
    ]


_DUTIES = [_STRING(duty.value) for duty in DUTIES]
_NOTHING = '[], "competitors": [], "duties": [], "findings": []}'


def _names(table: Table, competitor: int) -> dict[int, str]:
    """Names in each post that has some."""
    found: dict[int, list[str]] = {}
    for post, name, _ in table.mentions[table.mentions[:, COMPETITOR] == competitor].tolist():
        found.setdefault(post, []).append(_STRING(table.names[name]))
    return {post: ", ".join(names) for post, names in found.items()}


def _findings(table: Table, texts: Sequence[str]) -> list[str]:
    whys, pack = [_STRING(why) for why in table.whys], _STRING(table.pack)
    spans = [
        f'{{"start": {start}, "end": {end}, "words": {_STRING(texts[post][start:end])}, "why": {whys[why]}}}'
        for post, start, end, why in table.spans.tolist()
    ]
    ends = [0, *table.findings[:, SPANS_END].tolist()]
    return [
        f'{{"duty": {_DUTIES[duty]}, "score": {score!r}, "why": {whys[why]}, "spans": [{", ".join(spans[begin:end])}], "pack": {pack}}}'
        for (_, duty, why, end), score, begin in zip(table.findings.tolist(), table.scores.tolist(), ends, strict=False)
    ]


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; a line over the limit is read away in pieces and given cut, one byte too long."""
    number = 0
    while line := source.readline(LARGEST_LINE + 1):
        number += 1
        if len(line) > LARGEST_LINE and not line.endswith(b"\n"):
            while (rest := source.readline(LARGEST_LINE)) and not rest.endswith(b"\n"):
                pass
        yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _parse(raw: bytes, seen: set[str]) -> tuple[str, str, str]:
    row = _object(raw)
    key = _key(row, b"\\" in raw)
    if key in seen:
        raise BadRow("Give every post its own id: this one was used in an earlier line.", key)
    text = row.get("text")
    if not isinstance(text, str):
        raise BadRow("Give the post a text: the field is missing or not a string.", key)
    if b"\\" in raw and _SURROGATE.search(text):
        raise BadRow("Send the text as valid Unicode: it holds half of a surrogate pair.", key)
    lang = row.get("lang")
    return key, text, lang if isinstance(lang, str) else ""


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_LINE:
        raise BadRow(f"Split or shorten the post: the line is longer than {LARGEST_LINE // 1024 // 1024} MiB.")
    try:
        row = _loaded(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRow(f"Save the file as UTF-8: byte {error.start + 1} of this line can't be read.") from error
    except (ValueError, RecursionError) as error:
        raise BadRow("Write one complete JSON object in this line: it can't be read as JSON.") from error
    if not isinstance(row, dict):
        raise BadRow("Write a JSON object with id and text in this line, not a list or a single value.")
    return row


_DECODE = json.JSONDecoder().raw_decode


def _loaded(text: str) -> Any:
    """What `json.loads` gives or raises; an object with nothing around it is read at once."""
    if text[:1] == "{":
        row, end = _DECODE(text)
        if text[end:] in ("", "\n"):
            return row
    return json.loads(text)


def _key(row: dict[str, Any], escaped: bool) -> str:
    """The id of a row. `escaped`: only then may there be half of a surrogate pair in it."""
    key = row.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
        raise BadRow("Give the post an id: the field is missing, empty or neither text nor a whole number.")
    if escaped and _SURROGATE.search(str(key)):
        raise BadRow("Send the id as valid Unicode: it holds half of a surrogate pair.")
    return str(key)
