"""Advertisements of a message: where it is shown for money, to whom and why, with the form for one more."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from candour.flows import advertise
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import ApprovedMessage
from candour.people.rights import may
from candour.registry import queries as registry
from candour.web.message_words import AUDIENCE
from candour.web.words import NETWORK


def _message(request: HttpRequest, key: str) -> ApprovedMessage:
    found = queries.message_for(request.reader.held, key)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, message: ApprovedMessage, *, status: int = 200, **more: Any) -> HttpResponse:
    held = request.reader.held
    context = {
        "message": message,
        "ads": [(row, AUDIENCE.get(row.audience, row.audience)) for row in queries.ads_of(message)],
        "may_record": may(held, "ad.record", queries.place_of(message)),
        "networks": NETWORK.items(),
        "markets": registry.markets(),
        "audiences": [(code, AUDIENCE[code]) for code in ("pub", "hcp")],
        "youngest": advertise.YOUNGEST,
        "today": registry.market_day(message.market, request.reader.now),
    }
    return render(request, "ads.html", context | more, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ads(request: HttpRequest, key: str) -> HttpResponse:
    """The advertisements of a message; sent as a form, one more."""
    message = _message(request, key)
    if request.method != "POST":
        return _page(request, message)
    reader = request.reader
    try:
        advertise.record(reader.person, message, _wanted(request, message), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "ad.record", key, refused)
        return _page(request, message, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("message-ads", args=[key]))


def _wanted(request: HttpRequest, message: ApprovedMessage) -> advertise.Wanted:
    form = request.POST
    words = {name: form.get(name, "").replace("\x00", "") for name in ("described", "reason", "gate", "budget")}
    age = form.get("age_floor", "")
    again = form.get("again_of", "")
    return advertise.Wanted(
        network=form.get("network", "")[:24],
        audience=form.get("audience", "")[:4],
        country=form.get("country", "")[:8].casefold(),
        age_floor=int(age) if age.isascii() and age.isdecimal() and len(age) < 4 else 0,
        starts_on=_day(form.get("starts_on", "")),
        ends_on=_day(form.get("ends_on", "")),
        again_of=next((row for row in queries.ads_of(message) if str(row.pk) == again), None),
        **words,
    )


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words.strip()) if words.strip() else None
    except ValueError:
        raise Refusal(_("That is no day; write it like 2026-11-26."), status=400) from None


@login_required
@require_POST
def ad_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that an advertisement no longer runs."""
    reader, found = request.reader, queries.ad_for(request.reader.held, pk)
    if found is None:
        raise Http404
    try:
        advertise.end(reader.person, found, request.POST.get("reason", ""), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "ad.end", found.message.key, refused)
        return _page(request, _message(request, found.message.key), status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("message-ads", args=[found.message.key]))


urls = [
    path("library/<slug:key>/ads/", ads, name="message-ads"),
    path("ads/<int:pk>/end/", ad_end, name="ad-end"),
]
