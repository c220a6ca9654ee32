"""Authorities: what is owed to them, what waits at a gate, the monthly files, and the entries of one text with the form for the next."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candour.flows import authority, authority_files
from candour.flows.answers import Refusal
from candour.flows.authority import Thing
from candour.flows.refusals import record_refusal
from candour.messages import authority_queries, queries
from candour.messages.models import ApprovedMessage, Draft, FilingDuty
from candour.packs.gates import AuthorityFile, gate
from candour.people.rights import Place, markets_for, may
from candour.registry import queries as registry
from candour.registry.models import Market
from candour.web.authority_card import address_of, gate_rows

#: Months of files the page offers, the running one first.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Owed:
    """A submission that is owed since a day."""

    duty: FilingDuty
    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """The monthly files of one market: the file's name and the months, as written in an address and as days to read."""

    market: Market
    file: AuthorityFile
    title: str
    months: tuple[tuple[str, date], ...]


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What is owed, what waits, and the files to take along."""
    held, now = request.reader.held, request.reader.now
    allowed = markets_for(held, "authority.see")
    if allowed is not None and not allowed:
        raise Http404
    context = {
        "owed": [Owed(row, gate(row.gate, row.market).name(_language()), row.first_used) for row in _owed(request)],
        "waiting": [(row.message, [(one, one.asked.gate.name(_language())) for one in row.closed]) for row in authority.waiting(held, now)],
        "shelves": [row for market in registry.markets() if allowed is None or market.code in allowed if (row := _shelf(market, now))],
        "more": authority.MOST,
    }
    return render(request, "authority.html", context)


def _owed(request: HttpRequest) -> list[FilingDuty]:
    return list(authority_queries.owed_visible_to(request.reader.held)[: authority.MOST])


def _language() -> str:
    return (get_language() or "en")[:2]


def _shelf(market: Market, now: datetime) -> Shelf | None:
    wanted = authority_files.file_of(market.code, now)
    if wanted is None:
        return None
    day, months = registry.market_day(market.code, now).replace(day=1), []
    for _month in range(MONTHS):
        months.append((f"{day:%Y-%m}", day))
        day = day.replace(year=day.year - (day.month == 1), month=day.month - 1 or 12)
    return Shelf(market, wanted, wanted.name(_language()), tuple(months))


# the entries of one text


def _message(request: HttpRequest, key: str) -> ApprovedMessage:
    found = queries.message_for(request.reader.held, key)
    if found is None:
        raise Http404
    return found


def _draft(request: HttpRequest, pk: int) -> Draft:
    found = queries.draft_for(request.reader.held, pk)
    if found is None:
        raise Http404
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_message(request: HttpRequest, key: str) -> HttpResponse:
    """The entries of an approved message; sent as a form, one more."""
    return _entries(request, _message(request, key))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The entries of a draft, for the text as it is saved; sent as a form, one more."""
    return _entries(request, _draft(request, pk))


def _entries(request: HttpRequest, thing: Thing) -> HttpResponse:
    if request.method != "POST":
        return _text_page(request, thing)
    return _do(request, thing, "authority.enter", lambda: _enter(request, thing))


def _enter(request: HttpRequest, thing: Thing) -> None:
    given = request.POST
    authority.enter(
        request.reader.person,
        thing,
        given.get("gate", ""),
        given.get("market", ""),
        given.get("number", ""),
        _typed_day(given.get("given_on", "")),
        request.reader.now,
        valid_until=_typed_day(given.get("valid_until", "")),
        note=given.get("note", ""),
        document_sha256=given.get("document_sha256", ""),
    )


def _typed_day(words: str) -> date | None:
    try:
        return date.fromisoformat(words.strip()) if words.strip() else None
    except ValueError:
        raise Refusal(_("That is no day; write it like 2026-11-26."), status=400) from None


def _do(request: HttpRequest, thing: Thing, act: str, do: Callable[[], object]) -> HttpResponse:
    """Do it and lead back to the text's page of entries; a refusal is told there, and on record."""
    try:
        do()
    except Refusal as refused:
        record_refusal(request.reader.person, act, getattr(thing, "key", str(thing.pk)), refused)
        return _text_page(request, thing, refused)
    return HttpResponseRedirect(address_of(thing))


def _text_page(request: HttpRequest, thing: Thing, problem: Refusal | None = None) -> HttpResponse:
    is_draft = isinstance(thing, Draft)
    context: dict[str, Any] = {
        "thing": thing,
        "text": queries.newest_version(thing).text if is_draft else thing.text,
        "back": reverse("draft", args=[thing.pk]) if is_draft else reverse("message", args=[thing.key]),
        "is_draft": is_draft,
        "gates": gate_rows(request, thing),
        "gates_at": address_of(thing),
        "whole": True,
        "problem": problem,
    }
    return render(request, "authority_text.html", context, status=problem.status if problem else 200)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that an entry no longer stands."""
    found = authority_queries.entry_for(request.reader.held, pk)
    if found is None:
        raise Http404
    entry, thing = found
    reason = request.POST.get("reason", "")
    return _do(request, thing, "authority.withdraw", lambda: authority.withdraw(request.reader.person, entry, reason, request.reader.now))


# the monthly files


@login_required
@require_safe
def monthly(request: HttpRequest, market: str, month: str) -> HttpResponse:
    """The files of a market and month: all of them in one archive, or with ?paper=1 the PDF alone."""
    if not may(request.reader.held, "authority.see", Place(market)):
        raise Http404
    try:
        made = authority_files.listing(market, month, request.reader.now)
    except Refusal as refused:
        raise Http404 from refused
    found = authority_files.bundle(made)
    if request.GET.get("paper"):
        name = f"{made.name}.pdf"
        return _download(found[name], name, "application/pdf")
    return _download(_archive(found), f"{made.name}.zip", "application/zip")


def _archive(found: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


urls = [
    path("authority/", page, name="authority"),
    path("authority/<slug:market>/<slug:month>/", monthly, name="authority-file"),
    path("authority/entries/<int:pk>/withdraw/", withdraw, name="authority-withdraw"),
    path("library/<slug:key>/authority/", of_message, name="message-authority"),
    path("drafts/<int:pk>/authority/", of_draft, name="draft-authority"),
]
