"""Try a post over HTTP: the same answer as the screen, in full, as JSON. Nothing of the text is stored or logged."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from candour.api.acts import in_a_persons_name
from candour.flows.try_post import Asked, try_post
from candour.screening.explain import as_data


@sensitive_post_parameters("text")
@require_POST
@in_a_persons_name
def try_one(request: HttpRequest) -> HttpResponse:
    """`text`, perhaps `lang`, `market`, `account`: findings, near misses, weights, criteria, language, products."""
    given = request.POST
    asked = Asked(given.get("text", ""), given.get("lang", "")[:12], given.get("market", "")[:8], given.get("account", "")[:80])
    return JsonResponse(as_data(try_post(request.reader.held, asked)), json_dumps_params={"ensure_ascii": False})  # type: ignore[attr-defined]


urls = [path("api/v1/screening/try", try_one, name="api-screening-try")]
