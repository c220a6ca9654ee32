"""The short form of `make soak`: the same code, less time. One installation is loaded, killed, left to settle and compared once."""

from __future__ import annotations

import lanes
import pytest

from tests.soak import page
from tests.soak.run import Plan, Report, soak

pytestmark = pytest.mark.slow

KILLS = 5
#: Shares two cores with the other tests: few acts, much patience.
SHORT = Plan(seconds=300, kills=KILLS, network_seconds=120, network_rate=30, burst_every=30, comment_every=1.5, file_every=15, settle=200)


def _network_present() -> bool:
    """In CI a missing server fails the whole run (tests/conftest.py); elsewhere the soak goes on without it."""
    return "network" not in {lane.marker for lane in lanes.absent()}


@pytest.fixture(scope="module")
def report() -> Report:
    plan = SHORT if _network_present() else Plan(**{**vars(SHORT), "network": False})
    made = soak(plan, print)
    print(page.figures(made))
    return made


def test_nothing_is_lost_nothing_doubled_and_everything_ends(report: Report) -> None:
    assert report.faults == []
    assert report.settled.left == {}
    assert report.settled.took <= SHORT.settle


def test_every_part_was_killed_and_came_back(report: Report) -> None:
    assert {part: times for part, times in report.kills.items() if times < KILLS} == {}
    assert [part for part, times in report.kills.items() if len(report.back[part]) != times] == []


def test_the_load_was_a_load(report: Report) -> None:
    """A soak in which nothing happened would prove nothing."""
    counts = {row.what: row.promised for row in report.rows if not row.what.startswith("second versions")}
    assert min(counts.values()) > 0, counts
    assert counts["imported rows"] >= 200
    assert counts["signatures in the journal"] >= 3 * 2
    if report.network:
        assert report.network.accepted >= 500
        assert len(report.network.bursts) > 0


def test_the_journal_is_sound(report: Report) -> None:
    assert report.journal == "Everything agrees."
