"""Doors for those who watch the machine: is it alive, is it ready, what does it measure. None of them tells a secret or a post."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from candour.flows import outbox
from candour.flows.sign_in import from_this_machine
from candour.insight import health_queries as queries
from candour.insight import timings
from candour.journal.acting import database_now


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every part is `ok`, else 503; the body names each part with one word."""
    parts = queries.readiness()
    fine = set(parts.values()) == {"ok"}
    return JsonResponse({"ready": fine, "parts": parts}, status=200 if fine else 503)


def _may_measure(request: HttpRequest) -> bool:
    told = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    token = settings.METRICS_TOKEN.encode()
    return from_this_machine(request) or bool(token and hmac.compare_digest(told, token))


class Measured:
    """Reads the database's figures once per look; every web process tells the same ones."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = queries.figures(database_now())
        except DatabaseError:  # told as a figure: times of answers are wanted most while the database is away
            yield GaugeMetricFamily("candour_database_up", "1 when the database answers.", 0)
            return
        yield GaugeMetricFamily("candour_database_up", "1 when the database answers.", 1)
        yield GaugeMetricFamily("candour_jobs_waiting", "Background jobs that wait.", found.waiting_jobs)
        yield GaugeMetricFamily("candour_oldest_job_seconds", "Age of the oldest waiting job.", found.oldest_job)
        yield CounterMetricFamily("candour_posts_heard", "Posts taken in.", found.posts_heard)
        yield GaugeMetricFamily("candour_sealing_lag_seconds", "Age of the oldest entry without a leaf.", found.sealing_lag)
        clocks = GaugeMetricFamily("candour_cases_open", "Open cases by their nearer clock.", labels=["clock"])
        for state, count in found.open_cases.items():
            clocks.add_metric([state], count)
        yield clocks
        yield from _mails()


def _mails() -> Iterator[Metric]:
    box = outbox.figures(database_now())
    states = GaugeMetricFamily("candour_mails", "Mails by what became of them.", labels=["state"])
    for state, count in box.states.items():
        states.add_metric([state], count)
    yield states
    yield GaugeMetricFamily("candour_mail_oldest_seconds", "Age of the oldest mail that waits for the mail server.", box.oldest)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine itself or for the holder of the token; to everybody else the page does not exist."""
    if not _may_measure(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Measured())
    return HttpResponse(generate_latest(registry) + timings.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


urls = [
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
