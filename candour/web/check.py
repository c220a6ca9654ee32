"""Ask the rules: may this be posted, liked or shared? Any piece and any act, by whoever of ours, judged before it happens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from candour.flows.answers import Refusal
from candour.flows.check_piece import TEXTS, TYPED, Asked, check_piece_of
from candour.flows.judgement import Judgement
from candour.flows.refusals import record_refusal
from candour.flows.releases import active_pack
from candour.messages.models import PieceCheck
from candour.messages.queries import piece_checks_of
from candour.packs.market import MarketPack
from candour.people.rights import Place, may
from candour.registry.models import Market
from candour.registry.queries import markets, products
from candour.web.finding_cards import Checked, checked, marks_in
from candour.web.marks import Mark
from candour.web.plain_card import plain_card

RECENT = 8
Choice = tuple[str, str | Promise]

ACTS: tuple[Choice, ...] = (
    ("post", _("Post")),
    ("like", _("Like or other reaction")),
    ("repost", _("Repost or share")),
    ("quote", _("Quote with own words")),
    ("reply", _("Reply to a person")),
    ("pin", _("Pin")),
    ("ad", _("Paid advertisement")),
    ("search_ad", _("Paid search entry")),
    ("share_widget", _("Preview that shares show")),
    ("profile", _("Profile text")),
)
KINDS: tuple[Choice, ...] = (
    ("post", _("Social post")),
    ("video", _("Video, story or live stream")),
    ("press_release", _("Press release")),
    ("mail", _("Mail or newsletter")),
    ("leaflet", _("Leaflet or poster")),
    ("slide", _("Slide")),
    ("label", _("The unchanged label")),
)
ROLES: tuple[Choice, ...] = (
    ("company", _("The company")),
    ("employee", _("An employee")),
    ("executive", _("An executive")),
    ("agency", _("An agency of ours")),
    ("influencer", _("An influencer")),
    ("celebrity", _("A well-known person")),
    ("hcp", _("A health professional")),
    ("patient", _("A patient")),
    ("independent", _("Somebody independent")),
)
AUDIENCES: tuple[Choice, ...] = (("pub", _("Everybody")), ("hcp", _("Health professionals")))
GATES: tuple[Choice, ...] = (
    ("none", _("No gate")),
    ("self", _("A declaration opens it")),
    ("verified", _("Verified professionals only")),
)
CHOICES = {"act": ACTS, "kind": KINDS, "author_role": ROLES, "audience": AUDIENCES, "gate": GATES}
REASONS: dict[str, str | Promise] = {
    "own": _("its market"),
    "owner": _("the account's owner"),
    "person": _("the person's country"),
    "targeting": _("whom it is aimed at"),
    "content": _("what the text speaks of"),
    "link": _("where it links"),
}


@login_required
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The form; sent, the answer beside it. Question and answer are kept as evidence."""
    offered = _offered(request)
    if not offered:
        raise Refusal(_("You hold no function that may ask the rules."), remedy=_("The centre of excellence gives functions."))
    typed = _typed(request, offered)
    context: dict[str, Any] = {"typed": typed, "markets": offered, "products": products(), "choices": CHOICES, "judgement": None}
    status = 200
    if request.method == "POST":
        try:
            context |= _answer(request, typed)
        except Refusal as refused:
            record_refusal(request.reader.person, "piece.check", typed["market"], refused)
            context["problem"], status = refused, refused.status
    context["recent"] = _recent(request)
    return render(request, "check.html", context, status=status)


def _offered(request: HttpRequest) -> list[Market]:
    """Markets in which the reader may ask; those whose rules judge come first."""
    allowed = [market for market in markets() if may(request.reader.held, "piece.check", Place(market.code))]
    return sorted(allowed, key=lambda market: active_pack(market.code, request.reader.now) is None)


def _typed(request: HttpRequest, offered: list[Market]) -> dict[str, Any]:
    """What was typed, with what most people would choose for the rest."""
    usual = {"act": "post", "kind": "post", "author_role": "company", "audience": "pub", "gate": "none", "market": offered[0].code}
    names = ("market", "product", "author_followers", *TYPED, *TEXTS)
    typed: dict[str, Any] = {name: request.POST.get(name, usual.get(name, "")).replace("\r\n", "\n") for name in names}
    return typed | {"paid": bool(request.POST.get("paid"))}


def _answer(request: HttpRequest, typed: dict[str, Any]) -> dict[str, Any]:
    asked = _asked(typed)
    found, row = check_piece_of(request.reader.person, asked, request.reader.now)
    pack = active_pack(typed["market"], request.reader.now)
    rows = found.result.as_row()["findings"]
    return {
        "judgement": found,
        "row": row,
        "pack": pack,
        "check": _cards(rows, pack),
        "marks": _marks(typed, rows),
        "places": _places(found),
        "plain": plain_card(
            typed["post_text"], language="", market=typed["market"], audience=typed["audience"], product=asked.product, pack=pack
        ),
    }


def _asked(typed: dict[str, Any]) -> Asked:
    product = products().filter(key=typed["product"]).first()
    followers = typed["author_followers"].strip()
    facts = {name: typed[name] for name in (*TYPED, *TEXTS) if typed[name]} | {"paid": typed["paid"]}
    return Asked(
        typed["market"], product, facts | {"author_followers": int(followers) if followers.isdecimal() and len(followers) < 12 else 0}
    )


def _cards(rows: list[dict[str, Any]], pack: MarketPack | None) -> Checked:
    return checked(rows, {}, pack)


def _marks(typed: dict[str, Any], rows: list[dict[str, Any]]) -> list[Mark]:
    return marks_in(typed["post_text"], rows)


def _places(found: Judgement) -> list[dict[str, Any]]:
    """The markets that judged or should have, each with why."""
    return [
        {"market": one.market, "why": [REASONS[reason] for reason in one.reasons], "judged": one.market not in found.unjudged}
        for one in found.concerned
    ]


def _recent(request: HttpRequest) -> list[PieceCheck]:
    return list(piece_checks_of(request.reader.person)[:RECENT])


urls = [path("check/", check, name="check")]
