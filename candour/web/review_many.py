"""Signing several texts together: each shown whole, one decision, one secret, a signature under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from candour.flows.answers import Refusal, Stale
from candour.flows.refusals import record_refusal
from candour.flows.sign_many import groups, sign_many
from candour.messages import queries
from candour.messages.models import Seal
from candour.web.given import secret_of
from candour.web.message_words import signed_facts
from candour.web.review_words import MEANING

#: Waiting seals that are compared for one page.
MOST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a decision as the signer reads it: all of it, with what else is signed."""

    seal: Seal
    facts: list[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Decision:
    """Seals that are one decision, and what the signature says."""

    meaning: Any
    role: str
    texts: tuple[Text, ...]


def _decisions(request: HttpRequest) -> list[Decision]:
    waiting = queries.seals_waiting_for(request.reader.person, request.reader.held)[:MOST_COMPARED]
    return [_decision(group) for group in groups(waiting)]


def _decision(seals: list[Seal]) -> Decision:
    texts = tuple(Text(seal, signed_facts(bytes(seal.review.version.exact), seal.review.draft.product)) for seal in seals)
    return Decision(MEANING[seals[0].role], seals[0].role, texts)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "review_many.html", {"decisions": _decisions(request)} | more, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def review_many(request: HttpRequest) -> HttpResponse:
    """The decisions that may be signed together; sending one signs all of its texts or none."""
    if request.method == "GET":
        return _page(request)
    reader = request.reader
    wanted = {int(pk) for pk in request.POST.getlist("seal") if pk.isdecimal() and len(pk) < 18}
    waiting = list(queries.seals_waiting_for(reader.person, reader.held).filter(pk__in=wanted))
    digests = {pk: request.POST.get(f"digest-{pk}", "") for pk in wanted}
    try:
        if len(waiting) != len(wanted):
            raise Stale(_("One of these texts no longer waits for your seal. Nothing was signed."))
        signed = sign_many(reader.person, waiting, digests, secret_of(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "seal.sign_many", ", ".join(map(str, sorted(wanted)))[:200], refused)
        return _page(request, status=refused.status, not_signed=refused)
    return HttpResponseRedirect(f"{reverse('review-many')}?signed={len(signed)}")


urls = [path("reviews/together/", review_many, name="review-many")]
