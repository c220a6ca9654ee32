"""Home by role: what runs out, what waits for the reader, their certificate, and what is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_safe

from candour.assurance.queries import notices_of
from candour.core.rights import functions_for
from candour.core.states import DraftState
from candour.insight import queries
from candour.insight.queries import Figure
from candour.people.models import User
from candour.people.rights import Held, Place, may
from candour.web.notices import is_silent, told

#: Functions for whom open cases are work of their own; others see them only among the exceptions.
_CASE_WORK = ("case.triage", "case.reply", "case.assign")
_SEALS = ("seal.medical", "seal.legal", "seal.regulatory")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of exception: the figure in its sentence, what is counted, its rows, and where all of them are."""

    kind: str
    icon: str
    hue: str
    title: str
    meaning: str | Promise
    figure: Figure
    url: str = ""


#: Kind: icon, hue, the sentence for one and for many, and what is counted.
_KINDS: dict[str, tuple[str, str, Promise, Promise]] = {
    "drift": (
        "copy",
        "blocked",
        ngettext_lazy("%(count)s live text differs from what was signed", "%(count)s live texts differ from what was signed", "number"),
        _("Publications whose live text is no longer the signed one and that nobody has closed with a reason."),
    ),
    "receipt": (
        "receipt",
        "safety",
        ngettext_lazy("%(count)s hand-over without receipt", "%(count)s hand-overs without receipt", "number"),
        _("Duties handed over to safety, quality or medical information that the receiver has not confirmed."),
    ),
    "gap": (
        "antenna",
        "review",
        ngettext_lazy("%(count)s source is silent", "%(count)s sources are silent", "number"),
        _("Sources that have not answered within their expected interval and whose gap is open."),
    ),
    "owner": (
        "user",
        "review",
        ngettext_lazy("%(count)s account without owner", "%(count)s accounts without owner", "number"),
        _("Accounts in use that no person answers for."),
    ),
    "lapsed": (
        "training",
        "review",
        ngettext_lazy("%(count)s person without valid certificate", "%(count)s people without valid certificate", "number"),
        _("People who speak or decide for the company and whose certificate has ended or never was."),
    ),
}
_URLS = {"gap": "/sources/", "owner": "/registry/?owner=missing"}


def _holds(held: tuple[Held, ...], *acts: str) -> bool:
    return any(grant.function in functions_for(act) for act in acts for grant in held)


def _trouble(kind: str, figure: Figure) -> Trouble:
    icon, hue, sentence, meaning = _KINDS[kind]
    shown = f"{queries.COUNTED - 1}+" if figure.capped else str(figure.count)
    return Trouble(kind, icon, hue, sentence % {"number": figure.count, "count": shown}, meaning, figure, _URLS.get(kind, ""))


def _troubles(held: tuple[Held, ...], now: datetime) -> list[Trouble]:
    """Exceptions the reader may see, gravest first; a kind without rows is left out."""
    found = {
        "drift": queries.open_drifts(held),
        "receipt": queries.without_receipt(held),
        "gap": queries.open_gaps(held),
        "owner": queries.without_owner(held),
        "lapsed": queries.lapsed_certificates(held, now),
    }
    return [_trouble(kind, figure) for kind, figure in found.items() if figure]


def _figures(held: tuple[Held, ...], me: User) -> dict[str, Figure | None]:
    """The reader's own lists; None for work their functions don't hold."""
    return {
        "cases": queries.my_cases(held, me) if _holds(held, *_CASE_WORK) else None,
        "receipts": queries.my_receipts(held) if _holds(held, *queries.RECEIPT_ACT) else None,
        "reviews": queries.my_reviews(held, me) if _holds(held, *_SEALS) else None,
        "drafts": queries.my_drafts(me) if _holds(held, "draft.write") else None,
    }


def _sections(held: tuple[Held, ...], figures: dict[str, Figure | None]) -> list[str]:
    """The lists of work that this reader holds, what is theirs alone first and what is empty last.

    Who enters receipts and answers nobody begins with the hand-overs: until the receipt no case of theirs can close.
    """
    receives = figures["receipts"] is not None and not _holds(held, "case.reply")
    order = ("receipts", "cases", "reviews", "drafts") if receives else ("cases", "receipts", "reviews", "drafts")
    return sorted((name for name in order if figures[name] is not None), key=lambda name: not figures[name])


def _opened(held: tuple[Held, ...], troubles: list[Trouble], *, has_work: bool) -> str:
    """The exception that stands unfolded: the gravest for those without a queue, a drift for those who write."""
    kinds = [trouble.kind for trouble in troubles]
    if not has_work:
        return kinds[0] if kinds else ""
    return "drift" if "drift" in kinds and _holds(held, "draft.write") else ""


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The reader's own page; every figure stands over its rows."""
    reader = request.reader
    held, me, now = reader.held, reader.person, reader.now
    figures = _figures(held, me)
    cases, drafts, troubles = figures["cases"], figures["drafts"], _troubles(held, now)
    notices = queries.figure(notices_of(me, held))
    has_work = _holds(held, *_CASE_WORK, *queries.RECEIPT_ACT, *_SEALS, "draft.write")
    drifts = next((trouble.figure.count for trouble in troubles if trouble.kind == "drift"), 0)
    context: dict[str, Any] = {
        **figures,
        "sections": _sections(held, figures),
        "late_near": queries.late_and_near(cases.every, now) if cases else (0, 0),
        "sent_back": sum(draft.state == DraftState.CHANGES for draft in drafts.every) if drafts else 0,
        "drifts": drifts if drafts is not None else 0,
        "standing": queries.my_certificate(held, me, now),
        "troubles": troubles,
        "opened": _opened(held, troubles, has_work=has_work),
        "has_work": has_work,
        "notices": notices,
        "notices_told": [told(row) for row in notices.rows],
        "watch_silent": is_silent(now),
        "sees_journal": may(held, "journal.see", Place(market="", brand="", account="")),
        "capped": queries.COUNTED - 1,
    }
    return render(request, "home.html", context)


urls = [path("", home, name="home")]
