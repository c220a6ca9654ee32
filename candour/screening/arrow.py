"""Screening of record batches: Arrow in, Arrow out, the same answers as `screen_text`, in the same order.

In: `id` string, `text` string, optional `lang` string (what the source declared); null counts as "". Out: `OUT_SCHEMA`, one row per row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from candour.core.collecting import uncollected
from candour.core.terms import Finding
from candour.screening.batch import screen_apart
from candour.screening.engine import ScreeningRelease
from candour.screening.result import Screened

_SPAN = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("words", pa.string()), ("why", pa.string())])
_FINDING = pa.struct(
    [("duty", pa.string()), ("score", pa.float64()), ("why", pa.string()), ("spans", pa.list_(_SPAN)), ("pack", pa.string())]
)

#: What `screen_batch` returns. Offsets are code points of the text; `missing`: minimum criteria the text alone doesn't give.
OUT_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("lang", pa.string()),
        ("score", pa.float64()),
        ("label", pa.int8()),
        ("unscreened_language", pa.bool_()),
        ("products", pa.list_(pa.string())),
        ("competitors", pa.list_(pa.string())),
        ("duties", pa.list_(pa.string())),
        ("findings", pa.list_(_FINDING)),
        ("missing", pa.list_(pa.string())),
    ],
    metadata={b"contract": b"candour screen"},
)


@uncollected()
def screen_batch(batch: pa.RecordBatch, release: ScreeningRelease) -> pa.RecordBatch:
    """Screen a batch. Raises KeyError when `id` or `text` is missing."""
    missing = [name for name in ("id", "text") if name not in batch.schema.names]
    if missing:
        raise KeyError(f"Give the record batch the columns id and text: {', '.join(missing)} not found.")
    langs = batch.column("lang").to_pylist() if "lang" in batch.schema.names else [""] * batch.num_rows
    kind, rows, lit = screen_apart(release, batch.column("text").fill_null(""), langs)
    keys = batch.column("id").cast(pa.string())
    return pa.RecordBatch.from_arrays([keys, *_columns(kind, rows, lit)], schema=OUT_SCHEMA)


def _columns(kind: NDArray[np.int64], rows: list[Screened], lit: dict[int, Screened]) -> list[pa.Array]:
    """The columns behind `id`. Quiet posts are filled in by number; only the others are looked at one by one."""
    at = np.fromiter(sorted(lit), np.int64, len(lit))
    posts = [lit[place] for place in at.tolist()]
    number = kind.copy()
    number[at] = len(rows) + np.arange(len(at))
    all_rows = [*rows, *posts]
    places = pa.array(number)
    plain = [pa.array([getattr(one, name) for one in all_rows], OUT_SCHEMA.field(name).type).take(places) for name in _PLAIN]
    findings = [finding for one in posts for finding in one.findings]
    lists = [
        *(_names([getattr(one, which) for one in posts]) for which in ("products", "competitors")),
        (pa.array([finding.duty.value for finding in findings], pa.string()), [len(one.findings) for one in posts]),
        (_findings(findings), [len(one.findings) for one in posts]),
    ]
    missing = pa.array([one.missing for one in all_rows], OUT_SCHEMA.field("missing").type).take(places)
    return [*plain, *(_listed(values, at, sizes, len(kind)) for values, sizes in lists), missing]


def _names(rows: list[tuple[str, ...]]) -> tuple[pa.Array, list[int]]:
    return pa.array([name for row in rows for name in row], pa.string()), list(map(len, rows))


_PLAIN = ("lang", "score", "label", "unscreened_language")


def _listed(values: pa.Array, at: NDArray[np.int64], sizes: list[int], rows: int) -> pa.ListArray:
    """A list column whose rows `at` hold so many of the values each, and the others none."""
    offsets = np.zeros(rows + 1, np.int32)
    offsets[at + 1] = sizes
    return pa.ListArray.from_arrays(pa.array(np.cumsum(offsets, dtype=np.int32)), values)


def _findings(findings: list[Finding]) -> pa.StructArray:
    spans = [span for finding in findings for span in finding.spans]
    columns = [[getattr(span, name) for span in spans] for name in ("start", "end", "words", "why")]
    span_rows = pa.StructArray.from_arrays([pa.array(column, _SPAN.field(k).type) for k, column in enumerate(columns)], fields=list(_SPAN))
    offsets = np.concatenate([[0], np.cumsum([len(finding.spans) for finding in findings])]).astype(np.int32)
    arrays = [
        pa.array([finding.duty.value for finding in findings], pa.string()),
        pa.array([finding.score for finding in findings], pa.float64()),
        pa.array([finding.why for finding in findings], pa.string()),
        pa.ListArray.from_arrays(pa.array(offsets), span_rows),
        pa.array([finding.pack for finding in findings], pa.string()),
    ]
    return pa.StructArray.from_arrays(arrays, fields=list(_FINDING))


def as_row(key: str, screened: Screened) -> dict[str, Any]:
    """One result as plain values, in the columns of `OUT_SCHEMA`."""
    return {
        "id": key,
        "lang": screened.lang,
        "score": screened.score,
        "label": screened.label,
        "unscreened_language": screened.unscreened_language,
        "products": list(screened.products),
        "competitors": list(screened.competitors),
        "duties": [duty.value for duty in screened.duties],
        "findings": [finding_row(finding) for finding in screened.findings],
        "missing": list(screened.missing),
    }


def finding_row(finding: Finding) -> dict[str, Any]:
    """One finding as plain values."""
    spans = [{"start": span.start, "end": span.end, "words": span.words, "why": span.why} for span in finding.spans]
    return {"duty": finding.duty.value, "score": finding.score, "why": finding.why, "spans": spans, "pack": finding.pack}
