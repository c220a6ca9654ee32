"""The palette: from a few letters, a case number or a pasted link to the place itself."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from candour.cases.queries import cases_visible_to
from candour.listening.queries import versions_visible_to
from candour.web.navigation import loops_for

CASES_SHOWN, POSTS_SHOWN = 6, 4


class Place(NamedTuple):
    """A line of the palette."""

    label: str | Promise
    note: str | Promise
    icon: str
    url: str


def _screens(request: HttpRequest, words: str) -> list[Place]:
    entries = [(title, entry) for title, entries in loops_for(request.reader.held, "") for entry in entries]
    return [Place(e.label, title, e.icon, e.url) for title, e in entries if words.casefold() in str(e.label).casefold()]


def _cases(request: HttpRequest, words: str) -> list[Place]:
    if not any(letter.isdigit() for letter in words) or words.startswith("http"):
        return []
    found = cases_visible_to(request.reader.held).filter(number__icontains=words).order_by("-opened_at")[:CASES_SHOWN]
    return [Place(case.number, case.market.upper(), "cases", reverse("case", args=[case.number])) for case in found]


def _by_link(request: HttpRequest, words: str) -> list[Place]:
    if not words.startswith(("http://", "https://")):
        return []
    found = versions_visible_to(request.reader.held).filter(url=words).order_by("-id")[:POSTS_SHOWN]
    return [Place(version.text[:80], version.market.upper(), "message", reverse("post", args=[version.post_id])) for version in found]


def _search(words: str) -> list[Place]:
    if len(words) < 2 or words.startswith("http"):
        return []
    label = _("Search posts for “%(words)s”") % {"words": words}
    return [Place(label, _("last 90 days"), "search", f"{reverse('search')}?{urlencode({'q': words})}")]


@login_required
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """All places for `q`; with `list=1` only the lines, for the dialog."""
    words = request.GET.get("q", "").strip()[:300]
    places = [*_cases(request, words), *_by_link(request, words), *_screens(request, words), *_search(words)]
    name = "parts/palette_list.html" if request.GET.get("list") else "palette.html"
    return render(request, name, {"places": places, "words": words})


urls = [path("palette/", palette, name="palette")]
