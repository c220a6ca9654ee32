"""The page behind an invitation's link: set a first password, and be in."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from candour.flows import invitations
from candour.flows.answers import Refusal
from candour.flows.sign_in import sign_in
from candour.journal.acting import database_now
from candour.people.rights import held_by

#: Where a browser keeps the link's secret between the two requests.
_KEPT = "welcome"


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: a good one is kept in the session and leaves the address, so that no log and no referrer carries it on."""
    invitations.person_of(token, database_now())
    request.session[_KEPT] = token
    return HttpResponseRedirect(reverse("welcome-in"))


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Shown to whoever came by a link that still opens; anybody else reads that it does not and who can make a new one."""
    now, token, refusal = database_now(), request.session.get(_KEPT, ""), None
    person = invitations.person_of(token, now)
    if request.method == "POST":
        try:
            return _come_in(request, token, now)
        except Refusal as error:
            refusal = error
    functions = tuple(dict.fromkeys(grant.function.value for grant in held_by(person, now)))
    context = {"invited": person, "functions": functions, "ends_at": invitations.ends_at(person), "refusal": refusal, "now": now}
    return render(request, "start/welcome.html", context, status=refusal.status if refusal else 200)


def _come_in(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    password = request.POST.get("password", "")[:1024]
    if password != request.POST.get("again", "")[:1024]:
        raise Refusal(_("The two passwords differ."), status=400)
    person = invitations.welcome(token, password, now)
    del request.session[_KEPT]
    sign_in(request, person.email, password, now)
    return HttpResponseRedirect(reverse("home"))


urls = [path("welcome/", welcome, name="welcome-in"), path("welcome/<str:token>/", link, name="welcome")]
