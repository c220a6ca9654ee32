"""How people sign in: of which functions a second step is asked, who has one, and its reset. For whoever gives functions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from candour.flows import second_step_rules as rules
from candour.flows.answers import Refusal
from candour.flows.invitations import INVITABLE
from candour.flows.refusals import record_refusal
from candour.people.queries import everyone_held
from candour.people.rights import may
from candour.web.given import secret_of

DONE = ("rules", "reset")


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    if not may(request.reader.held, "people.change", rules.EVERYWHERE):
        raise Http404
    everyone = everyone_held(request.reader.now)
    have, asked = rules.with_step(list(everyone)), rules.asked_of()
    rows = [_row(person, held, have, asked) for person, held in everyone.items()]
    context: dict[str, Any] = {
        "rows": rows,
        "functions": [(function.value, function.value in asked) for function in INVITABLE],
        "with_step": len(have),
        "refusal": refusal,
        "done": done if (done := request.GET.get("done", "")) in DONE else "",
    }
    return render(request, "people_sign_in.html", context, status=refusal.status if refusal else 200)


def _row(person: Any, held: Any, have: set[int], asked: set[str]) -> dict[str, Any]:
    functions = list(dict.fromkeys(one.function.value for one in held if one.deputy_for is None))
    owes = person.pk not in have and any(one.function in asked for one in held)
    return {"person": person, "functions": functions, "has": person.pk in have, "owes": owes}


@login_required
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The rules and the people."""
    return _page(request)


@login_required
@require_POST
@sensitive_post_parameters("secret", "passkey")
def change(request: HttpRequest) -> HttpResponse:
    """Ask a second step of the functions that are ticked."""
    try:
        rules.ask_of(request.reader.person, request.POST.getlist("function"), secret_of(request), request.reader.now)
    except Refusal as refusal:
        record_refusal(request.reader.person, "people.second_step_rule", "rules", refusal)
        return _page(request, refusal)
    return HttpResponseRedirect(f"{reverse('people-sign-in')}?done=rules")


@login_required
@require_POST
@sensitive_post_parameters("secret", "passkey")
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away somebody's second step."""
    given = request.POST
    try:
        rules.reset(request.reader.person, pk, given.get("reason", ""), secret_of(request), request.reader.now)
    except Refusal as refusal:
        record_refusal(request.reader.person, "people.second_step_reset", f"people_user {pk}", refusal)
        return _page(request, refusal)
    return HttpResponseRedirect(f"{reverse('people-sign-in')}?done=reset")


urls = [
    path("people/sign-in/", page, name="people-sign-in"),
    path("people/sign-in/rules/", change, name="second-step-rules"),
    path("people/sign-in/<int:pk>/reset/", reset, name="second-step-reset"),
]
