"""How long answers and jobs take, by the name of the route or job, never by an address, which may hold a word of somebody.

Several processes answer and work. Below the supervisor each of them keeps its counts in a file of its own in the folder that
PROMETHEUS_MULTIPROC_DIR names, and whoever is asked adds all files up; a figure of one process alone would be a different one at each
look. A process of its own, as in a test, keeps them in memory.
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

#: Upper ends in seconds: a page should take 0.15, a person notices 1, a proxy gives up after 30 to 60.
REQUEST_ENDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: A job may take minutes: an import, a night's retention.
JOB_ENDS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

OWN = CollectorRegistry()
_REQUESTS = Histogram(
    "candour_request_seconds", "Time to answer, by route and class of status.", ["route", "status"], registry=OWN, buckets=REQUEST_ENDS
)
_JOBS = Histogram(
    "candour_job_seconds", "Time a background job took, by name and outcome.", ["job", "outcome"], registry=OWN, buckets=JOB_ENDS
)


def answered(route: str, status: int, seconds: float) -> None:
    """Count one answer; `status` is told as its class, `2xx`."""
    _REQUESTS.labels(route, f"{status // 100}xx").observe(seconds)


def worked(job: str, *, well: bool, seconds: float) -> None:
    """Count one job that ended."""
    _JOBS.labels(job, "ended" if well else "failed").observe(seconds)


def text() -> bytes:
    """All counts since the supervisor's start, of all processes on this machine, as Prometheus text."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(OWN)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
