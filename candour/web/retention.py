"""Retention and erasure: how long what is kept, what would go, what is held, and what is known about one person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candour.assurance import queries
from candour.flows import erasure, retention
from candour.flows.answers import Refusal
from candour.insight.subject_queries import authors_like, held_about
from candour.people.rights import may
from candour.web.given import secret_of


def _may(request: HttpRequest, act: str) -> bool:
    return may(request.reader.held, act, retention.EVERYWHERE)


def _shown(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page and its forms exist only for those who may see it; which form they may send is the act's own question."""

    @wraps(view)
    def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
        if not _may(request, "retention.see"):
            raise Http404
        return view(request, **parts)

    return answer


@login_required
@require_safe
@_shown
def page(request: HttpRequest) -> HttpResponse:
    """Classes with their periods and grounds; with ?dry=1 also what a run now would take."""
    return _page(request)


def _page(request: HttpRequest, problem: Refusal | None = None) -> HttpResponse:
    dry = request.GET.get("dry") == "1"
    wanted = request.GET.get("who", "")[:120]
    context = {
        "classes": retention.dry_run(request.reader.now)
        if dry
        else [{"kept": kept, "key": key} for key, kept in retention.classes().items()],
        "dry": dry,
        "holds": queries.holds(),
        "runs": queries.runs(),
        "erasures": queries.erasures(),
        "may_hold": _may(request, "retention.hold"),
        "may_erase": _may(request, "retention.erase"),
        "may_export": _may(request, "retention.export"),
        "may_run": _may(request, "retention.run"),
        "wanted": wanted,
        "authors": authors_like(wanted) if wanted and _may(request, "retention.export") else [],
        "problem": problem,
        "done": request.GET.get("done", "")[:20],
    }
    return render(request, "retention.html", context, status=problem.status if problem else 200)


def _back(done: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('retention')}?done={done}")


@login_required
@require_POST
@_shown
def run(request: HttpRequest) -> HttpResponse:
    """Run retention now instead of tonight."""
    retention.run(request.reader.person, request.reader.now)
    return _back("run")


@login_required
@require_POST
@_shown
def hold(request: HttpRequest) -> HttpResponse:
    """Place a hold."""
    given = request.POST
    try:
        erasure.place_hold(
            request.reader.person,
            given.get("kind", ""),
            given.get("key", ""),
            given.get("reason", ""),
            secret_of(request),
            request.reader.now,
        )
    except Refusal as problem:
        return _page(request, problem)
    return _back("hold")


@login_required
@require_POST
@_shown
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a hold."""
    try:
        erasure.lift_hold(request.reader.person, pk, request.POST.get("reason", ""), secret_of(request), request.reader.now)
    except Refusal as problem:
        return _page(request, problem)
    return _back("lift")


@login_required
@require_POST
@_shown
def erase(request: HttpRequest, author: str) -> HttpResponse:
    """Erase a person."""
    given = request.POST
    try:
        erasure.erase_author(
            request.reader.person, author, given.get("reason", ""), given.get("authority", ""), secret_of(request), request.reader.now
        )
    except Refusal as problem:
        return _page(request, problem)
    return _back("erase")


@login_required
@require_POST
@_shown
def export(request: HttpRequest, author: str) -> HttpResponse:
    """Everything held about one author as a file a person can read; that it was taken is on record."""
    try:
        erasure.note_reading(request.reader.person, author, request.POST.get("reason", ""), request.reader.now)
    except Refusal as problem:
        return _page(request, problem)
    answer = render(request, "subject_access.html", {"held": held_about(author), "title": _("What is held about one person")})
    answer["Content-Disposition"] = f'attachment; filename="held-about-{author[:8]}.html"'
    answer["Cache-Control"] = "no-store"
    return answer


urls = [
    path("retention/", page, name="retention"),
    path("retention/run/", run, name="retention-run"),
    path("retention/hold/", hold, name="retention-hold"),
    path("retention/hold/<int:pk>/lift/", lift, name="retention-lift"),
    path("retention/<slug:author>/erase/", erase, name="retention-erase"),
    path("retention/<slug:author>/export/", export, name="retention-export"),
]
