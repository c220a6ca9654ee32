"""The page behind an invitation's link: set a first password, and be in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from candour.flows import invitations
from candour.flows.answers import Refusal
from candour.flows.sign_in import sign_in
from candour.people.rights import held_by


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Shown to whoever holds a link that still opens; anybody else reads that it does not and who can make a new one."""
    now, refusal = timezone.now(), None
    person = invitations.person_of(token, now)
    if request.method == "POST":
        try:
            password = request.POST.get("password", "")[:1024]
            if password != request.POST.get("again", "")[:1024]:
                raise Refusal(_("The two passwords differ."), status=400)
            invitations.welcome(token, password, now)
            sign_in(request, person.email, password, now)
            return HttpResponseRedirect(reverse("home"))
        except Refusal as error:
            refusal = error
    functions = tuple(dict.fromkeys(grant.function.value for grant in held_by(person, now)))
    context = {"invited": person, "functions": functions, "ends_at": invitations.ends_at(person), "refusal": refusal, "now": now}
    return render(request, "start/welcome.html", context, status=refusal.status if refusal else 200)


urls = [path("welcome/<str:token>/", welcome, name="welcome")]
