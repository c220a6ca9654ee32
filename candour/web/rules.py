"""Rules: what judges in each market and in whose name, what it did so far, what a signature would change, and a place to try a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.lists import format_list
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candour.core.terms import Severity
from candour.flows import rule_record
from candour.flows.answers import Refusal
from candour.flows.judgement import product_facts
from candour.flows.refusals import record_refusal
from candour.flows.releases import activate_market, active_pack, proposed_pack
from candour.flows.rule_upgrade import UpgradeRow, our_words, upgrade
from candour.messages.queries import in_use
from candour.packs import aloud
from candour.packs.loader import load_market, shipped_markets, shipped_topics
from candour.packs.market import MarketPack, Rule
from candour.packs.ours import OverlayError
from candour.packs.schema import PieceRow
from candour.people.rights import Place, may
from candour.registry.queries import current_release, market_day, markets, products
from candour.screening.checks import CheckResult, check_piece
from candour.screening.pieces import PieceError, parse_piece
from candour.web.given import secret_of
from candour.web.marks import Mark
from candour.web.rule_words import asks_of, suggestion_of
from candour.web.spoken_time import reader_locale

KIND: dict[str, str | Promise] = {"machine": _("judged"), "gate": _("asks for an entry"), "question": _("asks a reviewer")}
WEIGHT: dict[str, str | Promise] = {
    Severity.BLOCK: _("blocks"),
    Severity.HIGH: _("needs sign-off"),
    Severity.MEDIUM: _("needs an answer"),
    Severity.ADVICE: _("advice"),
}
FIELD: dict[str, str | Promise] = {
    "kind": _("kind"),
    "severity": _("weight"),
    "applies": _("what it is for"),
    "audience": _("audience"),
    "when_text": _("condition"),
    "exemptions": _("exemptions"),
    "soften": _("softer cases"),
    "words": _("words"),
    "citation": _("source"),
    "params": _("settings"),
    "valid_from": _("first day"),
    "valid_to": _("last day"),
}
ACT: dict[str, str | Promise] = {"change": _("changed by us"), "add": _("added by us"), "retire": _("retired by us")}
MAX_TRY = 20_000


def may_see(request: HttpRequest) -> None:
    """Refuses a reader without any function that may see the rules."""
    if not any(may(request.reader.held, "registry.see", Place(market)) for market in ("", *shipped_markets())):
        raise Refusal(_("You hold no function that may see the rules."), remedy=_("The centre of excellence gives functions."))


def _pack_ids() -> list[str]:
    """Packs of the company's markets first, then the other shipped ones, then topics."""
    ours = [market.code for market in markets()]
    every = [*shipped_markets(), *shipped_topics()]
    return sorted(every, key=lambda code: (code not in ours, code in shipped_topics(), code))


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every pack: whether it is active, since when, by whom, and whether a newer one is shipped."""
    may_see(request)
    return render(request, "rules.html", {"packs": [_standing(code, request) for code in _pack_ids()]})


def _standing(code: str, request: HttpRequest) -> dict[str, Any]:
    shipped, active = load_market(code), active_pack(code, request.reader.now)
    release = current_release("market", code, request.reader.now)
    proposal, fault = proposal_of(code)
    return {
        "shipped": shipped,
        "active": active,
        "release": release,
        "fault": fault,
        "newer": len(rule_record.changes(active, proposal)) if active and proposal and active.digest != proposal.digest else 0,
        "ours": len(our_words(proposal)) if proposal else 0,
        "waits": sum(1 for rule in shipped.rules if rule.needs_local_review),
    }


def proposal_of(code: str) -> tuple[MarketPack | None, str]:
    """What a signature would let judge, or the sentence that says why the company's own rules can't be used."""
    try:
        return proposed_pack(code), ""
    except OverlayError as fault:
        return None, str(fault)


def shipped_or_404(code: str) -> MarketPack:
    """The shipped pack of a market or topic."""
    if code not in (*shipped_markets(), *shipped_topics()):
        raise Http404
    return load_market(code)


@login_required
@require_GET
def rules_of(request: HttpRequest, code: str) -> HttpResponse:
    """One market: its rules with their past, what a signature would change, and the signature that makes it count."""
    may_see(request)
    return market_page(request, code)


def market_page(request: HttpRequest, code: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of one market; `more` is what an act adds to it."""
    shipped, active = shipped_or_404(code), active_pack(code, request.reader.now)
    proposal, fault = proposal_of(code)
    differs = proposal is not None and (active is None or active.digest != proposal.digest)
    context = {
        "pack": active or proposal or shipped,
        "active": active,
        "shipped": shipped,
        "proposal": proposal,
        "fault": fault,
        "release": current_release("market", code, request.reader.now),
        "rows": [_row(row) for row in rule_record.records(active or proposal or shipped)],
        "changes": [_change(row) for row in upgrade(active, shipped, proposal)] if differs and proposal else [],
        "differs": differs,
        "may_activate": may(request.reader.held, "pack.activate", Place(code)),
    }
    return render(request, "rules_market.html", context | more, status=status)


def _row(row: rule_record.RuleRecord) -> dict[str, Any]:
    rule = row.rule
    return {"record": row, "rule": rule, "asks": asks_of(rule), "kind": KIND[rule.kind], "weight": WEIGHT[rule.severity]}


def _change(row: UpgradeRow) -> dict[str, Any]:
    """One rule of an upgrade as it is read: what was shipped anew, what is ours, what judges afterwards."""
    return {
        "row": row,
        "asks": asks_of(row.rule) if row.rule else "",
        "news": [FIELD[name] for name in row.news],
        "shipped": WEIGHT[row.shipped.severity] if row.shipped else "",
        "ours": [FIELD[name] for name in row.ours.what] if row.ours else [],
        "act": ACT[row.ours.act] if row.ours else "",
        "differs": [FIELD[name] for name in row.differs],
        "result": WEIGHT[row.result.severity] if row.result else "",
    }


@login_required
@require_POST
def rules_compare(request: HttpRequest, code: str) -> HttpResponse:
    """The approved messages in use, judged by the active release and by the one that waits. Nothing is stored."""
    may_see(request)
    shipped_or_404(code)
    proposal, _fault = proposal_of(code)
    told = rule_record.judged_differently(code, proposal, request.reader.now) if proposal else None
    return market_page(request, code, compared=told)


@login_required
@require_POST
def rules_activate(request: HttpRequest, code: str) -> HttpResponse:
    """Sign the release that is shown: from then on it judges. Refused without the right or a proof; then nothing has changed."""
    may_see(request)
    shipped_or_404(code)
    reader = request.reader
    try:
        activate_market(reader.person, code, secret_of(request), reader.now, seen=request.POST.get("release", ""))
    except Refusal as refused:
        record_refusal(reader.person, "pack.activate", code, refused)
        return market_page(request, code, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("rules-of", args=[code]))


# one rule


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, code: str, rule_id: str) -> HttpResponse:
    """A rule read aloud, with its tests; and tried on pasted text and on every message in use. Nothing is stored."""
    may_see(request)
    pack, active = _pack_with(request, code, rule_id)
    found = pack.by_id[rule_id]
    context = {"pack": pack, "rule": found, "asks": asks_of(found), "suggestion": suggestion_of(found)}
    context |= {
        "aloud": [spoken(one) for one in aloud.sentences(found, pack)],
        "kind": KIND[found.kind],
        "weight": WEIGHT[found.severity],
        "active": active,
    }
    context["exemptions"] = [(one, aloud.condition(one.when, pack)) for one in found.exemptions]
    context |= {"products": products(), "chosen": request.POST.get("product", "")}
    context |= {"samples": _samples(found), "typed": request.POST.get("text", "")[:MAX_TRY]}
    if request.method == "POST":
        context |= _tried(request, pack, found)
    return render(request, "rule.html", context)


def _pack_with(request: HttpRequest, code: str, rule_id: str) -> tuple[MarketPack, MarketPack | None]:
    """The pack a rule is read from (the active one, or first the one that waits, with `?release=next`), and the active one."""
    shipped, active = shipped_or_404(code), active_pack(code, request.reader.now)
    packs = [active, proposal_of(code)[0], shipped]
    if request.GET.get("release") == "next":
        packs = [packs[1], active, shipped]
    pack = next((one for one in packs if one and rule_id in one.by_id), None)
    if pack is None:
        raise Http404
    return pack, active


def spoken(told: aloud.Told) -> str:
    """A sentence of a rule read aloud, in the reader's language; what the pack says stays in the pack's own."""
    words = {name: format_list([gettext(part) for part in parts], "or", reader_locale()) for name, parts in told.words.items()}
    return gettext(told.template) % {**told.values, **words}


def _samples(found: Rule) -> list[tuple[bool, PieceRow]]:
    return [(True, row) for row in found.hits] + [(False, row) for row in found.misses]


def _tried(request: HttpRequest, pack: MarketPack, found: Rule) -> dict[str, Any]:
    """The rule on the pasted text, spoken about the product of the rule's own tests, and on the messages in use."""
    text = request.POST.get("text", "").replace("\r\n", "\n")[:MAX_TRY]
    now = request.reader.now
    past = in_use(pack.id, now, rule_record.MOST_MESSAGES) if request.POST.get("past") else []
    looked = [message for message in past if message.draft and message.version]
    told: dict[str, Any] = {"tried": True, "past": looked, "struck": rule_record.fires_on(found, pack, looked, now)}
    try:
        result = check_piece(parse_piece(_as_sample(request, found, pack, text)), [pack])
    except PieceError as fault:
        return told | {"problem": str(fault)}
    return told | {"finding": _finding_of(result, found), "marks": _marks(result, found), "verdict": result.verdict}


def _as_sample(request: HttpRequest, found: Rule, pack: MarketPack, text: str) -> Mapping[str, Any]:
    """The first hit's facts with other words, about a product of ours if one is chosen: act, author and audience stay, so that the rule
    is reached."""
    facts = found.hits[0].model_dump(mode="json", exclude={"id", "post_text", "image_text", "link_text", "third_party_text"})
    words = "third_party_text" if found.hits[0].third_party_text and not found.hits[0].post_text else "post_text"
    product = products().filter(key=request.POST.get("product", "")).first()
    ours = product_facts(product, pack.id, market_day(pack.id, request.reader.now)) if product else {}
    return {**facts, **ours, "market": pack.id, words: text}


def _finding_of(result: CheckResult, found: Rule) -> Any:
    return next((one for one in result.findings if one.rule == found.id), None)


def _marks(result: CheckResult, found: Rule) -> list[Mark]:
    finding = _finding_of(result, found)
    spans = [span for span in finding.spans if span.field == "post_text"] if finding else []
    family = "blocked" if found.severity is Severity.BLOCK else "review"
    return [Mark(span.start, span.end, family, found.id, key=found.id) for span in spans]


urls = [
    path("rules/", rules, name="rules"),
    path("rules/<slug:code>/", rules_of, name="rules-of"),
    path("rules/<slug:code>/compare/", rules_compare, name="rules-compare"),
    path("rules/<slug:code>/activate/", rules_activate, name="rules-activate"),
    path("rules/<slug:code>/<slug:rule_id>/", rule, name="rule"),
]
