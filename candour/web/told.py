"""Told to you: what others did that you have a stake in, "I have it" for safety, and how you hear of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from candour.assurance import telling_queries as queries
from candour.assurance.models import Told
from candour.core.hearing import Group, How, Rhythm, hears, rhythm_of
from candour.flows import letters, spread
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.people.rights import held_by
from candour.web.notices import Thing, link

#: Lines one page shows, and how long those already seen stay on it.
MOST, KEPT = 100, timedelta(days=14)
KIND = {
    Group.SAFETY: _("Safety: what a patient may be waiting for"),
    Group.REVIEWS: _("Reviews: texts that wait for you, and answers to your notes"),
    Group.TEXTS: _("Texts: what becomes of what you wrote or signed"),
    Group.PUBLICATION: _("Publication: what leaves, stands, fails or drifts"),
    Group.CASES: _("Cases: opened, given, handed over, confirmed, closed"),
    Group.PAUSES: _("Pauses and embargoes"),
    Group.AUTHORITY: _("Numbers of authorities"),
    Group.LIMITS: _("What is past its limit and yours"),
}
WAY = {How.DRAWER: _("Here only"), How.DIGEST: _("In a mail that gathers"), How.MAIL: _("A mail at once")}
RHYTHM = {Rhythm.DAILY: _("Once a working day, when it begins"), Rhythm.HOURLY: _("Every hour of the working day")}
WHY = {
    "deputy": _("as deputy, since nobody has taken it"),
    "lead": _("as country lead, since nobody has taken it"),
    "everybody": _("as everybody with the right, since nobody has taken it"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing told, as it is read."""

    row: Told
    says: str
    market: str
    why: str
    thing: Thing | None

    @property
    def waits(self) -> bool:
        """Is it a matter of safety that nobody has taken?"""
        telling = self.row.telling
        return telling.safety and telling.acknowledged_at is None and telling.ended_at is None


def line(row: Told) -> Line:
    """A line in the reader's words."""
    telling = row.telling
    market = telling.place[0].upper() if telling.place and telling.place[0] else ""
    thing = link(*telling.thing) if telling.thing and telling.thing[0] else None
    return Line(row, letters.sentence(telling.kind), market, str(WHY.get(row.why, "")), thing)


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    me, now = request.reader.person, request.reader.now
    waiting = list(queries.wants_somebody(me)[:MOST])
    fresh = queries.unseen(me).exclude(pk__in=[row.pk for row in waiting])[:MOST]
    seen = queries.told_to(me).filter(seen_at__gt=now - KEPT).exclude(pk__in=[row.pk for row in waiting])[:MOST]
    context = {
        "waiting": [line(row) for row in waiting],
        "fresh": [line(row) for row in fresh],
        "seen": [line(row) for row in seen],
        "problem": refusal,
    }
    return render(request, "told.html", context, status=refusal.status if refusal else 200)


@login_required
@never_cache
@require_safe
def told_list(request: HttpRequest) -> HttpResponse:
    """What waits for somebody first, then what is new, then what was seen in the last fortnight."""
    return _page(request)


def _mine(request: HttpRequest, telling: int) -> Told:
    found = queries.told_one(request.reader.person, telling)
    if found is None:
        raise Http404
    return found


@login_required
@never_cache
@require_safe
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """From a mail to the thing itself; whoever was not told finds nothing here."""
    thing = line(_mine(request, pk)).thing
    return HttpResponseRedirect(thing.url if thing else reverse("told-list"))


@login_required
@require_POST
def have(request: HttpRequest, pk: int) -> HttpResponse:
    """ "I have it": nobody else is woken."""
    found = _mine(request, pk)
    try:
        spread.acknowledge(request.reader.person, found, request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "telling.acknowledge", f"telling {pk}", refused)
        return _page(request, refused)
    return HttpResponseRedirect(reverse("told-list"))


@login_required
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Say that these lines were seen; numbers of other people's lines do nothing."""
    which = [int(number) for number in request.POST.getlist("told") if number.isdecimal() and len(number) < 19]
    spread.see(request.reader.person, which, request.reader.now)
    return HttpResponseRedirect(reverse("told-list"))


# how I hear


def _hearing(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    reader, chosen = request.reader, queries.hearing_of(request.reader.person)
    functions = [grant.function for grant in held_by(reader.person, reader.now) if grant.deputy_for is None]
    ways: dict[str, Any] = chosen.ways if chosen else {}
    context = {
        "kinds": [(group.value, KIND[group], hears(ways, functions, group).value, group == Group.SAFETY) for group in Group],
        "ways": [(how.value, WAY[how]) for how in How],
        "rhythms": [(rhythm.value, RHYTHM[rhythm]) for rhythm in Rhythm],
        "rhythm": rhythm_of(chosen.rhythm if chosen else "", functions).value,
        "mails": spread.mails_are_sent(),
        "saved": request.GET.get("done") == "saved",
        "problem": refusal,
    }
    return render(request, "hearing.html", context, status=refusal.status if refusal else 200)


@login_required
@never_cache
@require_safe
def hearing(request: HttpRequest) -> HttpResponse:
    """Per kind: here only, in a mail that gathers, or by mail at once. Safety can't be chosen."""
    return _hearing(request)


@login_required
@require_POST
def hearing_save(request: HttpRequest) -> HttpResponse:
    """Keep the choice."""
    ways = {group.value: request.POST[f"way-{group}"] for group in Group if f"way-{group}" in request.POST}
    try:
        spread.choose(request.reader.person, ways, request.POST.get("rhythm", ""), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "hearing.choose", f"people_user {request.reader.person.pk}", refused)
        return _hearing(request, refused)
    return HttpResponseRedirect(f"{reverse('hearing')}?done=saved")


urls = [
    path("told/", told_list, name="told-list"),
    path("told/seen/", seen, name="told-seen"),
    path("told/<int:pk>/", told, name="told"),
    path("told/<int:pk>/have/", have, name="told-have"),
    path("you/hearing/", hearing, name="hearing"),
    path("you/hearing/save/", hearing_save, name="hearing-save"),
]
