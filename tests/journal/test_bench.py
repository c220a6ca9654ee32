"""The measuring itself: both kinds of write are really made, and nothing is left behind but the entries."""

from __future__ import annotations

import pytest

from candour.journal.models import Entry
from candour.project.bench.journal import appends_per_second

from .company import Company, value


@pytest.mark.parametrize("audited", [True, False])
def test_a_short_measurement(company: Company, audited: bool) -> None:
    before = Entry.objects.count()
    assert appends_per_second(2, audited=audited, seconds=0.2) > 0
    assert (Entry.objects.count() > before) is audited
    assert value("SELECT to_regclass('bench_write')") is None
