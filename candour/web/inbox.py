"""The inbox: rows by the nearest clock, a preview beside them, and the pill that tells of new ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from candour.cases import queries as cases
from candour.cases.models import Duty, Happening
from candour.core.states import DutyState
from candour.core.terms import RECEIPT_DUTIES
from candour.listening import queries as listening
from candour.people.counts import CappedCounts
from candour.people.models import User
from candour.people.rights import Held, Place, markets_for, may
from candour.registry.queries import markets
from candour.web import inbox_rows
from candour.web.capture import Capture, from_evidence, from_version
from candour.web.inbox_rows import Cursor, Filters, Row
from candour.web.words import DUTY, RECEIVER

TAB_NAMES: dict[str, str | Promise] = {
    "nearest": _("Nearest clock"),
    "safety": _("Safety first"),
    "questions": _("Questions"),
    "receipt": _("Waiting for receipt"),
    "judge": _("To judge"),
    "second": _("Second look"),
}
STATE_NAMES: dict[str, str | Promise] = {"": _("Open"), "mine": _("Mine"), "nobody": _("Unassigned")}
#: What people say most often when a finding is not so; free words are possible beside them.
NOT_SO = (
    pgettext_lazy("not so", "no reaction described"),
    pgettext_lazy("not so", "not our product"),
    pgettext_lazy("not so", "a joke or a figure of speech"),
    pgettext_lazy("not so", "quotes somebody else"),
)
LAST_HAPPENINGS = 3


class Tab(NamedTuple):
    name: str
    label: str | Promise
    count: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty with its reason and what may be done about it now."""

    duty: Duty
    reason: object
    receiver: str | Promise

    @property
    def open(self) -> bool:
        return self.duty.state == DutyState.OPEN

    @property
    def to_judge(self) -> bool:
        return self.duty.state in (DutyState.OPEN, DutyState.NOTED)

    @property
    def ended(self) -> bool:
        return self.duty.state in (DutyState.RECEIPTED, DutyState.DISMISSED)


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands beside the list: the row in full with everything that can be done with it."""

    row: Row
    capture: Capture
    duties: list[DutyLine]
    hand_over: DutyLine | None
    earlier: int
    happenings: list[Happening]
    people: Sequence[User]
    rights: dict[str, bool]


def counted(number: int) -> str:
    return f"{cases.COUNTED - 1}+" if number >= cases.COUNTED else str(number)


@lru_cache(maxsize=500)  # building these queries costs more than asking them
def _queues(held: tuple[Held, ...], filters: Filters, me: int) -> CappedCounts:
    """The question for all counts of these tabs at once; the same for a reader as long as grants and filters are."""
    found: list[tuple[str, QuerySet[Any]]] = []
    for name in TAB_NAMES:
        asked = Filters(name, filters.market, filters.duty, filters.state)
        found += [(name, inbox_rows.case_queue(held, asked, me))] if name in inbox_rows.CASE_TABS else []
        found += [(name, inbox_rows.post_queue(held, asked))] if name in inbox_rows.POST_TABS else []
    return CappedCounts(found, cases.COUNTED)


def tabs(held: Sequence[Held], filters: Filters, me: User) -> list[Tab]:
    """The queues with their counts, counted no further than 99; one query."""
    count = _queues(tuple(held), replace(filters, tab=""), me.pk).ask()
    return [
        Tab(name, label, counted(count.get(name, 0)), filters.address(tab=name), name == filters.tab) for name, label in TAB_NAMES.items()
    ]


def duty_lines(duties: Sequence[Duty], capture: Capture) -> list[DutyLine]:
    return [DutyLine(duty, capture.reason_for(duty.kind), RECEIVER.get(duty.kind, "")) for duty in duties]


def rights_at(held: Sequence[Held], place: Place) -> dict[str, bool]:
    """The acts of this screen that the reader's functions allow there; certificates are asked for at the act."""
    names = {"triage": "case.triage", "reply": "case.reply", "hand_over": "case.hand_over", "assign": "case.assign", "close": "case.close"}
    return {name: may(held, act, Place(place.market)) for name, act in names.items()}


def preview(held: Sequence[Held], row: Row, now: datetime) -> Preview:
    """Everything the preview shows, in a fixed number of queries."""
    if row.case is None:
        capture = from_version(row.version, listening.findings_of([row.version.pk]).get(row.version.pk, []), row.author)
        return Preview(row, capture, [], None, 0, [], [], rights_at(held, listening.place_of(row.version)))
    kept = cases.first_evidence([row.case]).get(row.case.pk)
    capture = from_evidence(kept.data if kept else {"gone": True})
    lines = duty_lines(row.duties, capture)
    return Preview(
        row=row,
        capture=capture,
        duties=[line for line in lines if line.duty.state != DutyState.DISMISSED],
        hand_over=next((line for line in lines if line.open and line.duty.kind in RECEIPT_DUTIES), None),
        earlier=len(cases.earlier_cases(row.case, held)),
        happenings=cases.happenings_of(row.case)[: -LAST_HAPPENINGS - 1 : -1],
        people=cases.people_for(row.case, now) if may(held, "case.assign", Place(row.market)) else [],
        rights=rights_at(held, cases.place_of(row.case)),
    )


def _markets(held: Sequence[Held]) -> list[Any]:
    allowed = markets_for(held, "case.see")
    return [market for market in markets() if allowed is None or market.code in allowed]


def _chosen(held: Sequence[Held], rows: Sequence[Row], key: str, me: User, now: datetime) -> Row | None:
    wanted = next((row for row in rows if row.key == key), None)
    return wanted or (inbox_rows.one(held, key, me, now) if key else None) or (rows[0] if rows else None)


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The list with the chosen row beside it."""
    reader, filters = request.reader, Filters.read(request.GET)
    page = inbox_rows.page(reader.held, filters, reader.person, reader.now, Cursor.parse(request.GET.get("after", "")))
    row = _chosen(reader.held, page.rows, request.GET.get("row", ""), reader.person, reader.now)
    context = {
        "filters": filters,
        "tabs": tabs(reader.held, filters, reader.person),
        "beats": listening.beats(reader.held, reader.now),
        "rows": page.rows,
        "next_url": filters.address(after=str(page.next)) if page.next else "",
        "after": request.GET.get("after", ""),
        "chosen": row,
        "preview": preview(reader.held, row, reader.now) if row else None,
        "back": filters.address(row=row.key) if row else filters.address(),
        "markets": _markets(reader.held),
        "duties": [(kind, look.label) for kind, look in DUTY.items() if kind != "UNSCREENED"],
        "states": STATE_NAMES.items(),
        "not_so": NOT_SO,
        "since": reader.now.isoformat(),
    }
    return render(request, "inbox.html", context)


@login_required
@require_GET
def row_preview(request: HttpRequest, key: str) -> HttpResponse:
    """The preview of one row alone, for the list's own keys."""
    reader, filters = request.reader, Filters.read(request.GET)
    row = inbox_rows.one(reader.held, key, reader.person, reader.now)
    if row is None:
        raise Http404
    context = {"preview": preview(reader.held, row, reader.now), "back": filters.address(row=key), "not_so": NOT_SO, "chosen": row}
    return render(request, "parts/preview.html", context)


def _new_since(held: Sequence[Held], filters: Filters, me: User, since: datetime) -> int:
    number = 0
    if filters.tab in inbox_rows.CASE_TABS:
        number += cases.capped(inbox_rows.case_queue(held, filters, me).filter(opened_at__gt=since))
    if filters.tab in inbox_rows.POST_TABS:
        number += cases.capped(inbox_rows.post_queue(held, filters).filter(post__first_heard_at__gt=since))
    return min(number, cases.COUNTED)


@login_required
@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """How many rows came since the page was made, as a pill; answers 304 while nothing changed, so that polling costs little."""
    reader, filters = request.reader, Filters.read(request.GET)
    try:
        since = parse_datetime(request.GET.get("since", "")) or reader.now
    except ValueError:
        since = reader.now
    if since.tzinfo is None:
        since = reader.now
    number = _new_since(reader.held, filters, reader.person, since)
    tag = '"' + hashlib.sha256(f"{filters}{since}{number}{request.LANGUAGE_CODE}".encode()).hexdigest()[:20] + '"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified()
    pill = {"number": number, "count": counted(number), "url": filters.address()}
    response = render(request, "parts/new_pill.html", pill)
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


urls = [
    path("inbox/", inbox, name="inbox"),
    path("inbox/new/", news, name="inbox-new"),
    path("inbox/<slug:key>/", row_preview, name="inbox-row"),
]
