"""The texts of one message beside each other: which account has which, how long each is there, and the acts that divide them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from candour.core.review import MessageKind
from candour.core.states import DraftState
from candour.flows import variants as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Draft
from candour.people.rights import Place, may
from candour.registry.models import Account
from candour.registry.queries import accounts_by_keys, accounts_visible_to
from candour.web.message_words import DRAFT
from candour.web.previews import Length, length_on
from candour.web.words import Look


@dataclass(frozen=True, slots=True)
class Tab:
    """One text of a message: its draft, how it stands, its words as kept and their length where they go. `here`: it is on this page."""

    draft: Draft
    look: Look
    words: str
    length: Length
    here: bool
    review: int | None = None


def tabs(draft: Draft, reviews: Mapping[int, int] = MappingProxyType({})) -> list[Tab]:
    """Every text of a draft's message that was not given up, the main one first; empty where the message has one text. `reviews`: draft to
    the review its tab leads to."""
    rows = queries.with_progress(queries.texts_of(draft))
    found = [row for row in rows if row.state != DraftState.WITHDRAWN or row.pk == draft.pk]
    return [_tab(row, draft, reviews.get(row.pk)) for row in found] if len(found) > 1 else []


def _tab(row: Draft, draft: Draft, review: int | None) -> Tab:
    return Tab(row, DRAFT[row.state], row.words, length_on(row.account.network, row.words), row.pk == draft.pk, review)


def accounts_without(request: HttpRequest, draft: Draft) -> list[Account]:
    """Accounts to which the reader may give a text of its own beside this main one, those it goes to first."""
    if draft.variant_of_id is not None or draft.kind not in flow.KINDS or draft.state not in flow.OPEN:
        return []
    held = request.reader.held  # type: ignore[attr-defined]
    taken = {draft.account_id, *(row.account_id for row in queries.variants_of(draft))}
    brand = draft.product.brand.key if draft.product else None
    rows = accounts_visible_to(held).filter(retired_at=None, market=draft.market).exclude(pk__in=taken).order_by("network", "handle")
    fit = [one for one in rows if may(held, "draft.write", Place(one.market, brand, one.key))]
    return sorted(fit, key=lambda one: one.key not in draft.also)


def other_messages(request: HttpRequest, message: ApprovedMessage) -> list[ApprovedMessage]:
    """The other approved texts of the same message that the reader may see."""
    if message.draft is None or message.kind not in (MessageKind.POST, MessageKind.HOLDING_STATEMENT):
        return []
    rows = queries.library_visible_to(request.reader.held)  # type: ignore[attr-defined]
    return list(rows.filter(draft__in=queries.texts_of(message.draft).exclude(pk=message.draft_id).order_by()))


def versions_on_page(request: HttpRequest, draft: Draft, number: int) -> dict[int, int]:
    """Draft to its version on the reader's page, for every text that is submitted along with this one."""
    given = ((text.pk, request.POST.get(f"version-{text.pk}", "")) for text in flow.to_submit(draft))
    found = {pk: int(words) for pk, words in given if words.isdecimal() and len(words) < 10}
    return found | {draft.pk: number}


def _draft(request: HttpRequest, pk: int) -> Draft:
    found = queries.draft_for(request.reader.held, pk)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _number(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else -1


@login_required
@require_POST
def variant_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a text of its own and open it; a refusal is told on a page and nothing is written."""
    found, reader = _draft(request, pk), request.reader  # type: ignore[attr-defined]
    account = accounts_by_keys([request.POST.get("account", "")]).first()
    try:
        if account is None:
            raise Refusal(_("Choose an account of this market."), status=400)
        variant = flow.give(reader.person, found, account, _number(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "draft.variant", f"draft {pk}", refused)
        raise
    return HttpResponseRedirect(reverse("draft", args=[variant.pk]))


@login_required
@require_POST
def variant_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a text of its own and open the main one."""
    found, reader = _draft(request, pk), request.reader  # type: ignore[attr-defined]
    try:
        main = flow.give_up(reader.person, found, _number(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "draft.variant_end", f"draft {pk}", refused)
        raise
    return HttpResponseRedirect(reverse("draft", args=[main.pk]))


@login_required
@require_POST
def variant_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over window and picture of the main text and show the draft again."""
    found, reader = _draft(request, pk), request.reader  # type: ignore[attr-defined]
    try:
        flow.follow(reader.person, found, _number(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "draft.save", f"draft {pk}", refused)
        raise
    return HttpResponseRedirect(reverse("draft", args=[pk]))


urls = [
    path("drafts/<int:pk>/texts/", variant_give, name="draft-variant"),
    path("drafts/<int:pk>/give-up/", variant_give_up, name="draft-variant-end"),
    path("drafts/<int:pk>/follow/", variant_follow, name="draft-variant-follow"),
]
