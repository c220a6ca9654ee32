"""Screening of record batches: Arrow in, Arrow out, the same answers as `screen_text`, in the same order.

In: `id` string, `text` string, optional `lang` string (what the source declared); null counts as "". Out: `OUT_SCHEMA`, one row per row.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from candour.core.terms import Finding
from candour.screening.batch import screen_posts
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
        ("duties", pa.list_(pa.string())),
        ("findings", pa.list_(_FINDING)),
        ("missing", pa.list_(pa.string())),
    ],
    metadata={b"contract": b"candour screen"},
)


def screen_batch(batch: pa.RecordBatch, release: ScreeningRelease) -> pa.RecordBatch:
    """Screen a batch. Raises KeyError when `id` or `text` is missing."""
    missing = [name for name in ("id", "text") if name not in batch.schema.names]
    if missing:
        raise KeyError(f"Give the record batch the columns id and text: {', '.join(missing)} not found.")
    langs = batch.column("lang").to_pylist() if "lang" in batch.schema.names else [""] * batch.num_rows
    screened = screen_posts(release, batch.column("text").fill_null(""), langs)
    keys = batch.column("id").cast(pa.string())
    columns = [pa.array([_value(one, name) for one in screened], OUT_SCHEMA.field(name).type) for name in OUT_SCHEMA.names[1:]]
    return pa.RecordBatch.from_arrays([keys, *columns], schema=OUT_SCHEMA)


def _value(one: Screened, name: str) -> Any:
    value = getattr(one, name)
    if name == "findings":
        return [finding_row(finding) for finding in value]
    return value


def as_row(key: str, screened: Screened) -> dict[str, Any]:
    """One result as plain values, in the columns of `OUT_SCHEMA`."""
    return {
        "id": key,
        "lang": screened.lang,
        "score": screened.score,
        "label": screened.label,
        "unscreened_language": screened.unscreened_language,
        "products": list(screened.products),
        "duties": [duty.value for duty in screened.duties],
        "findings": [finding_row(finding) for finding in screened.findings],
        "missing": list(screened.missing),
    }


def finding_row(finding: Finding) -> dict[str, Any]:
    """One finding as plain values."""
    spans = [{"start": span.start, "end": span.end, "words": span.words, "why": span.why} for span in finding.spans]
    return {"duty": finding.duty.value, "score": finding.score, "why": finding.why, "spans": spans, "pack": finding.pack}
