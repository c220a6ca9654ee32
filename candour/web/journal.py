"""The journal: entries newest first, each one sentence with its columns folded under it, and the head that seals them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from candour.insight.journal_queries import Filters, page
from candour.journal.queries import last_head
from candour.people.rights import Place, may
from candour.web.journal_words import DEED, THING, lines_of, people_in_journal

#: The journal has every market's rows in it, so only a grant that is not limited to one opens it.
EVERYWHERE = Place(market="", brand="", account="")


def _filters(request: HttpRequest) -> Filters:
    given = request.GET
    actor = given.get("actor", "")
    return Filters(
        actor if actor.isdecimal() or actor == "people" else "",
        given.get("act", "")[:64],
        given.get("subject", "")[:64],
        given.get("key", "")[:64],
    )


@login_required
@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """Pages go on from the last entry seen; a row has its own history by subject and key."""
    if not may(request.reader.held, "journal.see", EVERYWHERE):
        raise Http404
    filters, before = _filters(request), request.GET.get("before", "")
    found = page(filters, int(before) if before.isdecimal() and len(before) < 19 else 0)
    narrowed = {name: value for name in ("actor", "act", "subject", "key") if (value := getattr(filters, name))}
    context = {
        "lines": lines_of(found.entries, found.sealed),
        "next": urlencode(narrowed | {"before": found.next}) if found.next else "",
        "filters": filters,
        "actors": people_in_journal(),
        "acts": [(code, str(label)) for code, label in DEED.items()],
        "things": sorted(((code, str(word)) for code, word in THING.items()), key=lambda pair: pair[1]),
        "seal": last_head(),
        "unsealed": sum(1 for entry in found.entries if entry.pk not in found.sealed),
    }
    return render(request, "journal.html", context)


urls = [path("journal/", journal, name="journal")]
