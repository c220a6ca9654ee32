"""The questions of the guided start: what each shows, and what becomes of the answer.

A `show` returns the template's context; a `save` acts and returns the address to go to, empty for the next question.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from candour.assurance.actions import CharterFacts
from candour.core.rights import Function
from candour.flows import invitations
from candour.flows import start as flow
from candour.flows.answers import Refusal
from candour.flows.start_state import Progress
from candour.packs.loader import load_market, shipped_markets
from candour.packs.market import MarketPack
from candour.people.models import User
from candour.registry.actions import STATUSES, AccountFacts
from candour.web.given import secret_of
from candour.web.registry import STATUS

#: Rows the screen of people offers at once.
ROWS = 5
NETWORKS = ("newsroom", "bluesky", "mastodon", "instagram", "linkedin", "youtube", "facebook", "x", "tiktok")
#: Functions in the order in which a company usually fills them.
INVITED_AS = (
    Function.COMMUNITY_MANAGER, Function.DRUG_SAFETY, Function.AUTHOR, Function.MEDICAL_REVIEWER, Function.LEGAL_REVIEWER,
    Function.REGULATORY_REVIEWER, Function.MEDICAL_INFORMATION, Function.QUALITY, Function.COUNTRY_LEAD, Function.COE_LEAD,
    Function.AUDITOR, Function.ADMINISTRATOR,
)  # fmt: skip


def typed(request: HttpRequest, **stored: Any) -> dict[str, Any]:
    """What stands in the form: what was typed after a refusal, else what is stored."""
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in stored}
    return {name: "" if value is None else value for name, value in stored.items()}


# 2 to 5: company, market, brand, products.


def _show_company(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    return {"typed": typed(request, name=so_far.company.name if so_far.company else "")}


def _save_company(request: HttpRequest, so_far: Progress) -> str:
    flow.name_company(request.reader.person, request.POST.get("name", ""), request.reader.now)
    return ""


def _pack(request: HttpRequest, so_far: Progress) -> MarketPack:
    """The pack on screen: the one asked for, else the open market's, else the one of the reader's language."""
    offered = shipped_markets()
    asked = request.POST.get("market") or request.GET.get("market") or (so_far.market.code if so_far.market else "")
    return load_market(next((code for code in (asked, request.reader.person.language, "us") if code in offered), offered[0]))


def _show_market(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    pack = _pack(request, so_far)
    row = next((market for market in so_far.markets if market.code == pack.id), None)
    zone = row.timezone if row else pack.calendar.timezone if pack.calendar else ""
    route = row.reporting_route if row else pack.route.reporting_url or pack.route.reporting
    contact = {"phone": row.phone if row else "", "private_contact": row.private_contact if row else ""}
    return {
        "pack": pack,
        "row": row,
        "packs": [load_market(code) for code in shipped_markets()],
        "opened": {market.code for market in so_far.markets},
        "typed": typed(request, timezone=zone, reporting_route=route, **contact),
    }


def _save_market(request: HttpRequest, so_far: Progress) -> str:
    given = request.POST
    facts = flow.MarketFacts(
        given.get("market", "")[:10], given.get("timezone", "").strip(), given.get("reporting_route", ""), given.get("phone", ""),
        given.get("private_contact", ""),
    )  # fmt: skip
    flow.open_market(request.reader.person, facts, secret_of(request), request.reader.now)
    return ""


def _show_brand(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    row = so_far.brand
    return {"typed": typed(request, name=row.name if row else "", area=row.area if row else "")}


def _save_brand(request: HttpRequest, so_far: Progress) -> str:
    flow.name_brand(request.reader.person, request.POST.get("name", ""), request.POST.get("area", ""), request.reader.now)
    return ""


def _show_products(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    first = so_far.brand.name if so_far.brand and not so_far.products else ""
    names = [(product, [name.term for name in product.names.all()]) for product in so_far.products]
    statuses = [(code, STATUS.get(code, code)) for code in STATUSES]
    return {"statuses": statuses, "known": names, "typed": typed(request, name=first, substance="", status="rx", terms="")}


def _save_products(request: HttpRequest, so_far: Progress) -> str:
    given = request.POST
    if so_far.products and not given.get("name", "").strip():
        return ""
    terms = given.get("terms", "")[:4000].splitlines()[:60]
    facts = flow.ProductFacts(given.get("name", ""), given.get("substance", ""), given.get("status", "")[:4], terms)
    flow.add_product(request.reader.person, facts, request.reader.now)
    return reverse("start-step", args=["products"]) if given.get("more") else ""


# 6 to 10: account, people, source, safety, charter.


def _show_account(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    row, code = so_far.account, so_far.market.code if so_far.market else ""
    short = (so_far.company.short if so_far.company else "").lower().replace(" ", "-")
    stored = {
        "network": row.network if row else "newsroom",
        "handle": row.handle if row else f"{short}.{code}",
        "key": row.key if row else f"{short}-{code}",
        "purpose": row.purpose if row else _("News and answers for people in %(market)s") % {"market": so_far.market},
        "ours": ("1" if row.ours else "") if row else "1",
        "ours_reason": row.ours_reason if row else _("We run it and moderate every comment"),
    }
    return {"typed": typed(request, **stored), "networks": NETWORKS, "row": row}


def _save_account(request: HttpRequest, so_far: Progress) -> str:
    given, me = request.POST, request.reader.person
    facts = AccountFacts(
        network=given.get("network", "")[:24],
        handle=given.get("handle", "").strip()[:120],
        market=so_far.market.code if so_far.market else "",
        purpose=given.get("purpose", "").strip()[:300],
        owner=so_far.account.owner if so_far.account else me,
        ours=given.get("ours") == "1",
        ours_reason=given.get("ours_reason", "").strip()[:300],
    )
    flow.open_account(me, facts, given.get("key", ""), request.reader.now)
    return ""


def _rows(request: HttpRequest) -> list[invitations.Row]:
    """The rows that hold anything; the others are empty lines of the form."""
    given = request.POST
    columns = (given.getlist("email"), given.getlist("name"), given.getlist("function"))
    rows = [invitations.Row(email[:254], name[:120], function[:32]) for email, name, function in zip(*columns, strict=False)]
    return [row for row in rows[: invitations.MOST_ROWS] if row.email.strip() or row.name.strip()]


def _show_people(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    rows = _rows(request) if request.method == "POST" else []
    blank = [invitations.Row("", "", function) for function in INVITED_AS[: max(ROWS - len(rows), 1)]]
    waiting = [(person, _address(request, person), invitations.ends_at(person)) for person in invitations.waiting()]
    return {
        "rows": rows + blank,
        "functions": INVITED_AS,
        "waiting": waiting,
        "mail": invitations.mail_is_set(),
    }


def _address(request: HttpRequest, person: User) -> str:
    return request.build_absolute_uri(reverse("welcome", args=[invitations.token_for(person)]))


def _save_people(request: HttpRequest, so_far: Progress) -> str:
    me, now = request.reader.person, request.reader.now
    if again := request.POST.get("renew", ""):
        person = next((one for one in invitations.waiting() if str(one.pk) == again), None)
        if person is not None:
            _mail(request, so_far, [invitations.renew(me, person, now)])
        return reverse("start-step", args=["people"])
    rows = _rows(request)
    if not rows:
        return ""
    invited = invitations.invite(me, rows, so_far.market.code if so_far.market else "", now)
    _mail(request, so_far, [person for person in invited if not person.has_usable_password()])
    return reverse("start-step", args=["people"])


def _mail(request: HttpRequest, so_far: Progress, invited: list[User]) -> None:
    name = so_far.company.name if so_far.company else "Candour"
    for person in invited:
        invitations.send_link(request.reader.person, person, _address(request, person), name)


def _show_source(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    newsroom = so_far.account is not None and so_far.account.network == "newsroom"
    return {"typed": typed(request, kind="newsroom" if newsroom else "feed", address="", origin=""), "newsroom": newsroom}


def _save_source(request: HttpRequest, so_far: Progress) -> str:
    given, kind = request.POST, request.POST.get("kind", "")
    if kind == "keep" and so_far.source is not None:
        return ""
    flow.listen(request.reader.person, kind, given.get("origin" if kind == "file" else "address", ""), request.reader.now)
    return ""


def _show_safety(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    return {"typed": typed(request, address=so_far.safety_address, email="", name=""), "receivers": so_far.receivers}


def _save_safety(request: HttpRequest, so_far: Progress) -> str:
    given = request.POST
    named = given.get("email", "").strip() or given.get("name", "").strip()
    row = invitations.Row(given.get("email", "")[:254], given.get("name", "")[:120], Function.DRUG_SAFETY.value) if named else None
    invited = flow.receive_hand_overs(request.reader.person, given.get("address", "")[:254], row, request.reader.now)
    _mail(request, so_far, [person for person in invited if not person.has_usable_password()])
    return ""


def _proposed(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    """A charter to edit: every sentence can be kept or changed."""
    pack = load_market(so_far.market.code) if so_far.market else None
    words = {
        "brand": so_far.brand,
        "market": so_far.market,
        "minutes": pack.clocks.service_first_reply_minutes if pack else 60,
        "hours": pack.clocks.safety_handover_hours if pack else 24,
    }
    return {
        "name": _("%(brand)s in %(market)s, first ninety days") % words,
        "hypothesis": _(
            "People who write to us about %(brand)s get an approved answer within %(minutes)s minutes of office hours, and every adverse "
            "event reaches drug safety within %(hours)s hours of day 0."
        ) % words,
        "target_group": _("People in %(market)s who write to us or about %(brand)s") % words,
        "accounts": so_far.account.handle if so_far.account else "",
        "daily_cap": 20,
        "stop_rules": _(
            "An adverse event is handed over later than %(hours)s hours after day 0\nA text stands live that nobody signed\n"
            "Somebody without a certificate has answered\nThe daily cap is passed on three days in a row"
        ) % words,
        "measures": _(
            "Hand-overs within the clock, of all\nFirst answers within the promise, of all\nAnswers from approved templates, of all\n"
            "Hours a source was silent"
        ),
        "decision_on": (timezone.localdate(request.reader.now) + timedelta(days=90)).isoformat(),
    }  # fmt: skip


def _show_charter(request: HttpRequest, so_far: Progress) -> dict[str, Any]:
    stored = _proposed(request, so_far)
    if so_far.pilot is not None:
        stored = {name: getattr(so_far.pilot, name) for name in stored} | {"decision_on": so_far.pilot.decision_on.isoformat()}
    return {"typed": typed(request, **stored)}


def _save_charter(request: HttpRequest, so_far: Progress) -> str:
    given = request.POST
    cap = given.get("daily_cap", "")
    facts = CharterFacts(
        name=given.get("name", "").strip()[:120],
        hypothesis=given.get("hypothesis", "").strip()[:2000],
        target_group=given.get("target_group", "").strip()[:200],
        accounts=given.get("accounts", "").strip()[:300],
        daily_cap=int(cap) if cap.isdecimal() and len(cap) < 7 else 0,
        stop_rules=given.get("stop_rules", "").strip()[:2000],
        measures=given.get("measures", "").strip()[:2000],
        decision_on=_day(given.get("decision_on", "")),
    )
    flow.finish(request.reader.person, facts, request.reader.now)
    return ""


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Refusal(_("Enter the day of decision."), status=400) from None


_Show = Callable[[HttpRequest, Progress], dict[str, Any]]
SHOW: dict[str, _Show] = {
    "company": _show_company,
    "market": _show_market,
    "brand": _show_brand,
    "products": _show_products,
    "account": _show_account,
    "people": _show_people,
    "source": _show_source,
    "safety": _show_safety,
    "charter": _show_charter,
}
SAVE: dict[str, Callable[[HttpRequest, Progress], str]] = {
    "company": _save_company,
    "market": _save_market,
    "brand": _save_brand,
    "products": _save_products,
    "account": _save_account,
    "people": _save_people,
    "source": _save_source,
    "safety": _save_safety,
    "charter": _save_charter,
}
