"""The pack of a text that a person publishes by hand, and the form in which they sign where it stands."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from candour.core.states import PublicationState
from candour.flows import by_hand as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import Publication
from candour.people.rights import Place, may
from candour.web.given import secret_of
from candour.web.message_words import PUBLICATION
from candour.web.typed_time import typed_instant


def _found(request: HttpRequest, pk: int) -> Publication:
    found = queries.publication_for(request.reader.held, pk)
    if found is None or found.hand_to_id is None:
        raise Http404
    return found


def _page(request: HttpRequest, row: Publication, *, status: int = 200, **more: Any) -> HttpResponse:
    place = queries.place_of(row.message)
    context = {
        "row": row,
        "look": PUBLICATION[row.state],
        "pack": flow.pack_of(row, request.reader.now),
        "open": row.state == PublicationState.BY_HAND,
        "may_state": may(request.reader.held, "draft.publish", Place(place.market, place.brand, place.account)),
        "zone": str(timezone.get_current_timezone()),
    }
    return render(request, "by_hand.html", context | more, status=status)


@login_required
@require_GET
def publication_pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The words to copy, where and when, and what is still missing."""
    return _page(request, _found(request, pk))


@login_required
@require_POST
def publication_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign that the text stands at an address; a refusal is told on the page."""
    row, reader, form = _found(request, pk), request.reader, request.POST
    try:
        flow.state(reader.person, row, form.get("link", ""), typed_instant(form.get("at", "")), secret_of(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "publication.state", f"{row.message.key}: publication {pk}", refused)
        return _page(request, row, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("publication-pack", args=[pk]))


urls = [
    path("publications/<int:pk>/pack/", publication_pack, name="publication-pack"),
    path("publications/<int:pk>/state/", publication_state, name="publication-state"),
]
