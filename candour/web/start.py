"""The guided start: ten screens, one question each; after it the charter and what is not set up. Plain forms, resumable anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from candour.flows import start as flow
from candour.flows import start_state
from candour.flows.answers import Refusal
from candour.flows.sign_in import from_this_machine, sign_in
from candour.flows.start_state import STEPS, Progress
from candour.journal.acting import database_now
from candour.journal.queries import is_demo
from candour.web.middleware import Respond
from candour.web.start_answers import SAVE, SHOW, typed
from candour.web.start_gaps import gaps, may_see

NAMES: dict[str, str | Promise] = {
    "administrator": gettext_lazy("You"),
    "company": gettext_lazy("Company"),
    "market": gettext_lazy("Market and rules"),
    "brand": gettext_lazy("Brand"),
    "products": gettext_lazy("Products and names"),
    "account": gettext_lazy("Account"),
    "people": gettext_lazy("People"),
    "source": gettext_lazy("First source"),
    "safety": gettext_lazy("Safety hand-overs"),
    "charter": gettext_lazy("Pilot charter"),
}


class StartMiddleware:
    """Leads to the guided start: everybody while nobody is there, and its first administrator from home until it has ended."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._leads(request):
            return HttpResponseRedirect(reverse("start"))
        return self.respond(request)

    def _leads(self, request: HttpRequest) -> bool:
        if request.path not in ("/", reverse("sign-in")):
            return False
        reader = request.reader  # type: ignore[attr-defined]
        if reader is None:
            return start_state.needs_start()
        return request.path == "/" and start_state.unfinished_for(reader.person)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the outline."""

    name: str
    title: str | Promise
    url: str
    state: str
    here: bool


def _outline(so_far: Progress | None, here: str) -> list[Line]:
    lines = []
    for name in STEPS:
        done = so_far is not None and so_far.has(name)
        state = "done" if done else "open" if so_far and so_far.may_open(name) else "locked"
        lines.append(Line(name, NAMES[name], reverse("start-step", args=[name]), state, name == here))
    return lines


def _render(request: HttpRequest, name: str, so_far: Progress | None, refusal: Refusal | None, context: dict[str, Any]) -> HttpResponse:
    number = STEPS.index(name)
    frame = {
        "step": name,
        "number": number + 1,
        "of": len(STEPS),
        "part": (number + 1) / len(STEPS),
        "outline": _outline(so_far, name),
        "before": STEPS[number - 1] if number > 1 else "",
        "so_far": so_far,
        "refusal": refusal,
    }
    return render(request, f"start/{name}.html", frame | context, status=refusal.status if refusal else 200)


def _door(request: HttpRequest) -> Progress:
    """Only in a real installation, only for its administrator or head of the centre of excellence. Refusal otherwise."""
    if not may_see(request.reader.held):
        raise Refusal(
            _("The set-up is for the administrator and the head of the centre of excellence."),
            remedy=_("Go on to your own page."),
            remedy_url=reverse("home"),
        )
    return start_state.progress(request.reader.now)


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where the start goes on; once it has ended, the charter and what is not set up."""
    if is_demo():
        raise Http404
    if request.reader is None:
        name = "start-step" if start_state.needs_start() else "sign-in"
        return HttpResponseRedirect(
            reverse(name, args=["administrator"]) if name == "start-step" else f"{reverse(name)}?next={request.path}"
        )
    so_far = _door(request)
    if not so_far.finished:
        return HttpResponseRedirect(reverse("start-step", args=[so_far.resume_at()]))
    found = gaps(so_far, request.reader.held, request.reader.now)
    return render(request, "start/done.html", {"so_far": so_far, "pilot": so_far.pilot, "gaps": found, "company": so_far.company})


@never_cache
@sensitive_post_parameters("password", "secret", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One question: shown, or answered and on to the next."""
    if is_demo() or name not in STEPS:
        raise Http404
    if name == "administrator":
        return _administrator(request)
    if request.reader is None:
        return HttpResponseRedirect(reverse("start"))
    so_far, refusal = _door(request), None
    if not so_far.may_open(name):
        return HttpResponseRedirect(reverse("start-step", args=[so_far.resume_at()]))
    if request.method == "POST":
        try:
            return HttpResponseRedirect(SAVE[name](request, so_far) or _next(name, so_far))
        except Refusal as error:
            refusal = error
    return _render(request, name, so_far, refusal, SHOW[name](request, so_far))


def _next(name: str, so_far: Progress) -> str:
    """The question behind this one; after the end every answer leads back to the summary."""
    if so_far.finished or name == STEPS[-1]:
        return reverse("start")
    return reverse("start-step", args=[STEPS[STEPS.index(name) + 1]])


# 1 The first administrator.


def _administrator(request: HttpRequest) -> HttpResponse:
    if not start_state.needs_start():
        return HttpResponseRedirect(reverse("start"))
    here, refusal = from_this_machine(request), None
    if not here:
        flow.start_code()
    if request.method == "POST":
        try:
            return _founded(request, here)
        except Refusal as error:
            refusal = error
    return _render(request, "administrator", None, refusal, {"here": here, "typed": typed(request, name="", title="", email="", code="")})


def _founded(request: HttpRequest, here: bool) -> HttpResponse:
    given, now = request.POST, database_now()
    password = given.get("password", "")[:1024]
    language = (getattr(request, "LANGUAGE_CODE", "") or "en")[:12]
    who = flow.Founder(given.get("name", ""), given.get("email", "")[:254], password, given.get("title", ""), language)
    flow.begin(who, here=here, code=given.get("code", "")[:80], now=now)
    sign_in(request, who.email, password, now)
    return HttpResponseRedirect(reverse("start"))


urls = [path("start/", start, name="start"), path("start/<slug:name>/", step, name="start-step")]
