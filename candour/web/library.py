"""The library: every approved message with its standing, and one message with its signatures and what is live of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from candour.core.review import MessageKind
from candour.core.states import ExtensionState, PublicationState
from candour.flows import extend, orders
from candour.flows import publish as flow
from candour.flows.answers import Refusal
from candour.flows.doors import has_connector, is_connected
from candour.flows.exact import accounts_in
from candour.flows.outcome import is_unsettled
from candour.flows.refusals import record_refusal
from candour.insight.message_queries import results_of
from candour.messages import queries
from candour.messages.extension_queries import extensions_of
from candour.messages.models import ApprovedMessage, Drift, Publication
from candour.messages.reuse_queries import usable_in
from candour.messages.withdrawal_queries import withdrawal_of
from candour.people.models import User
from candour.people.rights import Place, may
from candour.registry import queries as registry
from candour.registry.models import Account
from candour.web import older
from candour.web.authority_card import address_of, gate_rows
from candour.web.claim_card import kept_card
from candour.web.diff import LetterSides, letter_sides
from candour.web.market_marks import Group, marks_abroad
from candour.web.message_words import KIND, PUBLICATION, STANDING, language_name, signed_facts
from candour.web.typed_time import typed_instant
from candour.web.variants import other_messages
from candour.web.words import Look

PAGE_SIZE = 40
#: An approval that ends within this time is said to end soon.
SOON = timedelta(days=30)
#: Answers leave from their case, not from here.
_ANSWERS = (MessageKind.REPLY_TEMPLATE, MessageKind.FREE_REPLY)


@dataclass(frozen=True, slots=True)
class Shelf:
    """An approved message as the list shows it. `part` is how much of its time is left (0..1), `soon` that it ends within a month."""

    message: ApprovedMessage
    kind: str | Promise
    standing: str
    look: Look
    since: datetime
    part: float
    soon: bool
    marks: tuple[Group, ...] = ()

    @property
    def travels(self) -> bool:
        """Whether other countries may be asked about: it is in force, and it was not written for one person."""
        return self.standing == "usable" and self.message.kind != MessageKind.FREE_REPLY


@dataclass(frozen=True, slots=True)
class Live:
    """One publication with its look and, where it drifted, both texts with their letters marked. `ask`: only a person can settle it;
    `unsettled`: it did not leave and nobody has said anything to it."""

    publication: Publication
    look: Look
    drifts: tuple[tuple[Drift, LetterSides], ...]
    ask: bool
    unsettled: bool


def shelf(message: ApprovedMessage, now: datetime, marks: Sequence[Group] = ()) -> Shelf:
    """The standing of a message at an instant, with what is on record of other markets."""
    state, since = queries.usable(message, now)
    whole = (message.valid_until - message.valid_from).total_seconds() or 1
    part = min(max((message.valid_until - now).total_seconds() / whole, 0.0), 1.0)
    soon = state == "usable" and message.valid_until - now <= SOON
    return Shelf(message, KIND.get(message.kind, message.kind), state, STANDING[state], since, part, soon, tuple(marks))


def _chosen(asked: QueryDict) -> dict[str, str]:
    """The filters; the text's language is `text_lang` in the address, since `lang` is the screen's own language."""
    chosen = {name: asked.get(name, "").strip()[:300] for name in ("q", "kind", "market", "state", "usable_in")}
    return chosen | {"lang": asked.get("text_lang", "").strip()[:12]}


@login_required
@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """What may be said: search, filters, and for each text whether it may be used now."""
    now, chosen = request.reader.now, _chosen(request.GET)
    every = queries.library_visible_to(request.reader.held)
    found = every.filter(**{name: chosen[name] for name in ("kind", "market", "lang") if chosen[name]})
    found = queries.in_state(found, chosen["state"], now)
    if chosen["usable_in"]:
        found = usable_in(found, chosen["usable_in"], now)
    if chosen["q"]:
        found = queries.found_in(found, chosen["q"].replace("\x00", ""))
    rows, further = older.page(found, "valid_from", request.GET.get("before", ""), PAGE_SIZE)
    abroad = marks_abroad(rows, now)
    rest = request.GET.copy()
    rest.pop("before", None)
    context = {
        "further": further,
        "pauses": queries.running_pauses(),
        "shelves": [shelf(message, now, abroad[message.pk]) for message in rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "rest": rest.urlencode(),
        "kinds": KIND.items(),
        "states": [(state, look.label) for state, look in STANDING.items()],
        "markets": _values(every, "market"),
        "everywhere": registry.markets(),
        "langs": [(code, language_name(code)) for code in _values(every, "lang")],
    }
    return render(request, "library.html", context)


def _values(messages: Any, field: str) -> list[str]:
    return sorted(set(messages.order_by().values_list(field, flat=True).distinct()))


# one message


def message_of(request: HttpRequest, key: str) -> ApprovedMessage:
    """The message, or 404 when there is none for this reader."""
    found = queries.message_for(request.reader.held, key)
    if found is None:
        raise Http404
    return found


def _may(request: HttpRequest, act: str, message: ApprovedMessage) -> bool:
    place = queries.place_of(message)
    return may(request.reader.held, act, Place(place.market, place.brand, place.account))


def _live(message: ApprovedMessage) -> list[Live]:
    return [
        Live(
            row,
            PUBLICATION[row.state],
            tuple((drift, letter_sides(drift.signed_text, drift.seen_text)) for drift in row.drifts.all()),
            flow.waits_for_person(row),
            is_unsettled(row),
        )
        for row in queries.publications_of(message)
    ]


@dataclass(frozen=True, slots=True)
class Destination:
    """An account the message was signed for: whether we can speak as it now, and whether the message is there or on its way."""

    account: Account
    connected: bool
    out: bool
    by_hand: bool


def accounts_of_message(message: ApprovedMessage) -> QuerySet[Account]:
    """The accounts its signatures name, the first one first."""
    return registry.accounts_by_keys(accounts_in(bytes(message.exact)))


def _destinations(message: ApprovedMessage, lives: list[Live]) -> list[Destination]:
    standing = {PublicationState.TAKEN_BACK, PublicationState.TAKEN_DOWN, PublicationState.FAILED}
    out = {live.publication.account_id for live in lives if live.publication.state not in standing}
    return [
        Destination(account, is_connected(account), account.pk in out, not has_connector(account.network))
        for account in accounts_of_message(message)
    ]


def message_page(request: HttpRequest, found: ApprovedMessage, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of one message."""
    now = request.reader.now
    lives = _live(found)
    context = {
        "message": found,
        "shelf": shelf(found, now),
        "facts": signed_facts(bytes(found.exact), found.product),
        "signatures": queries.signatures_on(found),
        "standing": queries.standing_beside(found),
        "lives": lives,
        "destinations": _destinations(found, lives),
        "why_not": flow.not_sendable(found, now),
        "publishers": queries.publishers_of(found, now) if _may(request, "draft.publish", found) else [],
        "published_here": found.kind not in _ANSWERS,
        "may_publish": _may(request, "draft.publish", found),
        "longer": _longer(request, found),
        "results": results_of(found, now),
        "texts": other_messages(request, found),
        "claims": kept_card(found.version) if found.version else None,
        "may_withdraw": _may(request, "message.withdraw", found),
        "withdrawal": withdrawal_of(found) if found.withdrawn_at else None,
        "may_close": _may(request, "drift.close", found),
        "may_draft": _may(request, "draft.write", found),
        "may_inspect": found.kind != MessageKind.FREE_REPLY and _may(request, "message.inspect", found),
        "embargoes": queries.embargoes_of(found.draft) if found.draft else [],
        "zone": str(timezone.get_current_timezone()),
        "gates": gate_rows(request, found),
        "gates_at": address_of(found),
    }
    return render(request, "message.html", context | more, status=status)


def _longer(request: HttpRequest, found: ApprovedMessage) -> dict[str, Any]:
    """Requests for a longer approval, and whether the reader may answer or ask."""
    rows = extensions_of(found)
    asked = any(row.state == ExtensionState.ASKED for row in rows)
    why_not = extend.why_not(found, request.reader.now)
    soon = found.valid_until - request.reader.now <= extend.ASKED_FROM
    may_ask = soon and not asked and found.withdrawn_at is None and found.kind != MessageKind.FREE_REPLY
    return {
        "rows": [(row, row.state == ExtensionState.ASKED and _may(request, f"seal.{row.role}", found)) for row in rows],
        "why_not": why_not,
        "may_ask": may_ask and _may(request, "draft.write", found),
    }


@login_required
@require_GET
def message(request: HttpRequest, key: str) -> HttpResponse:
    """One approved message: exact text, who signed what when, where it stands and what is seen there."""
    return message_page(request, message_of(request, key))


@login_required
@require_POST
def message_inspect(request: HttpRequest, key: str) -> HttpResponse:
    """Take the inspection pack, or its paper alone; a refusal is told on the page."""
    found, reader = message_of(request, key), request.reader
    try:
        pack = orders.inspect(reader.person, key, reader.now, request.POST.get("purpose", ""))
    except Refusal as refused:
        return message_page(request, found, status=refused.status, problem=refused)
    paper = bool(request.POST.get("paper"))
    answer = HttpResponse(pack.paper if paper else pack.archive(), content_type="application/pdf" if paper else "application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{pack.name}.{"pdf" if paper else "zip"}"'
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def message_publish(request: HttpRequest, key: str) -> HttpResponse:
    """Put the message on its way to the account it was signed for, now or at a time; a refusal is told on the page."""
    found = message_of(request, key)
    try:
        account = accounts_of_message(found).filter(key=request.POST.get("account", "")).first()
        if account is None:
            raise Refusal(_("Choose an account that the message was signed for."), status=400)
        due_at, hand_to = typed_instant(request.POST.get("due_at", "")), _named(request, found)
        flow.publish(request.reader.person, found, account, request.reader.now, due_at=due_at, hand_to=hand_to)
    except Refusal as refused:
        record_refusal(request.reader.person, "message.publish", key, refused)
        return message_page(request, found, status=refused.status, problem=refused)
    return HttpResponseRedirect(f"{reverse('message', args=[key])}#live")


def _named(request: HttpRequest, found: ApprovedMessage) -> User | None:
    """The person named to publish by hand; None when nobody fit was named."""
    people = queries.publishers_of(found, request.reader.now)
    return next((person for person in people if str(person.pk) == request.POST.get("hand_to", "")), None)


def _settle(request: HttpRequest, pk: int, act: str, settle: Callable[[Publication], object]) -> HttpResponse:
    """A person's decision on a publication of a message they may see; a refusal is told on the message's page."""
    found = queries.publication_for(request.reader.held, pk)
    if found is None:
        raise Http404
    key = found.message.key
    try:
        settle(found)
    except Refusal as refused:
        record_refusal(request.reader.person, act, f"{key}: publication {pk}", refused)
        return message_page(request, message_of(request, key), status=refused.status, problem=refused)
    reply = getattr(found, "reply", None)
    return HttpResponseRedirect(reverse("case", args=[reply.case.number]) if reply else f"{reverse('message', args=[key])}#live")


@login_required
@require_POST
def publication_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what still waits for its time."""
    reader = request.reader
    return _settle(request, pk, "publication.take_back", lambda row: flow.take_back(reader.person, row, reader.now))


@login_required
@require_POST
def publication_try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an outcome nobody knows be found out once more, under the same key."""
    reader = request.reader
    return _settle(request, pk, "publication.try_again", lambda row: flow.try_again(reader.person, row, reader.now))


@login_required
@require_POST
def publication_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Say after a look that it does not stand there; the message may then be ordered anew."""
    reader, reason = request.reader, request.POST.get("reason", "")
    return _settle(request, pk, "publication.give_up", lambda row: flow.give_up(reader.person, row, reason, reader.now))


@login_required
@require_POST
def drift_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a drift with a reason; without one the page says so and the drift stays open."""
    found = queries.drift_for(request.reader.held, pk)
    if found is None:
        raise Http404
    key = found.publication.message.key
    try:
        flow.close_drift(request.reader.person, found, request.POST.get("reason", ""), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "drift.close", key, refused)
        return message_page(request, message_of(request, key), status=refused.status, problem=refused)
    return HttpResponseRedirect(f"{reverse('message', args=[key])}#live")


urls = [
    path("library/", library, name="library"),
    path("library/<slug:key>/", message, name="message"),
    path("library/<slug:key>/inspection/", message_inspect, name="message-inspect"),
    path("library/<slug:key>/publish/", message_publish, name="message-publish"),
    path("publications/<int:pk>/take-back/", publication_take_back, name="publication-take-back"),
    path("publications/<int:pk>/try-again/", publication_try_again, name="publication-try-again"),
    path("publications/<int:pk>/give-up/", publication_give_up, name="publication-give-up"),
    path("drifts/<int:pk>/close/", drift_close, name="drift-close"),
]
