"""Screening: which release judges, how well it does on labelled posts and here, its limits, and a place to try a post and see why."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from candour.core.terms import DutyKind
from candour.flows.answers import Refusal
from candour.flows.releases import screening_name
from candour.flows.try_post import MOST_CHARACTERS, Asked, may_try, offered_accounts, try_post
from candour.insight import screening_queries
from candour.registry.queries import markets
from candour.screening.engine import shipped_name
from candour.screening.explain import Explained, thresholds
from candour.screening.figures import Figures, shipped_figures
from candour.screening.quality import FEW_POSTS, Graded, Tally, by_duty
from candour.web.marks import Mark
from candour.web.screening_words import CRITERION, LOOKED_FOR, TOLD_BY, pack_codes
from candour.web.words import duty_look


@cache
def _packs_name() -> str:
    """Name of the packs of this installation; they don't change while it runs."""
    return shipped_name()


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The release, the figures per language and duty (`?language=` one language), and how often people corrected it."""
    if not may_try(request.reader.held):
        raise Http404
    figures, running = shipped_figures(), screening_queries.running()
    chosen = _chosen(figures, request.GET.get("language", "")[:12])
    next_name = screening_name()
    context = {
        "running": running,
        "next": next_name if running is None or running.name != next_name else "",
        "figures": figures,
        "fits": bool(figures and figures.fits(_packs_name())),
        "languages": figures.languages if figures else (),
        "duties": _duty_rows(figures, chosen),
        "chosen": chosen,
        "others": [_other(name, one) for name, one in figures.others] if figures else [],
        "few": FEW_POSTS,
        "corrections": screening_queries.corrections(request.reader.held, request.reader.now),
        "days": screening_queries.WINDOW.days,
        "most": screening_queries.MOST_JUDGEMENTS,
    }
    return render(request, "screening.html", context)


def _other(name: str, figures: Figures) -> dict[str, Any]:
    """Posts that the packs were not corrected by: the adverse event in each language."""
    rows = [(one, one.duties[DutyKind.AE]) for one in figures.languages if one.duties[DutyKind.AE].graded]
    return {"name": name, "rows": rows, "fits": figures.fits(_packs_name()), "release": figures.release}


def _chosen(figures: Figures | None, code: str) -> Graded | None:
    return next((one for one in figures.languages if one.code == code), None) if figures and code else None


def _duty_rows(figures: Figures | None, chosen: Graded | None) -> list[tuple[DutyKind, Tally]]:
    """The duties of one language, or of all together."""
    if figures is None:
        return []
    tallies = chosen.duties if chosen else by_duty(figures.languages)
    return [(duty, tally) for duty, tally in tallies.items() if tally.graded]


@login_required
@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
def try_page(request: HttpRequest) -> HttpResponse:
    """The form; sent, what screening says of the text and why. Nothing of the text is stored or logged."""
    if not may_try(request.reader.held):
        raise Http404
    asked = asked_in(request)
    context: dict[str, Any] = {"asked": asked, "typed": asked.text[:MOST_CHARACTERS], "most": MOST_CHARACTERS}
    context |= {"codes": pack_codes(), "markets": markets(), "accounts": offered_accounts(request.reader.held)}
    status = 200
    if request.method == "POST":
        try:
            context |= _told(asked.text, try_post(request.reader.held, asked))
        except Refusal as refused:
            context["problem"], status = refused, refused.status
    return render(request, "screening_try.html", context, status=status)


def asked_in(request: HttpRequest) -> Asked:
    """What a form asks for; line ends as the text had them before a browser sent it."""
    given = request.POST
    text = given.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    return Asked(text, given.get("lang", "")[:12], given.get("market", "")[:8], given.get("account", "")[:80])


def _told(text: str, told: Explained) -> dict[str, Any]:
    """The answer as the page shows it."""
    return {
        "told": told,
        "marks": _marks(text, told),
        "findings": [(finding, thresholds(finding.duty)) for finding in told.screened.findings],
        "told_by": TOLD_BY[told.language.by],
        "criteria": [(CRITERION[one.name], one, LOOKED_FOR[one.name]) for one in told.criteria],
    }


def _marks(text: str, told: Explained) -> list[Mark]:
    marks = []
    for number, finding in enumerate(told.screened.findings):
        look, maybe = duty_look(finding.duty), finding.score < thresholds(finding.duty)[1]
        marks += [Mark(span.start, span.end, look.hue, str(look.label), maybe, f"f{number}") for span in finding.spans]
    names = [Mark(one.span.start, one.span.end, "product", one.product) for one in told.screened.mentions]
    return [mark for mark in marks + names if mark.end <= len(text)]


urls = [
    path("screening/", page, name="screening"),
    path("screening/try/", try_page, name="screening-try"),
]
