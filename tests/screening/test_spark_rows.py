"""What Spark's workers are given, without Spark: every row answered, whatever is in it."""

from __future__ import annotations

import json
import pickle
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease
from candour.screening.screen_file import BATCH, LARGEST_LINE
from candour.screening.spark import IN_COLUMNS, OtherRelease, ScreenedColumns, ScreenedLines, compiled
from tests.screening.conftest import PRODUCTS

CSV = PRODUCTS.read_bytes()


@cache
def name() -> str:
    """Not at import: compiling takes seconds."""
    return compiled(CSV).name


def _batch(*posts: tuple[bytes | None, bytes | None], lang: bytes | None = None, refused: str | None = None) -> pa.RecordBatch:
    """Rows of ids and texts as bytes, which needn't be text."""
    columns: list[list[Any]] = [["f"] * len(posts), [*range(1, len(posts) + 1)], [key for key, _ in posts], [text for _, text in posts]]
    columns += [[lang] * len(posts), [refused] * len(posts)]
    types = [pa.string(), pa.int64(), *[pa.string()] * 4]
    arrays = [pa.array(column, pa.binary() if type_ == pa.string() else type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays([array.view(type_) for array, type_ in zip(arrays, types, strict=True)], list(IN_COLUMNS))


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return [row for out in ScreenedColumns(name(), CSV)([batch]) for row in out.to_pylist()]


BAD = [
    (_batch((b"x", None)), "text", "x"),
    (_batch((None, b"Danke")), "id", None),
    (_batch((b"", b"Danke")), "id", None),
    (_batch((b"\xff", b"Danke")), "UTF-8: byte 1 of this row's id", None),
    (_batch((b"x", b"M\xfcde")), "UTF-8: byte 2 of this row's text", "x"),
    (_batch((b"x", b"\xed\xa0\x80")), "UTF-8", "x"),
    (_batch((b"x", b"Danke"), lang=b"\xff"), "UTF-8: byte 1 of this row's lang", "x"),
    (_batch((b"x", b"a" * (LARGEST_LINE + 1))), "shorten", "x"),
    (_batch((b"x", b"Danke"), refused="Give every post its own id."), "own id", "x"),
]


@pytest.mark.parametrize(("batch", "says", "key"), BAD, ids=range(len(BAD)))
def test_a_bad_row_is_told_and_the_rows_beside_it_are_screened(batch: pa.RecordBatch, says: str, key: str | None) -> None:
    good = _batch((b"g", b"I got a rash from Zovellark"))
    whole = pa.Table.from_batches([good, batch, good]).combine_chunks().to_batches()[0]
    first, told, last = _rows(whole)
    assert first["products"] == last["products"] == ["Zovellark"]
    assert (first["error"], first["release"], first["label"]) == (None, name(), 1)
    assert says in told.pop("error")
    assert told == {**dict.fromkeys(told), "file": "f", "line": 1, "id": key}


def test_a_refused_line_is_the_row_of_the_command() -> None:
    (out,) = ScreenedLines(name(), CSV)([_batch((b"g", b"Danke"), (None, b"Danke"))])
    good, bad = map(json.loads, out.column("row").to_pylist())
    assert (good["id"], set(bad), bad["line"], bad["id"]) == ("g", {"id", "line", "error"}, 2, None)
    assert out.column("refused").to_pylist() == [False, True]


def test_large_batches_are_screened_in_pieces_and_none_is_lost(compiled: ScreeningRelease) -> None:
    small, large = (
        [(b"%d" % number, b"Danke") for number in range(BATCH + 1)],
        [(b"L%d" % number, b"rash " * 1_000_000) for number in range(3)],
    )
    batch = _batch(*small, *large)
    pieces = list(ScreenedColumns(name(), CSV)([batch]))
    assert [piece.num_rows for piece in pieces] == [BATCH, 2, 1, 1]
    assert pa.Table.from_batches(pieces).column("id").to_pylist() == batch.column("id").to_pylist()


def test_columns_are_those_of_a_batch_screened_here(compiled: ScreeningRelease) -> None:
    batch = _batch((b"1", b"I got a rash from Zovellark"), (b"2", "花粉症".encode()), (b"3", b""), lang=b"en")
    expected = screen_batch(batch, compiled).to_pylist()
    assert [{key: row[key] for key in expected[0]} for row in _rows(batch)] == expected


def test_another_release_is_refused_and_both_are_named() -> None:
    with pytest.raises(OtherRelease, match=f"{name()}.*screening@0000000000"):
        next(ScreenedColumns("screening@0000000000", CSV)([_batch((b"1", b"Danke"))]))


def test_a_job_carries_a_name_and_the_products_but_no_code() -> None:
    carried = pickle.dumps(ScreenedColumns(name(), CSV))
    assert b"candour.screening.spark" in carried
    assert len(carried) < len(CSV) + 300
