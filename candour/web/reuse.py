"""Other countries: where an approved message may be used, what that takes, and the acts that carry it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.core.reuse import Answer
from candour.flows import reuse as flow
from candour.flows import translate, travel
from candour.flows.answers import Refusal
from candour.flows.gate import may_act_at
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages import reuse_queries as reuses
from candour.messages.models import ApprovedMessage, ReuseProof, Translation
from candour.people.rights import Place, may
from candour.registry import queries as registry
from candour.registry.models import Account, Market
from candour.web import older
from candour.web.diff import difference
from candour.web.given import secret_of
from candour.web.market_marks import IN_REVIEW, UNKNOWN, Mark, grouped, standing
from candour.web.message_words import language_name, signed_facts
from candour.web.reuse_words import ANSWER, NEVER, headline, lines, mismatch_told, rules_told
from candour.web.words import Look as Shown

#: A text for another channel has at most so many characters; more is refused before anything is computed.
MOST = 5000
PAGE_SIZE = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One market on the card: the answer there, or why there is none, and what stands there already."""

    market: Market
    shown: Shown | None
    line: str
    rules: str
    there: ApprovedMessage | None
    asked: ReuseProof | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence with its translation as it is shown: typed or kept, what the machine found in it, who certified it."""

    number: int
    source: str
    target: str
    found: tuple[str, ...]
    certified: str


def _message(request: HttpRequest, key: str) -> ApprovedMessage:
    found = reuses.proven_message(request.reader.held, key)
    if found is None:
        raise Http404
    return found


def _account(request: HttpRequest, message: ApprovedMessage, market: str) -> Account:
    """The account of a market that a reader asks for, else the most fitting one."""
    wanted = request.POST.get("account") or request.GET.get("account", "")
    found = next((one for one in registry.accounts_in_market(market) if one.key == wanted), None)
    account = found or travel.account_there(message, market)
    if account is None or market == message.market:
        raise Http404
    return account


@login_required
@require_GET
def reuse_card(request: HttpRequest, key: str) -> HttpResponse:
    """One row per market with an account of ours; computed when it is asked for, so that the message's own page need not wait.

    With `marks` the answers come as one short line, for the list of the library.
    """
    message = _message(request, key)
    part = request.headers.get("HX-Request") == "true"
    context: dict[str, Any] = {"message": message, "part": part, "may_open": queries.may_see_message(request.reader.held, message)}
    try:
        context["rows"] = _rows(request, message)
    except Refusal as refused:
        context["why_not"] = refused
    if part and request.GET.get("marks"):
        context["marks"] = grouped(_mark(row, request.reader.now) for row in context.get("rows", ()))
        return render(request, "parts/market_marks.html", context)
    return render(request, "parts/reuse_card.html" if part else "reuse_card.html", context)


def _rows(request: HttpRequest, message: ApprovedMessage) -> list[Row]:
    markets = {market.code: market for market in registry.markets()}
    there, asked = reuses.reused_in(message), reuses.asked_in(message)
    answers = travel.previews(message, list(markets), request.reader.now)
    over = queries.usable(message, request.reader.now).state in ("withdrawn", "expired")
    return [_row(markets[code], answer, there.get(code), asked.get(code), over=over) for code, answer in answers]


def _row(
    market: Market, answer: travel.Look | Refusal, there: ApprovedMessage | None, asked: ReuseProof | None, *, over: bool = False
) -> Row:
    """`over`: the message itself may not be used any more, so it is usable nowhere, whatever the rules of the market say."""
    if isinstance(answer, Refusal):
        return Row(market, NEVER if over else None, answer.why, "", there, asked)
    return Row(market, _shown(answer), headline(answer), rules_told(answer), there, asked)


def _shown(look: travel.Look) -> Shown:
    if look.standing == travel.UNTRANSLATED and look.decision.answer != Answer.REFUSED:
        return Shown(_("translation first"), "review", "globe")
    return ANSWER[look.decision.answer]


def _mark(row: Row, now: datetime) -> Mark:
    if row.there:
        return Mark(row.market.code, standing(row.there, now))
    if row.asked:
        return Mark(row.market.code, IN_REVIEW)
    return Mark(row.market.code, row.shown or UNKNOWN, row.line)


@login_required
@require_GET
def reuse_others(request: HttpRequest) -> HttpResponse:
    """Proven messages of markets whose library the reader does not see, to be used in their own."""
    rows, further = older.page(
        reuses.proven_elsewhere(request.reader.held, request.reader.now), "valid_from", request.GET.get("before", ""), PAGE_SIZE
    )
    return render(request, "reuse_others.html", {"messages": rows, "further": further})


# one market


def _pairs(message: ApprovedMessage, translation: Translation | None, typed: Sequence[str] | None, now: Any) -> list[Pair]:
    source = translate.pieces_of(message)
    target = list(typed) if typed is not None else translation.pieces if translation else [""] * len(source)
    found = translate.mismatches(translation, now) if translation and typed is None else ()
    signed = {row.number: row.signature.signer_name for row in reuses.certificates_of(translation)} if translation else {}
    return [
        Pair(
            number,
            words,
            target[number] if number < len(target) else "",
            tuple(mismatch_told(one) for one in found if one.sentence == number),
            signed.get(number, ""),
        )
        for number, words in enumerate(source)
        if words.strip()
    ]


def _page(
    request: HttpRequest, key: str, market: str, *, status: int = 200, typed: Sequence[str] | None = None, **more: Any
) -> HttpResponse:
    message = _message(request, key)
    account, now = _account(request, message, market), request.reader.now
    adapted = (request.POST.get("adapted") or request.GET.get("adapted", ""))[:MOST]
    place = registry.market(market)
    context: dict[str, Any] = {"message": message, "account": account, "market": market, "place": place, "adapted": adapted}
    context["accounts"] = registry.accounts_in_market(market)
    try:
        look = travel.preview(message, account, now, adapted=adapted)
    except Refusal as refused:
        return render(request, "reuse.html", context | {"why_not": refused} | more, status=status)
    context |= _told(request, look, typed) | {"there": reuses.reused_in(message).get(market), "asked": reuses.asked_in(message).get(market)}
    return render(request, "reuse.html", context | more, status=status)


def _told(request: HttpRequest, look: travel.Look, typed: Sequence[str] | None) -> dict[str, Any]:
    reader, message = request.reader, look.home.message
    rows, findings = [travel.difference_row(one) for one in look.differences], look.judged.result.as_row()["findings"]
    lang = travel.language_there(message, look.account.market)
    at = Place(look.account.market, queries.place_of(message).brand, None)
    return {
        "look": look,
        "shown": _shown(look),
        "headline": headline(look),
        "lines": lines(rows, findings),
        "gates": [row for row in findings if row["rule"] in {one.rule for one in look.gates}],
        "translated": lang != message.lang and look.standing != travel.ADAPTED,
        "pairs": _pairs(message, look.translation, typed, reader.now),
        "lang": lang,
        "lang_name": language_name(lang),
        "may_translate": may(reader.held, "translation.write", at),
        "certifying": _certifying(request, look, at),
        "gate": may_act_at(reader.person, flow.act_of(look), flow.place_there(message, look.account), reader.now),
        "wrote": look.decision.answer == Answer.LIVE and reuses.wrote_message(reader.person, message),
        "signing": {"seen": look.seen, "facts": signed_facts(look.exact, message.product), "bytes": look.exact.decode()},
        "change": difference(message.text, look.words.text) if look.standing == travel.ADAPTED else None,
    }


def _certifying(request: HttpRequest, look: travel.Look, at: Place) -> dict[str, Any]:
    """Whether the reader may certify the translation now, and if not why."""
    row = look.translation
    if row is None or look.standing != travel.UNCERTIFIED or row.certified.exists():
        return {}
    answer = may_act_at(request.reader.person, "translation.certify", at, request.reader.now)
    mine, found = row.by_id == request.reader.person.pk, translate.mismatches(row, request.reader.now)
    return {"translation": row, "gate": answer, "mine": mine, "found": found, "open": answer.allowed and not mine and not found}


@login_required
@require_GET
def reuse(request: HttpRequest, key: str, market: str) -> HttpResponse:
    """The message for one market: both texts, what differs, and what to do."""
    return _page(request, key, market)


def _refused(request: HttpRequest, act: str, key: str, market: str, refused: Refusal, **more: Any) -> HttpResponse:
    record_refusal(request.reader.person, act, f"{key} {market}", refused)
    return _page(request, key, market, status=refused.status, problem=refused, **more)


@login_required
@require_POST
def reuse_ask(request: HttpRequest, key: str, market: str) -> HttpResponse:
    """Sign live, or ask the reviewers of the differences; a refusal is told on the page and nothing else is written."""
    message = _message(request, key)
    account = _account(request, message, market)
    seen, adapted = request.POST.get("seen", ""), request.POST.get("adapted", "")[:MOST]
    try:
        kept = flow.ask(request.reader.person, message, account, secret_of(request), seen, request.reader.now, adapted=adapted)
    except Refusal as refused:
        return _refused(request, "reuse", key, market, refused)
    return HttpResponseRedirect(reverse("reuse-proof", args=[kept.pk]))


@login_required
@require_POST
def reuse_translate(request: HttpRequest, key: str, market: str) -> HttpResponse:
    """Keep a translation; what was typed stays in its fields when it is refused."""
    message = _message(request, key)
    _account(request, message, market)
    source = translate.pieces_of(message)
    typed = [request.POST.get(f"piece-{number}", "") for number in range(len(source))]
    lang = travel.language_there(message, market)
    try:
        translate.save_translation(request.reader.person, message, market, lang, typed, request.reader.now)
    except Refusal as refused:
        return _refused(request, "translation.write", key, market, refused, typed=typed)
    return HttpResponseRedirect(f"{reverse('reuse', args=[key, market])}#words")


@login_required
@require_POST
def reuse_certify(request: HttpRequest, key: str, market: str) -> HttpResponse:
    """Certify every sentence of the newest translation with the secret in this request."""
    message = _message(request, key)
    _account(request, message, market)
    row = reuses.newest_translation(message, market, travel.language_there(message, market))
    if row is None:
        raise Http404
    ticked = [int(one) for one in request.POST.getlist("sentence") if one.isascii() and one.isdecimal() and len(one) < 6]
    try:
        translate.certify(request.reader.person, row, ticked, secret_of(request), request.POST.get("digest", ""), request.reader.now)
    except Refusal as refused:
        return _refused(request, "translation.certify", key, market, refused)
    return HttpResponseRedirect(f"{reverse('reuse', args=[key, market])}#words")


urls = [
    path("reuse/from-others/", reuse_others, name="reuse-others"),
    path("library/<slug:key>/reuse/", reuse_card, name="reuse-card"),
    path("library/<slug:key>/reuse/<slug:market>/", reuse, name="reuse"),
    path("library/<slug:key>/reuse/<slug:market>/ask/", reuse_ask, name="reuse-ask"),
    path("library/<slug:key>/reuse/<slug:market>/translate/", reuse_translate, name="reuse-translate"),
    path("library/<slug:key>/reuse/<slug:market>/certify/", reuse_certify, name="reuse-certify"),
]
