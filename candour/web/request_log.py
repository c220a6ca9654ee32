"""Every request gets a number, which its answer, its lines in the log and the jobs it asks for carry; and its time is taken."""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from candour.core.trace import request_number, tracing
from candour.insight import timings
from candour.web.middleware import MACHINE_DOORS, Respond

log = logging.getLogger("candour.request")

HEADER = "X-Request-ID"
STATIC = "static"


class RequestMiddleware:
    """The outermost of all. `request.number` is the number: a proxy's, where we know that there is one of ours, else a new one."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request_number(request.headers.get(HEADER, "") if settings.PROXIES else "")
        request.number = number  # type: ignore[attr-defined]
        begun = time.perf_counter()
        with tracing(request=number):
            response = self.respond(request)
            self._tell(request, response, time.perf_counter() - begun)
        response.headers[HEADER] = number
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = _route(request)
        timings.answered(route, response.status_code, seconds)
        if settings.LOG_REQUESTS and route != STATIC and request.path not in MACHINE_DOORS:
            reader = getattr(request, "reader", None)
            with tracing(actor=str(reader.person.pk) if reader else ""):
                log.info(
                    "%s %s %d %.0f ms", request.method if request.method in _METHODS else "?", route, response.status_code, 1000 * seconds
                )


_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")


def _route(request: HttpRequest) -> str:
    """The name of the route, also where a request was answered before its view was asked for."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    if request.path.startswith(settings.STATIC_URL):
        return STATIC
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return "none"
