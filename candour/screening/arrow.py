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
from candour.screening.batch import screen_table, words_of
from candour.screening.criteria import missing_in_text
from candour.screening.engine import ScreeningRelease
from candour.screening.findings_table import Table
from candour.screening.found_rows import COMPETITOR, DUTY, END, NAME, SPAN_WHY, SPANS_END, START, WHY
from candour.screening.meaning_tables import DUTIES
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
    texts = batch.column("text").fill_null("")
    table = screen_table(release, texts, langs)
    keys = batch.column("id").cast(pa.string())
    return pa.RecordBatch.from_arrays([keys, *_columns(table, texts)], schema=OUT_SCHEMA)


def _columns(table: Table, texts: pa.Array) -> list[pa.Array]:
    """The columns behind `id`."""
    ends = table.ends(table.findings)
    duties = pa.array(_DUTIES, pa.string()).take(pa.array(table.findings[:, DUTY]))
    return [
        pa.array(table.langs, pa.string()).take(pa.array(table.lang)),
        pa.array(table.score),
        pa.array(table.label),
        pa.array(table.unread),
        *(_names(table, table.mentions[table.mentions[:, COMPETITOR] == competitor]) for competitor in (0, 1)),
        _listed(duties, ends),
        _listed(_findings(table, duties, texts), ends),
        _MISSING.take(pa.array(table.given)),
    ]


_DUTIES = [duty.value for duty in DUTIES]
#: Criteria that a text doesn't give, by the bits of those it does.
_MISSING = pa.array([missing_in_text(*(bool(given >> at & 1) for at in range(4))) for given in range(16)], pa.list_(pa.string()))


def _names(table: Table, mentions: NDArray[np.int64]) -> pa.ListArray:
    names = table.names
    return _listed(pa.array([names[name] for name in mentions[:, NAME].tolist()], pa.string()), table.ends(mentions))


def _listed(values: pa.Array, ends: NDArray[np.int64]) -> pa.ListArray:
    """A list column whose rows begin at `ends` among the values."""
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), values)


def _findings(table: Table, duties: pa.Array, texts: pa.Array) -> pa.StructArray:
    whys = pa.array(table.whys, pa.string())
    spans = [
        pa.array(table.spans[:, START]),
        pa.array(table.spans[:, END]),
        words_of(texts, table.spans),
        whys.take(pa.array(table.spans[:, SPAN_WHY])),
    ]
    ends = np.concatenate([[0], table.findings[:, SPANS_END]])
    arrays = [
        duties,
        pa.array(table.scores),
        whys.take(pa.array(table.findings[:, WHY])),
        _listed(pa.StructArray.from_arrays(spans, fields=list(_SPAN)), ends),
        pa.array([table.pack], pa.string()).take(pa.array(np.zeros(len(duties), np.int64))),
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
