"""Near-identical posts: a small sketch of a text, so that 23 reposts of one post are one verdict.

Bottom-k sketch over hashed runs of three words (Broder 1997): the share of common values estimates the Jaccard likeness of the texts.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

SKETCH = 16
RUN = 3
MIN_WORDS = 8
ALIKE = 0.6
_NOISE = re.compile(r"https?://\S+|[@#]\w+(?:[.\-]\w+)*|\bRT\b")
#: Without one of these there is no noise in a text, and looking for them is quicker than looking for noise.
_SIGNS = ("@", "#", "://", "RT")
_WORD = re.compile(r"[^\W\d_]+")


def sketch(text: str) -> list[int]:
    """Up to 16 signed 63-bit values, ascending; empty for texts under eight words, which are never called alike."""
    plain = _NOISE.sub(" ", text) if any(sign in text for sign in _SIGNS) else text
    words = _WORD.findall(plain.casefold())
    if len(words) < MIN_WORDS:
        return []
    runs = set(map(" ".join, zip(*(words[start:] for start in range(RUN)), strict=False)))
    digests = sorted([hashlib.blake2b(run.encode(), digest_size=8).digest() for run in runs])[:SKETCH]  # bytes sort as their numbers do
    return [int.from_bytes(digest) >> 1 for digest in digests]


def likeness(a: Sequence[int], b: Sequence[int]) -> float:
    """Estimated share of common word runs, 0..1."""
    if not a or not b:
        return 0.0
    both = sorted(set(a) | set(b))[:SKETCH]
    common = set(a) & set(b)
    return sum(value in common for value in both) / len(both)


def alike(a: Sequence[int], b: Sequence[int]) -> bool:
    """True when the texts are the same but for a few words, or one holds the other with a short remark added."""
    return likeness(a, b) >= ALIKE


def least_common(sketch: Sequence[int]) -> int:
    """How many values anything alike shares with `sketch` at least: ALIKE of a union that is no smaller than the sketch itself."""
    return math.ceil(ALIKE * len(sketch))


def probe(sketch: Sequence[int]) -> Sequence[int]:
    """So many values of `sketch` that anything alike shares one of them: who shares that many can't miss more than the others."""
    return sketch[: len(sketch) - least_common(sketch) + 1]
