"""Withdrawing: what it reaches is shown first; then a signed act, and a page on which each destination's outcome is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candour.core.review import MessageKind
from candour.core.states import StepState
from candour.flows import withdraw as flow
from candour.flows.answers import Refusal
from candour.flows.gate import Answer, may_act_at
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages import withdrawal_queries as withdrawals_read
from candour.messages.claim_queries import claim_for
from candour.messages.models import ApprovedMessage, Draft, Publication, Withdrawal, WithdrawalStep
from candour.people.rights import Place, may
from candour.registry import queries as registry
from candour.registry.models import Product
from candour.web import older
from candour.web.given import secret_of
from candour.web.message_words import KIND, PUBLICATION
from candour.web.words import Look

PAGE_SIZE = 40
STEP: dict[str, Look] = {
    StepState.AHEAD: Look(pgettext_lazy("withdrawal", "under way"), "review", "clock"),
    StepState.WITH_PERSON: Look(pgettext_lazy("withdrawal", "with a person"), "review", "user"),
    StepState.DONE: Look(pgettext_lazy("withdrawal", "done"), "approved", "check"),
    StepState.NOT_NEEDED: Look(pgettext_lazy("withdrawal", "not needed"), "off", "check"),
    StepState.LEFT: Look(pgettext_lazy("withdrawal", "stays"), "blocked", "warning"),
}
ACT: dict[str, str | Promise] = {
    "void": _("Approval ended"),
    "stop": _("Review stopped"),
    "look": _("Draft to be looked at"),
    "take_back": _("Taken back before it leaves"),
    "take_down": _("Taken down"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that is reached, as a line: a link only where the reader may open it."""

    title: str
    market: str
    url: str
    kind: str | Promise = ""
    look: Look | None = None
    account: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    """Things that meet the same fate: what happens to them, and how many there are."""

    title: str | Promise
    rows: tuple[Named, ...]


def groups_of(request: HttpRequest, reach: flow.Reach) -> list[Group]:
    """The reach in the order of its weight; empty groups are left out."""
    own = [row for row in reach.messages if row.reused_from_id is None]
    reused = [row for row in reach.messages if row.reused_from_id is not None]
    templates = [row for row in own if row.kind == MessageKind.REPLY_TEMPLATE]
    messages = [row for row in own if row.kind != MessageKind.REPLY_TEMPLATE]
    found = [
        Group(_("Live or sent: taken down where the channel can, else a person does it"), _publications(request, reach.standing)),
        Group(_("On their way: found out first, then taken down"), _publications(request, reach.unsettled)),
        Group(_("Scheduled: taken back, nothing leaves"), _publications(request, reach.not_left)),
        Group(_("Approvals that end"), _messages(request, messages)),
        Group(_("Reply templates that can't be used any more"), _messages(request, templates)),
        Group(_("Reuse in other markets that ends with it"), _messages(request, reused)),
        Group(_("Reviews that stop, their seals void"), _drafts(request, reach.reviews)),
        Group(_("Drafts whose owner must look at them"), _drafts(request, reach.written)),
    ]
    return [group for group in found if group.rows]


def _messages(request: HttpRequest, rows: Sequence[ApprovedMessage]) -> tuple[Named, ...]:
    return tuple(
        Named(row.title, row.market, _message_url(request, row), KIND.get(row.kind, row.kind), account=row.account) for row in rows
    )


def _message_url(request: HttpRequest, row: ApprovedMessage) -> str:
    return reverse("message", args=[row.key]) if queries.may_see_message(request.reader.held, row) else ""


def _drafts(request: HttpRequest, rows: Sequence[Draft]) -> tuple[Named, ...]:
    """A draft that the reader may not see is counted, not named."""
    found = []
    for row in rows:
        seen = queries.may_see_draft(request.reader.held, row)
        title, url = (row.title, reverse("draft", args=[row.pk])) if seen else (str(_("A draft")), "")
        found.append(Named(title, row.market, url, KIND.get(row.kind, row.kind), account=row.account if seen else None))
    return tuple(found)


def _publications(request: HttpRequest, rows: Sequence[Publication]) -> tuple[Named, ...]:
    return tuple(
        Named(row.message.title, row.account.market, _message_url(request, row.message), look=PUBLICATION[row.state], account=row.account)
        for row in rows
    )


def _confirm(request: HttpRequest, cause: flow.Cause, back: str, *, status: int = 200, **more: Any) -> HttpResponse:
    now = request.reader.now
    reach = flow.reach_of(cause, now)
    context = {
        "cause": cause,
        "groups": groups_of(request, reach),
        "seen": reach.seen,
        "back": back,
        "withdrawn": any(one is not None and one.withdrawn_at is not None for one in (cause.message, cause.claim)),
        "gate": _gate(request, cause),
    }
    return render(request, "withdraw.html", context | more, status=status)


def _gate(request: HttpRequest, cause: flow.Cause) -> Answer:
    """The first place in which the reader may not withdraw, else that they may."""
    gates = [may_act_at(request.reader.person, "message.withdraw", place, request.reader.now) for place in cause.places]
    return next((gate for gate in gates if not gate.allowed), Answer(True))


def _do(request: HttpRequest, cause: flow.Cause, back: str, **more: Any) -> HttpResponse:
    """Show what it reaches; posted, do it. A refusal is told on the page, which shows the reach anew."""
    if request.method != "POST":
        return _confirm(request, cause, back, **more)
    reader, form = request.reader, request.POST
    try:
        row = flow.begin(reader.person, cause, form.get("reason", ""), secret_of(request), form.get("seen", ""), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "message.withdraw", cause.name, refused)
        return _confirm(request, cause, back, status=refused.status, problem=refused, **more)
    return HttpResponseRedirect(reverse("withdrawal", args=[row.pk]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def message_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw an approved message, with the other texts it has unless only this one is asked for, and everything that stands on it."""
    found = queries.message_for(request.reader.held, key)
    if found is None:
        raise Http404
    several = withdrawals_read.has_texts_beside(found)
    only = (request.POST if request.method == "POST" else request.GET).get("only") == "1"
    cause = flow.of_message(found, whole=several and not only)
    return _do(request, cause, reverse("message", args=[key]), several=several)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw a claim and everything that says it."""
    found = claim_for(request.reader.held, number)
    if found is None:
        raise Http404
    return _do(request, flow.of_claim(found), reverse("claim", args=[number]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def label_changed(request: HttpRequest, product: str, market: str) -> HttpResponse:
    """Say that the label of a product changed in a market: every text that stands on it is taken out of use."""
    found = _product(request, product, market)
    return _do(request, flow.of_label(found, market), f"{reverse('registry')}?tab=products")


def _product(request: HttpRequest, key: str, market: str) -> Product:
    found = next((row for row in registry.products() if row.key == key), None)
    place = registry.market(market)
    if found is None or place is None or not may(request.reader.held, "library.see", Place(market, found.brand.key, None)):
        raise Http404
    return found


# how far it is


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as it is read. `may_settle`: it waits for a person and the reader may answer it."""

    step: WithdrawalStep
    act: str | Promise
    look: Look
    title: str
    url: str
    may_settle: bool


def _shown(request: HttpRequest, step: WithdrawalStep) -> Shown:
    held, draft = request.reader.held, step.draft
    right, place = flow.right_of(step)
    waits = step.state == StepState.WITH_PERSON
    if draft is not None:
        seen = queries.may_see_draft(held, draft)
        title, url = (draft.title, reverse("draft", args=[draft.pk])) if seen else (str(_("A draft")), "")
    else:
        title, url = (step.message.title, _message_url(request, step.message)) if step.message else ("", "")
    return Shown(step, ACT.get(step.act, step.act), STEP[step.state], title, url, waits and may(held, right, place))


def _page(request: HttpRequest, row: Withdrawal, *, status: int = 200, **more: Any) -> HttpResponse:
    steps = withdrawals_read.steps_of(row)
    context = {
        "row": row,
        "steps": [_shown(request, step) for step in steps],
        "ended": sum(step.ended_at is not None for step in steps),
        "running": any(step.state == StepState.AHEAD for step in steps),
    }
    return render(request, "withdrawal.html", context | more, status=status)


@login_required
@require_safe
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything one withdrawal reached, and what became of each."""
    found = withdrawals_read.withdrawal_for(request.reader.held, pk)
    if found is None:
        raise Http404
    return _page(request, found)


@login_required
@require_safe
def withdrawals(request: HttpRequest) -> HttpResponse:
    """Every withdrawal of what the reader may see, newest first."""
    rows, further = older.page(
        withdrawals_read.withdrawals_visible_to(request.reader.held), "began_at", request.GET.get("before", ""), PAGE_SIZE
    )
    return render(request, "withdrawals.html", {"rows": rows, "further": further})


@login_required
@require_POST
def withdrawal_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's signed word on one step; a refusal is told on the page."""
    step = withdrawals_read.step_for(request.reader.held, pk)
    if step is None:
        raise Http404
    reader, form = request.reader, request.POST
    try:
        flow.settle(reader.person, step, form.get("words", ""), secret_of(request), reader.now, gone=form.get("stays") != "1")
    except Refusal as refused:
        record_refusal(reader.person, "withdrawal.settle", f"step {pk}", refused)
        found = withdrawals_read.withdrawal_for(reader.held, step.withdrawal_id)
        if found is None:
            raise Http404 from None
        return _page(request, found, status=refused.status, problem=refused)
    return HttpResponseRedirect(reverse("withdrawal", args=[step.withdrawal_id]))


urls = [
    path("library/<slug:key>/withdraw/", message_withdraw, name="message-withdraw"),
    path("claims/<int:number>/withdraw/", claim_withdraw, name="claim-withdraw"),
    path("labels/<slug:product>/<slug:market>/changed/", label_changed, name="label-changed"),
    path("withdrawals/", withdrawals, name="withdrawals"),
    path("withdrawals/<int:pk>/", withdrawal, name="withdrawal"),
    path("withdrawals/steps/<int:pk>/settle/", withdrawal_settle, name="withdrawal-settle"),
]
