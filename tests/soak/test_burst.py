"""The short form of `make burst`: few texts, the same code; and the proxy errs as it says."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from tests import approve_factories as approve
from tests.channels.conftest import Answer, FakeServer
from tests.soak.burst import BurstPlan, BurstReport, burst
from tests.soak.proxy import ErringProxy

SHORT = BurstPlan(messages=8, seconds=6, kill_every=5, patience=150)


def test_the_proxy_errs_before_and_after_the_server_is_asked() -> None:
    server = FakeServer()
    server.reply = lambda asked: Answer(body=b"yes")
    proxy = ErringProxy(server.base, 0.5, seed=1)
    answers = []
    for _number in range(60):
        try:
            answers.append(httpx.get(f"{proxy.base}/x", trust_env=False).status_code)
        except httpx.HTTPError:
            answers.append(0)
    proxy.stop()
    server.stop()
    assert {status: answers.count(status) for status in (503, 0, 200)} == {
        503: proxy.told["refused"],
        0: proxy.told["lost"],
        200: proxy.told["passed"],
    }
    assert min(proxy.told.values()) > 5
    assert len(server.asked) == proxy.told["lost"] + proxy.told["passed"]


@pytest.fixture
def report(live_server: Any, settings: Any) -> BurstReport:
    settings.PASSWORD_HASHERS = approve.QUICK_HASHERS
    made = burst(approve.ground(), live_server.url, plan())
    print(figures(made))
    return made


def plan() -> BurstPlan:
    """The short form, or as many as `make burst` asks for."""
    asked = os.environ.get("CANDOUR_BURST_MESSAGES", "")
    return BurstPlan(messages=int(asked)) if asked else SHORT


def figures(made: BurstReport) -> str:
    """What happened, in a line."""
    ended = ", ".join(f"{name} {count}" for name, count in sorted(made.ended.items()))
    answers = ", ".join(f"{name} {count}" for name, count in sorted(made.proxies.items()))
    told = f"{made.ordered} ordered, {made.took:.0f} s, {made.kills} kills, {made.attempts} attempts"
    return f"{told}; answers {answers}; {ended}; faults {len(made.faults)}"


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.mastodon
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_twice_and_every_outcome_is_known(report: BurstReport) -> None:
    assert report.faults == []
    assert report.ordered == sum(report.ended.values()) == 3 * plan().messages
    assert report.kills >= 1
    assert report.proxies["lost"] + report.proxies["refused"] > 0
