"""What a person reads when a page could not be made, and while the database is away."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from candour.insight.outage import OUTAGE, is_away

#: Seconds after which asking again makes sense; an embedded server is back within a few.
RETRY_AFTER = 10


def failed(request: HttpRequest) -> HttpResponse:
    """The answer to whatever no page caught: 503 and calm while the database is away, else the page that says something failed."""
    error = sys.exc_info()[1]
    if not is_away(error):
        return HttpResponse(_page(request, "500.html"), status=500)
    OUTAGE.met(error)
    answer = HttpResponse(_page(request, "503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"})
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would add a traceback for each request
    return answer


def _page(request: HttpRequest, template: str) -> str:
    """Made without the page frame, which asks the database; in the language the page had, else in the one the browser remembers."""
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    with translation.override(language):
        return render_to_string(
            template, {"typed": request.method == "POST", "address": _address(request), "number": getattr(request, "number", "")}
        )


def _address(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in ("GET", "HEAD") else ""


def remember_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Let the browser keep a person's language, because the database that knows it may be the part that is missing."""
    if language and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 86400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
