"""When the garbage collector stays out of the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside, for work that makes very many objects and hardly a cycle, such as a batch of posts.

    The collector would walk through everything the process holds several times a batch and find nothing. What is made inside is bounded
    by the batch; the collector goes on afterwards if it was on before. It is one for the whole process: should two threads be inside, the
    first to leave lets it go on for both, which costs time and nothing else.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
