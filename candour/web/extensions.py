"""Letting an approval last longer: asked on the message's page, answered there with a signature."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from candour.flows import extend as flow
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages.extension_queries import extension_for
from candour.web.given import secret_of
from candour.web.library import message_of, message_page


@login_required
@require_POST
def extension_ask(request: HttpRequest, key: str) -> HttpResponse:
    """Ask that the message may be used longer; a refusal is told on its page."""
    found = message_of(request, key)
    try:
        flow.ask(request.reader.person, found, _day(request.POST.get("until", "")), request.POST.get("reason", ""), request.reader.now)
    except Refusal as refused:
        record_refusal(request.reader.person, "extension.ask", key, refused)
        return message_page(request, found, status=refused.status, problem=refused)
    return HttpResponseRedirect(f"{reverse('message', args=[key])}#longer")


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Refusal(_("Choose a day."), status=400) from None


@login_required
@require_POST
def extension_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The reviewer's signed answer."""
    row: Any = extension_for(request.reader.held, pk)
    if row is None:
        raise Http404
    reader, form = request.reader, request.POST
    try:
        flow.decide(reader.person, row, form.get("verdict") == "grant", form.get("answer", ""), secret_of(request), reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "extension.answer", f"{row.message.key}: extension {pk}", refused)
        return message_page(request, message_of(request, row.message.key), status=refused.status, problem=refused)
    return HttpResponseRedirect(f"{reverse('message', args=[row.message.key])}#longer")


urls = [
    path("library/<slug:key>/longer/", extension_ask, name="extension-ask"),
    path("extensions/<int:pk>/answer/", extension_answer, name="extension-answer"),
]
