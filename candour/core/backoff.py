"""When to try again: pauses that grow, spread by a little chance that is the same at every look, and never longer than is useful."""

from __future__ import annotations

import hashlib
from datetime import timedelta

#: A server that asks for more patience than this is asked again anyway; a person has been told long before.
LONGEST_ASKED = timedelta(hours=24)
#: Share of a pause that chance may take away, so that a hundred texts that failed together don't come back together.
SPREAD = 0.2


def pause(tries: int, seed: str, *, first: timedelta, most: timedelta, asked: timedelta | None = None) -> timedelta:
    """The wait after the `tries`-th failure (from 1): first, twice, four times ... at most `most`, of which `seed` takes off up to a fifth.

    The same seed and number always give the same wait, so that any process may compute it. The first pause is never shortened below
    `first`. What the other side asked for (`asked`, its Retry-After) is honoured where it is longer, up to a day.
    """
    doubled: int = 1 << min(max(tries - 1, 0), 30)
    grown = min(first * doubled, most)
    spread = max(grown * (1 - SPREAD * _chance(f"{seed}/{tries}")), min(first, most))
    return max(spread, min(asked, LONGEST_ASKED)) if asked else spread


def _chance(seed: str) -> float:
    """A number from 0 to 1 that follows from the seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 0xFFFFFFFF
