"""Acts on notes: written on the review's page, answered on the draft's, settled by who may. Each is a plain form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from candour.core.pictures import Region
from candour.flows import annotate as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import Annotation
from candour.web.once import once
from candour.web.review import page_of, review_of

_SIDES = ("left", "top", "width", "height")
_FIELDS = ("kind", "words", "quote", "near", "role", *_SIDES)
#: A side in per cent, to a hundredth.
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")


def _region(typed: Mapping[str, str]) -> Region | None:
    """The part of the picture as typed in per cent; None when no field is filled. Words that are no number make one that fits nowhere."""
    given = [typed[side].strip() for side in _SIDES]
    if not any(given):
        return None
    if not all(_PERCENT.fullmatch(side) for side in given):
        return Region(-1, -1, 0, 0)
    return Region(*(round(float(side.replace(",", ".")) * 100) for side in given))


@login_required
@require_POST
@once
def review_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something on the text under review; a refused note keeps what was typed."""
    review = review_of(request, pk)
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in _FIELDS}
    near = int(typed["near"]) if typed["near"].isdecimal() and len(typed["near"]) < 8 else 0
    reader, quote, role = request.reader, typed["quote"], typed["role"]
    try:
        where = {"quote": quote, "near": near, "region": _region(typed)}
        flow.annotate(reader.person, review, typed["kind"], typed["words"], reader.now, role=role, **where)
    except Refusal as refused:
        record_refusal(reader.person, "note.write", f"review {pk}", refused)
        return page_of(request, review, status=refused.status, not_noted=refused, typed=typed)
    return HttpResponseRedirect(f"{reverse('review', args=[pk])}#notes")


def _act(request: HttpRequest, pk: int, act: str, do: Callable[[Annotation], object]) -> HttpResponse:
    """An act on a note of a draft the reader may see, and back to the page it was done on."""
    note = queries.annotation_for(request.reader.held, pk)
    if note is None:
        raise Http404
    try:
        do(note)
    except Refusal as refused:
        record_refusal(request.reader.person, act, f"note {pk}", refused)
        raise
    running = queries.running_review(note.draft)
    if request.POST.get("back") == "review" and running is not None:
        return HttpResponseRedirect(f"{reverse('review', args=[running.pk])}#note-{pk}")
    return HttpResponseRedirect(f"{reverse('draft', args=[note.draft_id])}#note-{pk}")


@login_required
@require_POST
def note_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The author's side answers."""
    reader, words = request.reader, request.POST.get("words", "")
    return _act(request, pk, "note.answer", lambda note: flow.answer(reader.person, note, words, reader.now))


@login_required
@require_POST
def note_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer of the note's function says that it is settled."""
    reader = request.reader
    return _act(request, pk, "note.settle", lambda note: flow.settle(reader.person, note, reader.now))


@login_required
@require_POST
def note_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer of the note's function says that it is not settled after all."""
    reader = request.reader
    return _act(request, pk, "note.reopen", lambda note: flow.reopen(reader.person, note, reader.now))


urls = [
    path("reviews/<int:pk>/note/", review_note, name="review-note"),
    path("notes/<int:pk>/answer/", note_answer, name="note-answer"),
    path("notes/<int:pk>/settle/", note_settle, name="note-settle"),
    path("notes/<int:pk>/reopen/", note_reopen, name="note-reopen"),
]
