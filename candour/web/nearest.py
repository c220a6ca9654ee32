"""Paste a draft: which approved text is nearest, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from candour.channels.text import clean_text
from candour.core.nearness import nearness
from candour.messages.models import ApprovedMessage
from candour.messages.reuse_queries import nearest_visible_to
from candour.web.claim_card import card_among
from candour.web.diff import Difference, difference
from candour.web.library import Shelf, shelf

#: A pasted text is read up to here; so many of the nearest are shown.
MOST, SHOWN = 5000, 3


@dataclass(frozen=True, slots=True)
class Near:
    """An approved text, how near it is (share of words in common, 0..100) and what differs from it."""

    shelf: Shelf
    share: int
    change: Difference


def nearest_of(candidates: Sequence[ApprovedMessage], text: str, now: datetime) -> list[Near]:
    """The nearest of some candidates, nearest first; texts that may be used now stand before equals that may not."""
    found = [(nearness(text, row.text), shelf(row, now)) for row in candidates]
    ranked = sorted(found, key=lambda one: (-one[0], one[1].standing != "usable"))
    return [Near(one, round(100 * share), difference(one.message.text, text)) for share, one in ranked[:SHOWN] if share > 0]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nearest(request: HttpRequest) -> HttpResponse:
    """The form, and for a pasted text the approved texts that are nearest. Posted, so that a draft stands in no address; writes nothing."""
    text = clean_text(request.POST.get("text", "")[:MOST].replace("\x00", ""))
    rows = nearest_visible_to(request.reader.held, text) if text.strip() else []
    claims = card_among(request.reader.held, text, request.reader.now) if text.strip() else None
    return render(request, "nearest.html", {"text": text, "found": nearest_of(rows, text, request.reader.now), "claims": claims})


urls = [path("nearest/", nearest, name="nearest")]
