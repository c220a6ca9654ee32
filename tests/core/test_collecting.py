"""The collector stays out of a batch and comes back, whatever happens in it."""

from __future__ import annotations

import gc

import pytest

from candour.core.collecting import uncollected


def test_the_collector_comes_back_after_a_batch_and_after_a_fault() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
