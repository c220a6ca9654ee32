"""Source health: silence is shown, with its expectation, its cause in the provider's own words, and what was recovered."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from candour.core.rights import functions_for
from candour.core.states import SourceState
from candour.core.trace import trace
from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.insight import source_queries
from candour.insight.source_queries import SourceRow
from candour.listening.models import Source
from candour.people.rights import Held, Place, may
from candour.web import spoken_time


def _may_see(held: tuple[Held, ...]) -> bool:
    return any(grant.function in functions_for("source.see") for grant in held)


def _place(source: Source) -> Place:
    return Place(source.market, None, source.account.key if source.account else "")


@login_required
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every source the reader may see, silent ones first, and their gaps of the last thirty days."""
    if not _may_see(request.reader.held):
        raise Http404
    market = request.GET.get("market", "")[:8]
    rows = source_queries.health(request.reader.held, request.reader.now, market=market)
    context = {
        "rows": [(row, spoken_time.age(timedelta(minutes=row.source.expected_minutes))) for row in rows],
        "gaps": source_queries.gap_list(rows),
        "silent": [row for row in rows if row.silent_since],
        "market": market,
        "markets": sorted({row.source.market for row in rows if row.source.market}),
        "changeable": {row.source.key for row in rows if _can_poll(request.reader.held, row)},
        "asked": request.GET.get("asked", "")[:80],
    }
    return render(request, "sources.html", context)


def _can_poll(held: tuple[Held, ...], row: SourceRow) -> bool:
    pollable = row.connected and row.source.kind not in ("file", "web_form")
    return pollable and may(held, "source.change", _place(row.source))


@login_required
@require_POST
def poll_now(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the worker to poll one source at once; asking twice asks once."""
    source = source_queries.source_of(request.reader.held, key)
    if source is None:
        raise Http404
    place = _place(source)
    ask(request.reader.person, "source.change", source.market, request.reader.now, account=place.account)
    if source.state == SourceState.NOT_CONNECTED:
        raise Refusal(_("%(name)s is not connected; there is nothing to poll.") % {"name": source.name}, status=409)
    lock = f"poll-{source.pk}"
    with suppress(AlreadyEnqueued), transaction.atomic():  # one that waits already will see the same posts
        app.configure_task("poll_source", queueing_lock=lock, lock=lock).defer(source_id=source.pk, asked_in=trace().request)
    return HttpResponseRedirect(f"{reverse('sources')}?asked={source.key}")


urls = [path("sources/", sources, name="sources"), path("sources/<slug:key>/poll/", poll_now, name="source-poll")]
