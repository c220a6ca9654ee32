"""Per-request facts about the reader, and refusals told as pages instead of stack traces."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from candour.core.reading import reading
from candour.core.states import RefusedMove
from candour.core.trace import tracing
from candour.flows import sessions
from candour.flows.answers import Refusal
from candour.flows.sign_in import OWES
from candour.journal.acting import database_now
from candour.people.models import User
from candour.people.rights import Held, held_by
from candour.web.outage import remember_language

Respond = Callable[[HttpRequest], HttpResponse]
#: Asked by machines also while the database is away; a session's cookie must not make them ask it who looks.
MACHINE_DOORS = ("/healthz", "/readyz", "/metrics")


class Reader:
    """The signed-in person with the grants that count now; asked for once per request.

    `now` is the database's clock, so that what one web machine dates is not judged by the clock of another.
    """

    def __init__(self, person: User) -> None:
        self.person = person

    @cached_property
    def now(self) -> datetime:
        return database_now()

    @cached_property
    def held(self) -> tuple[Held, ...]:
        return held_by(self.person, self.now)


def _spoken(language: str) -> str:
    """A language the screens speak, or "": words from an address choose among ours and go nowhere else."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return ""


def _signed_in(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


class ReaderMiddleware:
    """Puts `request.reader` on the request and switches language, time zone and theme to the reader's."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = None if request.path in MACHINE_DOORS else _signed_in(request)
        request.reader = Reader(person) if person else None  # type: ignore[attr-defined]
        language = _spoken(request.GET.get("lang", "")) or _spoken(person.language if person else "")
        language = language or translation.get_language_from_request(request)
        zone = person.timezone if person else "UTC"
        once = reading() if request.method in ("GET", "HEAD") else nullcontext()
        actor = str(person.pk) if person else ""
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)), tracing(actor=actor), once:
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.respond(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        if person:
            remember_language(request, response, _spoken(person.language))
        return response


class SignInMiddleware:
    """Notes that a session is alive, and leads whoever owes a second step to the page where it is set up, and nowhere else."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.reader is not None:  # type: ignore[attr-defined]
            if request.session.get(OWES) and not self._open(request.path):
                return HttpResponseRedirect(reverse("your-sign-in"))
            sessions.touch(request)
        return self.respond(request)

    def _open(self, path: str) -> bool:
        return path.startswith((reverse("your-sign-in"), f"/{settings.STATIC_URL.lstrip('/')}")) or path == reverse("sign-out")


class RefusalMiddleware:
    """Turns a refused act into a page that says what is safe and who must do what; nothing was written (the act's transaction is gone)."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Refusals and rights errors only; anything else goes on to the error page with a number."""
        if isinstance(error, Refusal):
            return render(request, "refused.html", {"refusal": error}, status=error.status)
        if isinstance(error, RefusedMove):
            return render(request, "refused.html", {"refusal": Refusal(str(error), status=409)}, status=409)
        if isinstance(error, PermissionDenied):
            return render(request, "refused.html", {"refusal": Refusal(str(error) or "", status=403)}, status=403)
        return None
