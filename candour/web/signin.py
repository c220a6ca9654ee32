"""The door: sign-in with e-mail and password, and in a demo on this machine one click per person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from candour.core.rights import Function
from candour.flows import sign_in as flow
from candour.flows.answers import Refusal
from candour.flows.second_step import steps_of
from candour.insight.queries import certificates_of
from candour.journal.acting import database_now
from candour.people.models import Deputy, User
from candour.people.queries import away_now, people
from candour.people.rights import held_by

#: A demo has eleven people; the list is bounded all the same.
MOST_CARDS = 24

#: What a person with this function does in the demo's story.
STORY: dict[str, str | Promise] = {
    Function.COMMUNITY_MANAGER: _("Reads what comes in, answers from approved templates, hands over."),
    Function.DRUG_SAFETY: _("Takes hand-overs and enters the receipt that lets a case close."),
    Function.AUTHOR: _("Writes the post that the rules strike, mends it, submits it."),
    Function.MEDICAL_REVIEWER: _("Reads only what changed and signs for medicine."),
    Function.LEGAL_REVIEWER: _("Reads only what changed and signs for law."),
    Function.REGULATORY_REVIEWER: _("Reads only what changed and signs for regulation."),
    Function.QUALITY: _("Takes quality complaints and confirms them."),
    Function.MEDICAL_INFORMATION: _("Answers medical questions and confirms them."),
    Function.COUNTRY_LEAD: _("Answers for a country: its accounts, people and clocks."),
    Function.COE_LEAD: _("Leads the centre of excellence: rules, registry, exceptions."),
    Function.AUDITOR: _("Reads everything, changes nothing, verifies the journal."),
    Function.ADMINISTRATOR: _("Gives people their functions and keeps sources connected."),
}


#: Of several functions the one that says most about a person: a lead who also replies is a lead.
DEFINING = (
    Function.COE_LEAD,
    Function.COUNTRY_LEAD,
    Function.DRUG_SAFETY,
    Function.MEDICAL_INFORMATION,
    Function.QUALITY,
    Function.MEDICAL_REVIEWER,
    Function.LEGAL_REVIEWER,
    Function.REGULATORY_REVIEWER,
    Function.AUTHOR,
    Function.COMMUNITY_MANAGER,
    Function.AUDITOR,
    Function.ADMINISTRATOR,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One person of the demo company as a card. `deputy` stands in for them now; `lapsed` is when their certificate ended."""

    person: User
    function: Function
    markets: str
    deputy: Deputy | None
    lapsed: datetime | None

    @property
    def story(self) -> str | Promise:
        return STORY.get(self.function, "")


def _cards(request: HttpRequest) -> list[Card]:
    """In the order of the story: who hears first, who is asked next."""
    if not flow.offers_demo_people(request):
        return []
    now = database_now()
    everyone = list(people()[:MOST_CARDS])
    away, until = away_now(now), certificates_of(person.pk for person in everyone)
    cards = [card for person in everyone if (card := _card(person, away.get(person.pk), until.get(person.pk), now))]
    order = list(STORY)
    return sorted(cards, key=lambda card: order.index(card.function))


def _card(person: User, away: Deputy | None, until: datetime | None, now: datetime) -> Card | None:
    own = [grant for grant in held_by(person, now) if grant.deputy_for is None]
    defining = next((function for function in DEFINING if any(grant.function == function for grant in own)), None)
    if defining is None:
        return None
    markets = " ".join(sorted({grant.market.upper() for grant in own if grant.function == defining and grant.market}))
    return Card(person, defining, markets, away, until if until and until <= now else None)


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("home")


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    context = {"cards": _cards(request), "refusal": refusal, "next": _onward(request), "email": request.POST.get("email", "")[:254]}
    return render(request, "sign_in.html", context, status=refusal.status if refusal else 200)


@never_cache
@sensitive_post_parameters("password", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page, and the act of signing in by password or by passkey."""
    if request.method != "POST":
        return HttpResponseRedirect(_onward(request)) if request.user.is_authenticated else _page(request)
    try:
        inside = _first_step(request)
    except Refusal as refusal:
        return _page(request, refusal)
    return HttpResponseRedirect(_onward(request) if inside else f"{reverse('sign-in-second')}?{urlencode({'next': _onward(request)})}")


def _first_step(request: HttpRequest) -> bool:
    """Whether the person is in."""
    now = database_now()
    if answer := request.POST.get("passkey", ""):
        flow.sign_in_by_passkey(request, answer, now)
        return True
    return flow.sign_in(request, request.POST.get("email", "")[:254], request.POST.get("password", "")[:1024], now)


@never_cache
@sensitive_post_parameters("code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second step, for somebody whose password was right: a code of the app, a recovery code, or a passkey."""
    now, refusal = database_now(), None
    if request.method == "POST":
        try:
            _second_step(request, now)
            return HttpResponseRedirect(_onward(request))
        except Refusal as error:
            refusal = error
    person = flow.half_in(request, now)
    if person is None:
        return _page(request, refusal) if refusal else HttpResponseRedirect(reverse("sign-in"))
    context = {"steps": steps_of(person), "half": person, "refusal": refusal, "next": _onward(request)}
    return render(request, "sign_in_second.html", context, status=refusal.status if refusal else 200)


def _second_step(request: HttpRequest, now: datetime) -> None:
    if answer := request.POST.get("passkey", ""):
        flow.sign_in_by_passkey(request, answer, now)
    else:
        flow.second_step(request, request.POST.get("code", "")[:60], now)


@never_cache
@require_POST
def passkey_at_door(request: HttpRequest) -> JsonResponse:
    """What the browser asks its passkeys for."""
    return JsonResponse(flow.ask_passkey(request, database_now()))


@never_cache
@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """One click on a card; refused outside a demo on this machine."""
    try:
        flow.sign_in_as(request, request.POST.get("person", ""), database_now())
    except Refusal as refusal:
        return _page(request, refusal)
    return HttpResponseRedirect(_onward(request))


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    flow.sign_out(request)
    return HttpResponseRedirect(reverse("sign-in"))


urls = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-in/second/", second, name="sign-in-second"),
    path("sign-in/passkey/", passkey_at_door, name="sign-in-passkey"),
    path("sign-in/demo/", sign_in_demo, name="sign-in-demo"),
    path("sign-out/", sign_out, name="sign-out"),
]
