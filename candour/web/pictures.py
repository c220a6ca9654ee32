"""The pictures of the library: each with its digest, what is known of its rights, and where it is used. And the files themselves."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from candour.core.clocks import local_day
from candour.core.states import PublicationState
from candour.flows import pictures as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import picture_queries as queries
from candour.messages.models import Draft, Picture
from candour.messages.queries import place_of
from candour.people.rights import may
from candour.web import older
from candour.web.draft_picture import typed_rights
from candour.web.message_words import DRAFT, PUBLICATION
from candour.web.picture_file import picture_answer
from candour.web.words import Look

PAGE_SIZE = 24
USES_SHOWN = 40
#: Rights that end within so many days are shown as ending.
SOON_DAYS = 30

USABLE = Look(gettext_lazy("usable"), "approved", "check")
ENDING = Look(gettext_lazy("rights end soon"), "review", "clock")
ENDED = Look(gettext_lazy("rights ended"), "blocked", "ban")
UNASKED = Look(gettext_lazy("consent missing"), "blocked", "ban")


class Card(NamedTuple):
    """A picture and how it stands today."""

    picture: Picture
    look: Look
    why: str


def card(picture: Picture, today: date) -> Card:
    """How a picture stands on a day."""
    why = flow.unready(picture, today)
    if why:
        return Card(picture, UNASKED if picture.shows_people and not picture.consent else ENDED, why)
    ends = picture.rights_until
    return Card(picture, ENDING if ends is not None and (ends - today).days <= SOON_DAYS else USABLE, "")


def _today(request: HttpRequest) -> date:
    return local_day(request.reader.now, request.reader.person.timezone or "UTC")


def _picture(request: HttpRequest, digest: str) -> Picture:
    found = queries.picture_for(request.reader.held, digest)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def pictures(request: HttpRequest) -> HttpResponse:
    """The pictures that the reader may see, newest first."""
    found = queries.pictures_visible_to(request.reader.held)
    rows, further = older.page(found, "at", request.GET.get("before", ""), PAGE_SIZE)
    cards = [card(picture, _today(request)) for picture in rows]
    return render(request, "pictures.html", {"cards": cards, "further": further})


@login_required
@require_safe
def picture_file(request: HttpRequest, digest: str) -> HttpResponse:
    """The bytes, for whoever may see a text that shows them."""
    found = _picture(request, digest)
    content = flow.content_of(found)
    if not content:
        raise Http404
    return picture_answer(found.kind, content, digest, "private, max-age=3600", download="download" in request.GET)


def _page(request: HttpRequest, found: Picture, *, status: int = 200, **more: Any) -> HttpResponse:
    held = request.reader.held
    drafts = list(queries.drafts_showing(held, found)[:USES_SHOWN])
    messages = queries.messages_showing(held, found)
    context = {
        "card": card(found, _today(request)),
        "picture": found,
        "drafts": [(draft, DRAFT[draft.state]) for draft in drafts],
        "messages": messages[:USES_SHOWN],
        "publications": [(row, PUBLICATION[PublicationState(row.state)]) for row in queries.publications_showing(messages)[:USES_SHOWN]],
        "may_change": _may_change(request, drafts),
    }
    return render(request, "picture.html", context | more, status=status)


def _may_change(request: HttpRequest, drafts: list[Draft]) -> bool:
    """Whoever writes a draft that shows it may say what is known of its rights."""
    return any(may(request.reader.held, "draft.write", place_of(draft)) for draft in drafts)


@login_required
@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """One picture: how it stands, what is known of its rights, where it is used."""
    return _page(request, _picture(request, digest))


@login_required
@require_POST
def picture_rights(request: HttpRequest, digest: str) -> HttpResponse:
    """Say anew what is known of the rights."""
    found = _picture(request, digest)
    reader = request.reader
    try:
        if not _may_change(request, list(queries.drafts_showing(reader.held, found))):
            raise Refusal(_("The rights in a picture are noted by the authors who use it."))
        flow.set_rights(reader.person, found, typed_rights(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "picture.rights", digest, refused)
        return _page(request, found, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("picture", args=[digest]))


urls = [
    path("pictures/", pictures, name="pictures"),
    path("pictures/<slug:digest>/", picture, name="picture"),
    path("pictures/<slug:digest>/file/", picture_file, name="picture-file"),
    path("pictures/<slug:digest>/rights/", picture_rights, name="picture-rights"),
]
