"""Steps for different receivers side by side, steps for one receiver one after the other: a slow place holds up only itself."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import connections

from candour.messages.models import Publication

#: Seconds after which a lane takes no further step in this round, so that what fell due meanwhile is not kept waiting by one slow place.
ROUND_AT_MOST = 10.0


def by_account(pks: Sequence[int]) -> list[list[int]]:
    """Publications gathered by the account they leave from; each in the order given."""
    account, rows = dict(Publication.objects.filter(pk__in=pks).values_list("pk", "account")), defaultdict(list)
    for pk in pks:
        rows[account.get(pk)].append(pk)
    return list(rows.values())


def side_by_side(work: Sequence[Sequence[int]], take: Callable[[int], bool], lanes: int) -> int:
    """Take each row of steps in its order, up to `lanes` rows at once; returns how many steps answered True.

    Every row gets its first step. With one row or one lane all of it happens in the caller's thread and on its connection; other threads
    have a connection of their own, and close it.
    """
    if lanes <= 1 or len(work) <= 1:
        return sum(take(one) for row in work for one in row)
    with ThreadPoolExecutor(min(lanes, len(work)), thread_name_prefix="lane") as pool:
        begun = [pool.submit(copy_context().run, _row, row, take, time.monotonic() + ROUND_AT_MOST) for row in work]
        return sum(one.result() for one in begun)


def _row(row: Sequence[int], take: Callable[[int], bool], until: float) -> int:
    taken = 0
    try:
        for number, one in enumerate(row):
            if number and time.monotonic() > until:
                break
            taken += take(one)
    finally:
        connections.close_all()  # this thread's own
    return taken
