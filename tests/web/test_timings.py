"""Numbers of requests and times of answers: by route, never by address, of all processes; a number only from a proxy of ours."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from candour.core.trace import request_number, trace, tracing
from candour.insight import timings
from candour.project.running_jobs import RunningJobs
from candour.web.request_log import HEADER
from tests import factories

GIVEN = "8f14e45f-ceea-467f-a9d6-d3b0b1a0c1de"
COUNT = """
import sys
from candour.insight import timings
for _ in range(int(sys.argv[1])):
    timings.answered("case", 200, 0.02)
timings.worked("listen", well=False, seconds=0.3)
"""


def figures() -> list[str]:
    return timings.text().decode().splitlines()


def count(route: str, status: str) -> float:
    line = f'candour_request_seconds_count{{route="{route}",status="{status}"}} '
    return next((float(one.removeprefix(line)) for one in figures() if one.startswith(line)), 0.0)


@pytest.mark.django_db
def test_an_answer_is_counted_under_its_route(client: Client) -> None:
    factories.installation()
    before = count("sign-in", "2xx"), count("none", "4xx"), count("healthz", "2xx")
    for path in ("/sign-in/?next=/quince/", "/quince/jelly", "/healthz"):
        client.get(path)
    assert (count("sign-in", "2xx"), count("none", "4xx"), count("healthz", "2xx")) == tuple(one + 1 for one in before)
    assert not any("quince" in line for line in figures())
    told = client.get("/metrics").content.decode()
    assert 'candour_request_seconds_bucket{le="0.15",route="sign-in",status="2xx"}' in told
    assert "candour_database_up 1.0" in told


@pytest.mark.parametrize(
    ("proxies", "given", "taken"), [(1, GIVEN, True), (0, GIVEN, False), (1, "Mira Castellane", False), (1, "short", False)]
)
def test_a_number_is_taken_over_from_our_own_proxy_alone(client: Client, settings, proxies: int, given: str, taken: bool) -> None:
    settings.PROXIES = proxies
    answer = client.get("/healthz", headers={HEADER: given})
    assert (answer.headers[HEADER] == given) is taken
    assert request_number(answer.headers[HEADER]) == answer.headers[HEADER]


@given(st.text())
def test_whatever_is_given_the_number_is_a_number(given: str) -> None:
    number = request_number(given)
    assert number.isascii() and number.replace("-", "").isalnum() and 8 <= len(number) <= 64


def test_what_is_known_is_known_inside_and_forgotten_outside() -> None:
    with tracing(request="12345678"):
        with tracing(actor="7"):
            assert (trace().request, trace().actor, trace().job) == ("12345678", "7", None)
        assert trace().actor == ""
    assert trace().request == ""


def test_a_job_knows_its_number_and_the_request_that_asked_for_it() -> None:
    job = SimpleNamespace(id=12, task_name="poll_source", task_kwargs={"source_id": 3, "asked_in": GIVEN})
    context, running = SimpleNamespace(job=job), RunningJobs()

    async def look() -> tuple:
        assert list(running.jobs) == [12]
        return trace().job, trace().request

    async def fail() -> None:
        raise RuntimeError

    assert asyncio.run(running.keep(look, context, SimpleNamespace())) == (12, GIVEN)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        asyncio.run(running.keep(fail, context, SimpleNamespace()))  # type: ignore[arg-type]
    assert running.jobs == {}
    for outcome in ("ended", "failed"):
        assert any(line.startswith(f'candour_job_seconds_count{{job="poll_source",outcome="{outcome}"}}') for line in figures())


def test_figures_of_all_processes_are_added_up_also_of_ended_ones(tmp_path) -> None:
    more = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for times in (3, 4):
        subprocess.run([sys.executable, "-c", COUNT, str(times)], env=more, check=True)
    look = [sys.executable, "-c", "import sys; from candour.insight import timings; sys.stdout.buffer.write(timings.text())"]
    told = subprocess.run(look, env=more, check=True, capture_output=True, text=True).stdout
    assert 'candour_request_seconds_count{route="case",status="2xx"} 7.0' in told
    assert 'candour_request_seconds_bucket{le="0.01",route="case",status="2xx"} 0.0' in told
    assert 'candour_job_seconds_count{job="listen",outcome="failed"} 2.0' in told
