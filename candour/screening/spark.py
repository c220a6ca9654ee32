"""Screening on Apache Spark: what `DataFrame.mapInArrow` is given, with the answers of `candour screen`.

The workers import this module from the installed package, and with it the compiled kernel: a job carries the name of the release and the
product file, no code. A worker compiles once and refuses a job whose release is not its own. Nothing of Spark is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from candour.screening import engine
from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease
from candour.screening.products import products_in
from candour.screening.screen_file import BATCH, BATCH_BYTES, LARGEST_LINE, Line, rows_of

#: What a row of the data frame must have: where it stands, the post, and the sentence of whoever refused it already, else null.
IN_COLUMNS = ("file", "line", "id", "text", "lang", "refused")

_SPANS = "array<struct<start:bigint, end:bigint, words:string, why:string>>"
_FINDINGS = f"array<struct<duty:string, score:double, why:string, spans:{_SPANS}, pack:string>>"
#: What `ScreenedColumns` gives, as Spark writes it; of a refused row only the first four, of a screened one `error` is null.
COLUMNS = (
    "file string, line bigint, id string, error string, release string, lang string, score double, label tinyint, "
    "unscreened_language boolean, products array<string>, competitors array<string>, duties array<string>, "
    f"findings {_FINDINGS}, missing array<string>"
)
#: What `ScreenedLines` gives: the row as `candour screen` writes it, whether it was refused, whether it has no pack.
LINES = "line bigint, row string, refused boolean, unscreened boolean"


class OtherRelease(RuntimeError):
    """A worker that would screen by other packs, names or weights than the job was started with."""


@lru_cache(maxsize=1)
def compiled(products: bytes | None) -> ScreeningRelease:
    """The release of this process for the bytes of a product file, None for the shipped names; the last is kept. Raises ProductsError."""
    return engine.release(None if products is None else products_in(products))


@dataclass(frozen=True)
class _OnWorker:
    """Called with the record batches of a partition. `release`: its name as the driver knows it; `products`: bytes of the CSV, if any."""

    release: str
    products: bytes | None = None

    def check_release(self) -> ScreeningRelease:
        """The release of this worker. Raises OtherRelease when it is not the job's."""
        ours = compiled(self.products)
        if ours.name != self.release:
            raise OtherRelease(
                f"Install the same Candour on every worker: this one screens by {ours.name}, the job asks for {self.release}."
            )
        return ours


@dataclass(frozen=True)
class ScreenedColumns(_OnWorker):
    """For `mapInArrow(ScreenedColumns(name), COLUMNS)`: one row per row, findings as columns."""

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        ours = self.check_release()
        for piece in _pieces(batches):
            yield _columns(piece, ours)


@dataclass(frozen=True)
class ScreenedLines(_OnWorker):
    """For `mapInArrow(ScreenedLines(name), LINES)`: one row per row, as the very bytes of `candour screen`."""

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        ours = self.check_release()
        for piece in _pieces(batches):
            yield _lines(piece, ours)


def _pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches no larger than what is screened together; Spark's may hold many large posts."""
    for batch in batches:
        sizes = np.cumsum(pc.fill_null(pc.binary_length(batch.column("text")), 0).to_numpy(zero_copy_only=False))
        begin = 0
        while begin < batch.num_rows:
            behind = sizes[begin - 1] if begin else 0
            end = max(begin + 1, min(begin + BATCH, int(np.searchsorted(sizes, behind + BATCH_BYTES, "right"))))
            yield batch.slice(begin, end - begin)
            begin = end


def _columns(batch: pa.RecordBatch, release: ScreeningRelease) -> pa.RecordBatch:
    wrong = _wrong(batch)
    sound = np.ones(batch.num_rows, np.bool_)
    sound[list(wrong)] = False
    posts = batch.filter(pa.array(sound)).select(["id", "text", "lang"])
    places = pa.array(np.cumsum(sound) - 1, mask=~sound)
    screened = screen_batch(posts, release)
    names = screened.schema.names[1:]
    columns = {
        "file": batch.column("file"),
        "line": batch.column("line"),
        "id": _ids(batch, wrong),
        "error": pa.array([wrong.get(at) for at in range(batch.num_rows)], pa.string()),
        "release": pa.array([release.name], pa.string()).take(pa.array(np.zeros(batch.num_rows, np.int64), mask=~sound)),
        **{name: screened.column(name).take(places) for name in names},
    }
    return pa.RecordBatch.from_pydict(columns)


def _lines(batch: pa.RecordBatch, release: ScreeningRelease) -> pa.RecordBatch:
    wrong = _wrong(batch)
    keys = _ids(batch, wrong).to_pylist()
    numbers = batch.column("line").to_pylist()
    texts = _emptied(batch.column("text"), wrong)
    langs = _emptied(batch.column("lang"), wrong)
    lines = [
        Line("", "", "", {"id": keys[at], "line": numbers[at], "error": wrong[at]}) if at in wrong else Line(keys[at], texts[at], langs[at])
        for at in range(batch.num_rows)
    ]
    rows, unscreened = rows_of(lines, release)
    refused = [at in wrong for at in range(batch.num_rows)]
    columns = [batch.column("line"), pa.array(rows, pa.string()), pa.array(refused), pa.array(unscreened, pa.bool_())]
    return pa.RecordBatch.from_arrays(columns, ["line", "row", "refused", "unscreened"])


def _emptied(column: pa.Array, wrong: dict[int, str]) -> list[str]:
    """Its values, "" for null and for the rows that are refused, whose bytes may be no text."""
    keep = np.ones(len(column), np.bool_)
    keep[list(wrong)] = False
    texts: list[str] = pc.if_else(pa.array(keep), column, "").fill_null("").to_pylist()
    return texts


def _ids(batch: pa.RecordBatch, wrong: dict[int, str]) -> pa.Array:
    """The ids, null where one can't be given back."""
    ids = batch.column("id")
    lost = [at for at in wrong if not _is_id(ids[at])]
    if not lost:
        return ids
    keep = np.ones(len(ids), np.bool_)
    keep[lost] = False
    return pc.if_else(pa.array(keep), ids, pa.scalar(None, ids.type))


def _is_id(key: Any) -> bool:
    return key.is_valid and key.as_buffer().size > 0 and _broken(key) is None


def _wrong(batch: pa.RecordBatch) -> dict[int, str]:
    """Rows that can't be screened, and what their sender must change; the first complaint counts."""
    refused = batch.column("refused")
    wrong: dict[int, str] = {}
    for at in np.flatnonzero(refused.is_valid().to_numpy(zero_copy_only=False)).tolist():
        wrong[at] = refused[at].as_py()
    for at in _empty(batch.column("id")):
        wrong.setdefault(at, "Give the post an id: the field is missing, empty or neither text nor a whole number.")
    for at in _absent(batch.column("text")):
        wrong.setdefault(at, "Give the post a text: the field is missing or not a string.")
    for at in _longer(batch.column("text")):
        wrong.setdefault(at, f"Split or shorten the post: its text is longer than {LARGEST_LINE // 1024 // 1024} MiB.")
    for name in ("id", "text", "lang"):
        for at, place in _unreadable(batch.column(name)):
            wrong.setdefault(at, f"Save the posts as UTF-8: byte {place} of this row's {name} can't be read.")
    return wrong


def _absent(column: pa.Array) -> list[int]:
    return np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)).tolist() if column.null_count else []


def _empty(column: pa.Array) -> list[int]:
    sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return np.flatnonzero(sizes == 0).tolist()


def _longer(column: pa.Array) -> list[int]:
    sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return np.flatnonzero(sizes > LARGEST_LINE).tolist()


def _unreadable(column: pa.Array) -> list[tuple[int, int]]:
    """Rows that are not UTF-8, each with the number of the first byte that can't be read. A sound column is looked at once, as a whole."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        broken = ((at, _broken(value)) for at, value in enumerate(column) if value.is_valid)
        return [(at, place) for at, place in broken if place is not None]
    return []


def _broken(value: Any) -> int | None:
    """Number of the first byte of a string scalar that can't be read as UTF-8."""
    try:
        value.as_buffer().to_pybytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start + 1
    return None
