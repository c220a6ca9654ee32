"""Arrow columns from and to numpy and Python by their buffers alone.

`pa.array` and `to_numpy` load pandas wherever it is installed, which costs a start half a second and 60 MB, and nothing here needs it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def text_column(texts: Sequence[str]) -> pa.Array:
    """A large_string array. Raises UnicodeEncodeError for half of a surrogate pair."""
    content = [text.encode() for text in texts]
    ends = np.zeros(len(content) + 1, np.int64)
    np.cumsum([len(one) for one in content], out=ends[1:])
    return pa.Array.from_buffers(pa.large_string(), len(content), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(content))])


def place_column(places: NDArray[np.int64]) -> pa.Array:
    """An int64 array over the memory of `places`."""
    return pa.Array.from_buffers(pa.int64(), len(places), [None, pa.py_buffer(np.ascontiguousarray(places, np.int64))])


def truths(column: pa.Array) -> NDArray[np.bool_]:
    """A boolean array without nulls as numpy has it."""
    bits = np.frombuffer(column.buffers()[1], np.uint8) if len(column) else np.zeros(0, np.uint8)
    return np.unpackbits(bits, bitorder="little")[column.offset : column.offset + len(column)].astype(np.bool_)
