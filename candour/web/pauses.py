"""Pausing what is published, deciding on what came due meanwhile, and embargoes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.core.rights import functions_for
from candour.flows import pause as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.people.rights import Place, may
from candour.registry import queries as registry
from candour.registry.models import Account, Product
from candour.web.given import secret_of
from candour.web.typed_time import typed_instant


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    held = request.reader.held
    rows = [(row, may(held, "publication.pause", flow.place_of_pause(row))) for row in queries.pauses()]
    context = {
        "pauses": rows,
        "waiting": [
            (
                row,
                may(held, "draft.publish", Place(row.message.market, None, row.account.key)),
                f"{timezone.localtime(request.reader.now):%Y-%m-%dT%H:%M}",
            )
            for row in queries.waiting_for_decision(held)[:200]
        ],
        "may_pause": any(grant.function in functions_for("publication.pause") for grant in held),
        "markets": registry.markets(),
        "accounts": registry.accounts_visible_to(held),
        "products": registry.products(),
        "zone": str(timezone.get_current_timezone()),
    }
    return render(request, "pauses.html", context | more, status=status)


@login_required
@require_GET
def pauses(request: HttpRequest) -> HttpResponse:
    """What is paused, and what waits for a decision."""
    return _page(request)


def _account(key: str) -> Account | None:
    found = registry.accounts_by_keys([key]).first() if key else None
    if key and found is None:
        raise Refusal(_("There is no such account."), status=400)
    return found


def _product(key: str) -> Product | None:
    found = next((row for row in registry.products() if row.key == key), None) if key else None
    if key and found is None:
        raise Refusal(_("There is no such product."), status=400)
    return found


@login_required
@require_POST
def pause_begin(request: HttpRequest) -> HttpResponse:
    """Pause, signed; a refusal is told on the page."""
    form, reader = request.POST, request.reader
    try:
        flow.begin(
            reader.person,
            market=form.get("market", "")[:8],
            product=_product(form.get("product", "")[:80]),
            account=_account(form.get("account", "")[:80]),
            theme=form.get("theme", ""),
            reason=form.get("reason", ""),
            secret=secret_of(request),
            now=reader.now,
        )
    except Refusal as refused:
        record_refusal(reader.person, "publication.pause", form.get("market", "")[:8], refused)
        return _page(request, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("pauses"))


@login_required
@require_POST
def pause_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pause, signed; nothing leaves by itself."""
    found = queries.pause_for(pk)
    if found is None:
        raise Http404
    try:
        flow.end(request.reader.person, found, request.POST.get("reason", ""), secret_of(request), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "publication.pause", f"pause {pk}", refused)
        return _page(request, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("pauses"))


@login_required
@require_POST
def embargo_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an embargo on a draft and everything approved from it."""
    found = queries.draft_for(request.reader.held, pk)
    if found is None:
        raise Http404
    try:
        until = typed_instant(request.POST.get("until", ""))
        if until is None:
            raise Refusal(_("Choose a day and a time."), status=400)
        flow.set_embargo(request.reader.person, found, until, request.POST.get("reason", ""), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "embargo.set", f"draft {pk}", refused)
        return _page(request, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("draft", args=[pk]))


@login_required
@require_POST
def embargo_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift an embargo before its time."""
    found = queries.embargo_for(request.reader.held, pk)
    if found is None:
        raise Http404
    try:
        flow.lift_embargo(request.reader.person, found, request.POST.get("reason", ""), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "embargo.lift", f"embargo {pk}", refused)
        return _page(request, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("draft", args=[found.draft_id]))


urls = [
    path("pauses/", pauses, name="pauses"),
    path("pauses/begin/", pause_begin, name="pause-begin"),
    path("pauses/<int:pk>/end/", pause_end, name="pause-end"),
    path("embargoes/<int:pk>/lift/", embargo_lift, name="embargo-lift"),
    path("drafts/<int:pk>/embargo/", embargo_set, name="embargo-set"),
]
