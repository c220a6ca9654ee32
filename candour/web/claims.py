"""Claims: what may be said, in which words, with which reference, and where it is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from candour.core.states import ClaimState
from candour.flows import claims as flow
from candour.flows.answers import Refusal
from candour.flows.claims import Content, Reference, Words
from candour.flows.gate import may_act_at
from candour.flows.refusals import record_refusal
from candour.messages import claim_queries as queries
from candour.messages import queries as messages
from candour.messages.models import Claim, ClaimVersion
from candour.people.rights import may
from candour.registry import queries as registry
from candour.registry.models import Product
from candour.web.claim_card import ANCHOR, references_told
from candour.web.drafts import LANGUAGES_OFFERED
from candour.web.given import secret_of
from candour.web.message_words import language_name
from candour.web.once import once
from candour.web.words import Look

MOST = 200
STANDING: dict[str, Look] = {
    ClaimState.DRAFT: Look(pgettext_lazy("claim", "not signed yet"), "line", "pencil"),
    ClaimState.APPROVED: Look(pgettext_lazy("claim", "approved"), "approved", "check"),
    "expired": Look(pgettext_lazy("claim", "past its day"), "blocked", "clock"),
    ClaimState.REPLACED: Look(pgettext_lazy("claim", "replaced"), "off", "refresh"),
    ClaimState.WITHDRAWN: Look(pgettext_lazy("claim", "withdrawn"), "blocked", "x"),
}
#: Empty rows a form offers beyond what is there.
SPARE = 2


# the list


@login_required
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """Claims of the reader's markets: search, product, market and state."""
    reader, on = request.reader, request.reader.now.date()
    chosen = {name: request.GET.get(name, "").strip()[:80].replace("\x00", "") for name in ("q", "product", "market", "state")}
    found = queries.in_claim_state(queries.claims_visible_to(reader.held), chosen["state"], on)
    found = found.filter(product__key=chosen["product"]) if chosen["product"] else found
    found = found.filter(markets__contains=[chosen["market"]]) if chosen["market"] else found
    found = queries.claims_with(found, chosen["q"]) if chosen["q"] else found
    rows = list(found[:MOST])
    contents = queries.contents_of(rows)
    context = {
        "rows": [(row, STANDING[queries.standing(row, on)], contents[row.pk]) for row in rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "products": registry.products(),
        "markets": registry.markets(),
        "states": [(state, look.label) for state, look in STANDING.items()],
        "may_write": any(may(reader.held, "claim.write", place) for place in _places(request)),
    }
    return render(request, "claims.html", context)


def _places(request: HttpRequest) -> list[Any]:
    return [place for product in registry.products() for place in queries.places_of(_anywhere(product))]


def _anywhere(product: Product) -> Claim:
    return Claim(product=product, markets=[market.code for market in registry.markets()])


# the form


def _typed(form: QueryDict) -> Content:
    """What a form says; rows that are left empty are left out by the flow."""
    return Content(
        form.get("title", ""),
        tuple(code[:8] for code in form.getlist("market")),
        _day(form.get("review_on", "")),
        tuple(Words(form.get(f"lang-{n}", ""), form.get(f"text-{n}", ""), form.get(f"footnote-{n}", "")) for n in range(flow.MOST_ROWS)),
        tuple(
            Reference(form.get(f"document-{n}", ""), form.get(f"kind-{n}", "page"), form.get(f"anchor-{n}", ""), form.get(f"dated-{n}", ""))
            for n in range(flow.MOST_ROWS)
        ),
    )


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Refusal(_("Choose the day by which the claim is reviewed."), status=400) from None


def _choices(form: dict[str, Any]) -> dict[str, Any]:
    wordings, references = list(form.get("wordings", ())), list(form.get("references", ()))
    usual = wordings[-1]["lang"] if wordings else get_language() or "en"
    return {
        "form": form,
        "wordings": [*wordings, *[{"lang": usual}] * SPARE][: flow.MOST_ROWS],
        "references": [*references, *[{}] * SPARE][: flow.MOST_ROWS],
        "languages": sorted(((code, language_name(code)) for code in LANGUAGES_OFFERED), key=lambda row: row[1]),
        "anchors": ANCHOR.items(),
        "all_markets": registry.markets(),
        "products": registry.products(),
    }


def _as_typed(form: QueryDict) -> dict[str, Any]:
    """The form as it was typed, for a page that refuses it."""
    wordings = [{name: form.get(f"{name}-{n}", "") for name in ("lang", "text", "footnote")} for n in range(flow.MOST_ROWS)]
    references = [{name: form.get(f"{name}-{n}", "") for name in ("document", "kind", "anchor", "dated")} for n in range(flow.MOST_ROWS)]
    return {
        "title": form.get("title", ""),
        "markets": form.getlist("market"),
        "review_on": form.get("review_on", ""),
        "wordings": [one for one in wordings if one["text"]],
        "references": [one for one in references if one["document"]],
    }


@login_required
@once
def claim_new(request: HttpRequest) -> HttpResponse:
    """Write a claim; a refused one keeps what was typed."""
    if not any(may(request.reader.held, "claim.write", place) for place in _places(request)):
        raise Refusal(_("You hold no function that may write claims."), remedy=_("The centre of excellence gives functions."))
    if request.method != "POST":
        return render(request, "claim_new.html", _choices({}))
    try:
        product = next((one for one in registry.products() if one.key == request.POST.get("product", "")), None)
        if product is None:
            raise Refusal(_("There is no such product."), status=400)
        made = flow.create(request.reader.person, product, _typed(request.POST), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "claim.write", "new claim", refused)
        return render(request, "claim_new.html", _choices(_as_typed(request.POST)) | {"problem": refused}, status=refused.status)
    return HttpResponseRedirect(reverse("claim", args=[made.number]))


# one claim


def _claim(request: HttpRequest, number: int) -> Claim:
    found = queries.claim_for(request.reader.held, number)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Sealing:
    """One role's place under a claim: who signed, or why the reader may not sign, if they hold the function at all."""

    role: str
    seal: Any
    mine: bool
    why_not: str


def _sealing(request: HttpRequest, claim: Claim, version: ClaimVersion) -> list[Sealing]:
    reader, given = request.reader, queries.claim_seals(version)
    rows = []
    for role in flow.ROLES:
        held = queries.may_everywhere(reader.held, f"seal.{role}", claim)
        gates = [may_act_at(reader.person, f"seal.{role}", place, reader.now) for place in queries.places_of(claim)]
        closed = next((gate for gate in gates if not gate.allowed), None)
        rows.append(Sealing(role.value, given.get(role.value), held and role.value not in given, closed.why if closed else ""))
    return rows


def _page(request: HttpRequest, claim: Claim, *, status: int = 200, typed: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
    held, version = request.reader.held, queries.newest_claim_version(claim)
    stands = queries.standing(claim, request.reader.now.date())
    draft = claim.state == ClaimState.DRAFT
    said = queries.where_said(claim)
    context = _choices(typed or version.content) | {
        "claim": claim,
        "version": version,
        "stands": stands,
        "look": STANDING[stands],
        "told": [(one, language_name(one["lang"])) for one in version.content["wordings"]],
        "references_told": references_told(version.content["references"]),
        "sealing": _sealing(request, claim, version),
        "editable": draft and queries.may_everywhere(held, "claim.write", claim),
        "renewable": claim.state == ClaimState.APPROVED and queries.may_everywhere(held, "claim.write", claim),
        "may_withdraw": claim.state != ClaimState.WITHDRAWN and queries.may_everywhere(held, "message.withdraw", claim),
        "drafts": [row for row in said.drafts if messages.may_see_draft(held, row)],
        "messages": [row for row in said.messages if messages.may_see_message(held, row)],
        "scheduled": [row for row in said.scheduled if messages.may_see_message(held, row.message)],
        "live": [row for row in said.live if messages.may_see_message(held, row.message)],
        "exact": bytes(version.exact).decode(),
    }
    return render(request, "claim.html", context | more, status=status)


@login_required
@require_safe
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """A claim with its words, references and signatures, and where it is said."""
    return _page(request, _claim(request, number))


def _refused(request: HttpRequest, act: str, number: int, refused: Refusal, **more: Any) -> HttpResponse:
    record_refusal(request.reader.person, act, f"C-{number}", refused)
    return _page(request, _claim(request, number), status=refused.status, problem=refused, **more)


@login_required
@require_POST
def claim_save(request: HttpRequest, number: int) -> HttpResponse:
    """Save a claim that is not approved yet; what was typed stays in its fields when it is refused."""
    found, given = _claim(request, number), request.POST.get("version", "")
    try:
        flow.save(request.reader.person, found, _typed(request.POST), int(given) if given.isdecimal() else -1, request.reader.now)
    except Refusal as refused:
        return _refused(request, "claim.write", number, refused, typed=_as_typed(request.POST))
    return HttpResponseRedirect(reverse("claim", args=[number]))


@login_required
@require_POST
def claim_sign(request: HttpRequest, number: int) -> HttpResponse:
    """One role's signature over exactly what the page shows."""
    found, form = _claim(request, number), request.POST
    try:
        flow.sign(request.reader.person, found, form.get("role", ""), form.get("digest", ""), secret_of(request), request.reader.now)
    except Refusal as refused:
        return _refused(request, "claim.sign", number, refused)
    return HttpResponseRedirect(reverse("claim", args=[number]))


@login_required
@require_POST
def claim_renew(request: HttpRequest, number: int) -> HttpResponse:
    """Begin the claim that takes this one's place."""
    found = _claim(request, number)
    try:
        made = flow.renew(request.reader.person, found, request.reader.now, _day(request.POST.get("review_on", "")))
    except Refusal as refused:
        return _refused(request, "claim.write", number, refused)
    return HttpResponseRedirect(reverse("claim", args=[made.number]))


urls = [
    path("claims/", claims, name="claims"),
    path("claims/new/", claim_new, name="claim-new"),
    path("claims/<int:number>/", claim, name="claim"),
    path("claims/<int:number>/save/", claim_save, name="claim-save"),
    path("claims/<int:number>/sign/", claim_sign, name="claim-sign"),
    path("claims/<int:number>/renew/", claim_renew, name="claim-renew"),
]
