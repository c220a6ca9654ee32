"""Doors for scripts that act in a person's name: signed in like on the screens, with the same rights and refusals, answered in JSON.

A script signs in at /sign-in/, keeps the session's cookie and sends its CSRF token with every form. What is signed takes the password in
the same request; whoever has only a passkey signs on the screens.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candour.flows import orders
from candour.flows.answers import Refusal
from candour.journal.signatures import Secret

#: Days the calendar tells of when no end is given.
DAYS = 30


def in_a_persons_name(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for who is signed in; a refusal is answered as JSON with why it was refused and who can do what."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.reader is None:  # type: ignore[attr-defined]
            return JsonResponse({"why": _("Nobody is signed in."), "remedy": _("Sign in first.")}, status=401)
        try:
            return view(request, *args, **kwargs)
        except Refusal as refused:
            return JsonResponse({"why": refused.why, "remedy": refused.remedy}, status=refused.status)

    return guarded


def _secret(request: HttpRequest) -> Secret:
    return request.POST.get("secret", "")[:1024]


def _instant(words: str) -> datetime | None:
    """An instant with its zone; None for nothing. Refuses a time without a zone: a script has no clock of its own to be meant."""
    if not words.strip():
        return None
    try:
        told = datetime.fromisoformat(words.strip())
        if told.tzinfo is not None:
            return told.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal(_("Write the time with its zone, like 2026-11-26T09:00:00+01:00."), status=400)


@require_POST
@in_a_persons_name
def inspection(request: HttpRequest, key: str) -> HttpResponse:
    """Take the inspection pack of a message: the bundle, or with paper=1 the paper alone."""
    reader = request.reader  # type: ignore[attr-defined]
    pack = orders.inspect(reader.person, key, reader.now, request.POST.get("purpose", ""))
    paper = bool(request.POST.get("paper"))
    answer = HttpResponse(pack.paper if paper else pack.archive(), content_type="application/pdf" if paper else "application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{pack.name}.{"pdf" if paper else "zip"}"'
    answer["X-Manifest-SHA256"] = pack.manifest
    return answer


@require_safe
@in_a_persons_name
def reuse_answers(request: HttpRequest, key: str) -> HttpResponse:
    """Where a message may be used and what that takes; with ?market= one market, with ?account= one account of it."""
    reader, asked = request.reader, request.GET  # type: ignore[attr-defined]
    rows = orders.reuse_answers(reader.person, key, reader.now, asked.get("market", "")[:8], asked.get("account", "")[:80])
    return JsonResponse({"answers": rows})


@require_POST
@in_a_persons_name
def reuse_order(request: HttpRequest, key: str, market: str) -> HttpResponse:
    """Do what the answer said; the form holds `seen` from the answer, `secret`, and perhaps `account`."""
    reader, form = request.reader, request.POST  # type: ignore[attr-defined]
    kept = orders.reuse_order(
        reader.person, key, market, _secret(request), form.get("seen", ""), reader.now, form.get("account", "")[:80]
    )  # fmt: skip
    return JsonResponse(kept)


@require_safe
@in_a_persons_name
def reuse_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """One proof of reuse with the bytes that were signed."""
    reader = request.reader  # type: ignore[attr-defined]
    return JsonResponse(orders.reuse_proof(reader.person, pk, reader.now))


@require_safe
@in_a_persons_name
def calendar(request: HttpRequest) -> HttpResponse:
    """What goes out and went out: ?from= and ?to= with their zones, thirty days from now without; ?market=, ?account=, ?product=."""
    reader, asked = request.reader, request.GET  # type: ignore[attr-defined]
    begins = _instant(asked.get("from", "")) or reader.now
    ends = _instant(asked.get("to", "")) or begins + timedelta(days=DAYS)
    chosen = {name: asked.get(name, "")[:80].replace("\x00", "") for name in ("market", "account", "product")}
    return JsonResponse(orders.calendar(reader.person, begins, ends, reader.now, chosen))


@require_http_methods(["GET", "HEAD", "POST"])
@in_a_persons_name
def pauses(request: HttpRequest) -> HttpResponse:
    """What is paused and what waits; sent as a form, one pause more."""
    reader = request.reader  # type: ignore[attr-defined]
    if request.method != "POST":
        return JsonResponse(orders.pauses(reader.person, reader.now))
    what = {name: request.POST.get(name, "") for name in ("market", "product", "account", "theme", "reason")}
    return JsonResponse(orders.set_pause(reader.person, what, _secret(request), reader.now))


@require_POST
@in_a_persons_name
def pause_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pause; nothing leaves by itself."""
    reader = request.reader  # type: ignore[attr-defined]
    return JsonResponse(orders.lift_pause(reader.person, pk, request.POST.get("reason", ""), _secret(request), reader.now))


@require_POST
@in_a_persons_name
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide on what came due in a pause: `decision` send, drop, or move with `due_at`."""
    reader, form = request.reader, request.POST  # type: ignore[attr-defined]
    due_at = _instant(form.get("due_at", ""))
    return JsonResponse(orders.decide(reader.person, pk, form.get("decision", ""), reader.now, due_at))


@require_safe
@in_a_persons_name
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """What reviewers noted on a draft."""
    reader = request.reader  # type: ignore[attr-defined]
    return JsonResponse({"notes": orders.notes(reader.person, pk, reader.now)})


urls = [
    path("api/messages/<slug:key>/inspection", inspection, name="api-inspection"),
    path("api/messages/<slug:key>/reuse", reuse_answers, name="api-reuse-answers"),
    path("api/messages/<slug:key>/reuse/<slug:market>", reuse_order, name="api-reuse-order"),
    path("api/reuse/<int:pk>", reuse_proof, name="api-reuse-proof"),
    path("api/calendar", calendar, name="api-calendar"),
    path("api/pauses", pauses, name="api-pauses"),
    path("api/pauses/<int:pk>/end", pause_end, name="api-pause-end"),
    path("api/publications/<int:pk>/decide", decide, name="api-decide"),
    path("api/drafts/<int:pk>/notes", notes, name="api-notes"),
]
