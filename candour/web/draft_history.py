"""The history of a draft: its versions and what was typed between them, each with what differs; and keeping what is being typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from candour.core.worddiff import Piece, word_diff
from candour.flows import sketches
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import Draft, DraftVersion, Sketch
from candour.people.models import User

#: Lines one page compares.
MOST = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One state of the text: a version (with its number) or a sketch, and how it differs from the version before it."""

    at: datetime
    by: User
    title: str
    text: str
    number: int
    apart: list[Piece]


def _draft(request: HttpRequest, pk: int) -> Draft:
    found = queries.draft_for(request.reader.held, pk)
    if found is None:
        raise Http404
    return found


def lines_of(draft: Draft) -> list[Line]:
    """Versions and sketches, newest first. A sketch is compared with the last version that stood before it."""
    versions = list(draft.versions.select_related("author").order_by("-number")[: MOST + 1])
    lines = [_version(new, old) for new, old in pairwise([*versions, None]) if new]
    typed = draft.sketches.select_related("by").order_by("-id")[:MOST]
    lines += [_sketch(row, next((one for one in versions if one.saved_at <= row.at), None)) for row in typed]
    return sorted(lines, key=lambda line: (line.at, line.number), reverse=True)[:MOST]


def _version(new: DraftVersion, old: DraftVersion | None) -> Line:
    return Line(new.saved_at, new.author, new.title, new.text, new.number, word_diff(old.text if old else "", new.text))


def _sketch(row: Sketch, before: DraftVersion | None) -> Line:
    return Line(row.at, row.by, row.title, row.text, 0, word_diff(before.text if before else "", row.text))


@login_required
@never_cache
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that stood in the draft, and what was typed and not kept; any of it can be put into the field again."""
    found = _draft(request, pk)
    return render(request, "draft_history.html", {"draft": found, "lines": lines_of(found)})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sketch(request: HttpRequest, pk: int) -> HttpResponse:
    """The line under the field. POST keeps what is typed; the version of the draft on the reader's page says whether another was faster."""
    found, reader = _draft(request, pk), request.reader
    kept, refusal = sketches.not_kept(reader.person, found), None
    if request.method == "POST":
        given = request.POST.get("version", "")
        base = int(given) if given.isdecimal() and len(given) < 9 else 0
        try:
            title, text = request.POST.get("title", found.title), request.POST.get("text", "")
            kept = sketches.keep(reader.person, found, title, text, base, reader.now) or sketches.not_kept(reader.person, found)
        except Refusal as refused:
            record_refusal(reader.person, "draft.sketch", f"draft {pk}", refused)
            refusal = refused
    posted = request.method == "POST"
    overtaken = posted and refusal is None and base != found.version
    context = {"draft": found, "kept": kept, "posted": posted, "overtaken": overtaken, "refusal": refusal}
    return render(request, "parts/sketch.html", context, status=refusal.status if refusal else 200)


urls = [
    path("drafts/<int:pk>/history/", history, name="draft-history"),
    path("drafts/<int:pk>/sketch/", sketch, name="draft-sketch"),
]
