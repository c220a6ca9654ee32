"""The registry: every account in one table, a passport for each, its form, products by market and date, activities, and the export."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from candour.channels.text import harmless_cell
from candour.core.rights import functions_for
from candour.flows import register as flow
from candour.flows.answers import Refusal
from candour.insight import journal_queries, registry_queries
from candour.insight.registry_queries import Filters
from candour.people.models import User
from candour.people.queries import people, who_may
from candour.people.rights import Held, Place, markets_for, may
from candour.registry.actions import AUDIENCES, AccountFacts
from candour.registry.models import Account, Product
from candour.registry.queries import accounts_visible_to, brands, market_day, markets
from candour.web.journal_words import lines_of
from candour.web.words import NETWORK, Look

TABS = ("accounts", "products", "activities")

CONNECTION: dict[str, Look] = {
    "connected": Look(gettext_lazy("Connected"), "approved", "check-circle"),
    "by_hand": Look(gettext_lazy("By hand"), "line", "pencil"),
    "lost": Look(gettext_lazy("Connection lost"), "review", "warning"),
    "not_connected": Look(gettext_lazy("Not connected"), "line", "circle-dashed"),
}
AUDIENCE: dict[str, str | Promise] = {
    "pub": gettext_lazy("Public"),
    "hcp": gettext_lazy("Health professionals"),
    "both": gettext_lazy("Public and professionals"),
}
STATUS: dict[str, str | Promise] = {
    "rx": gettext_lazy("Prescription"),
    "otc": gettext_lazy("Without prescription"),
    "inv": gettext_lazy("Investigational"),
    "dev": gettext_lazy("Device"),
    "none": gettext_lazy("Not on the market"),
}
#: What a passport says about who may do what there.
ACTS_SHOWN: tuple[tuple[str, str | Promise], ...] = (
    ("case.reply", gettext_lazy("Reply")),
    ("draft.write", gettext_lazy("Write")),
    ("draft.publish", gettext_lazy("Publish")),
    ("receipt.safety", gettext_lazy("Receive for drug safety")),
    ("registry.change", gettext_lazy("Change this entry")),
)


def _must_see(held: tuple[Held, ...]) -> None:
    if not any(grant.function in functions_for("registry.see") for grant in held):
        raise Http404


def _filters(request: HttpRequest) -> Filters:
    given = request.GET
    return Filters(
        given.get("market", "")[:8], given.get("network", "")[:24], given.get("owner", "")[:16], given.get("connection", "")[:16],
        given.get("q", "").strip()[:60],
    )  # fmt: skip


def may_change_somewhere(held: tuple[Held, ...]) -> bool:
    """Does the reader hold the right to change the registry in any market?"""
    return may(held, "registry.change", Place())


@login_required
@require_safe
def registry(request: HttpRequest) -> HttpResponse:
    """One of three tables: accounts, products on a day, activities."""
    held, now = request.reader.held, request.reader.now
    _must_see(held)
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "accounts"
    table = {"accounts": _accounts, "products": _products, "activities": _activities}[tab](request, held, now)
    common = {"tab": tab, "changeable": may_change_somewhere(held)}
    return render(request, "registry.html", table | common)


def _accounts(request: HttpRequest, held: tuple[Held, ...], now: datetime) -> dict[str, Any]:
    filters = _filters(request)
    page = registry_queries.accounts_page(held, filters, request.GET.get("after", "")[:80], now)
    narrowed = {name: value for name in ("market", "network", "owner", "connection", "q") if (value := request.GET.get(name))}
    return {
        "page": page,
        "rows": [(row, connection_look(row.account.connection)) for row in page.rows],
        "filters": filters,
        "choices": _choices(held),
        "next": urlencode(narrowed | {"after": page.next}) if page.next else "",
        "sees_cases": any(row.open_cases is not None for row in page.rows),
    }


def _choices(held: tuple[Held, ...]) -> dict[str, Any]:
    offered = registry_queries.choices_of(held)
    return offered | {"connections": [(code, connection_look(code)) for code in offered["connections"]]}


def connection_look(connection: str) -> Look:
    """An unknown state reads as itself, so that it is never taken for a good one."""
    return CONNECTION.get(connection) or Look(connection.replace("_", " ").capitalize(), "review", "warning")


def _day(words: str, now: datetime) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate(now)


def _products(request: HttpRequest, held: tuple[Held, ...], now: datetime) -> dict[str, Any]:
    day, columns = _day(request.GET.get("on", ""), now), list(markets()[:40])
    rows = [
        (row, [(row.statuses.get(market.code), market, _may_mark(held, row.product, market.code)) for market in columns])
        for row in registry_queries.products_on(day)
    ]
    return {"day": day, "columns": columns, "products": rows}


def _may_mark(held: tuple[Held, ...], product: Product, market: str) -> bool:
    """May the reader say that a product's label changed there?"""
    return may(held, "message.withdraw", Place(market, product.brand.key, None))


def _activities(request: HttpRequest, held: tuple[Held, ...], now: datetime) -> dict[str, Any]:
    found = list(registry_queries.activities_visible_to(held)[:200])
    return {"activities": found, "today": timezone.localdate(now)}


def _account_of(held: tuple[Held, ...], key: str) -> Account:
    account = accounts_visible_to(held).filter(key=key).first()
    if account is None:
        raise Http404
    return account


@login_required
@require_safe
def passport(request: HttpRequest, key: str) -> HttpResponse:
    """One account: facts, who may do what there, what it may speak of today, how it is heard, and its life in the journal."""
    held, now = request.reader.held, request.reader.now
    account = _account_of(held, key)
    place, today = Place(account.market, account.brand, account.key), market_day(account.market, now)
    context = {
        "account": account,
        "row": registry_queries.rows_of(held, [account], now)[0],
        "connection": connection_look(account.connection),
        "rights": _rights(place, now),
        "activities": registry_queries.linked_activities(held, account),
        "statuses": registry_queries.statuses_in(account.market, account.brand, today),
        "sources": registry_queries.sources_of(held, account),
        "history": _history(account),
        "changeable": may(held, "registry.change", place),
        "journal_open": may(held, "journal.see", Place(market="", brand="", account="")),
        "today": today,
    }
    return render(request, "passport.html", context)


def _rights(place: Place, now: datetime) -> list[tuple[str | Promise, list[tuple[User, bool]]]]:
    able = who_may([act for act, _label in ACTS_SHOWN], place, now)
    return [(label, able[act]) for act, label in ACTS_SHOWN]


def _history(account: Account) -> list[Any]:
    entries = journal_queries.life_of("registry_account", str(account.pk))
    return lines_of(entries, journal_queries.sealed_among(entry.pk for entry in entries))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register an account in a market where the reader may change the registry."""
    if not may_change_somewhere(request.reader.held):
        raise Refusal(_("You hold no function that may change the registry."), remedy=_("The centre of excellence gives functions."))
    return _form(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Change an account, or whose it is."""
    account = _account_of(request.reader.held, key)
    if not may(request.reader.held, "registry.change", Place(account.market, account.brand, account.key)):
        raise Refusal(_("You hold no function that may change this account."), remedy=_("The centre of excellence gives functions."))
    return _form(request, account)


def _form(request: HttpRequest, account: Account | None) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            saved = _save(request, account)
            return HttpResponseRedirect(reverse("passport", args=[saved.key]))
        except Refusal as error:
            refusal = error
    return render(request, "account_form.html", _form_context(request, account, refusal), status=refusal.status if refusal else 200)


def _save(request: HttpRequest, account: Account | None) -> Account:
    facts, me, now = _facts(request, account), request.reader.person, request.reader.now
    if account is None:
        return flow.register_account(me, facts, now)
    given = request.POST
    flow.change_account(me, account, facts, given.get("seen", ""), now, reason=given.get("reason", "").strip()[:300])
    return account


def _facts(request: HttpRequest, account: Account | None) -> AccountFacts:
    given = request.POST
    minutes = given.get("screening_minutes", "15")
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 43200:
        raise Refusal(_("The screening interval is a number of minutes between 1 and 43200."), status=400)
    return AccountFacts(
        network=account.network if account else given.get("network", "").strip().casefold()[:24],
        handle=account.handle if account else given.get("handle", "").strip()[:120],
        market=given.get("market", "")[:8],
        brand=given.get("brand", "")[:64],
        audience=given.get("audience", "pub")[:4],
        purpose=given.get("purpose", "").strip()[:300],
        owner=_person(given.get("owner", "")),
        deputy=_person(given.get("deputy", "")),
        ours=given.get("ours") == "1",
        ours_reason=given.get("ours_reason", "").strip()[:300],
        screening_minutes=int(minutes),
        rules_page=_address(given.get("rules_page", "")),
        owner_country=given.get("owner_country", "").strip().casefold()[:8],
        aimed_at=" ".join(given.get("aimed_at", "").replace(",", " ").casefold().split())[:120],
    )


def _person(words: str) -> User | None:
    return people().filter(pk=words).first() if words.isdecimal() and len(words) < 19 else None


def _address(words: str) -> str:
    words = words.strip()[:200]
    if words and not words.startswith(("https://", "http://")):
        raise Refusal(_("The rules page is an address that begins with https://."), status=400)
    return words


def _form_context(request: HttpRequest, account: Account | None, refusal: Refusal | None) -> dict[str, Any]:
    allowed = markets_for(request.reader.held, "registry.change")
    known = request.POST if request.method == "POST" else None
    return {
        "account": account,
        "refusal": refusal,
        "given": known if known is not None else _as_given(account),
        "seen": request.POST.get("seen") or (flow.seen_digest(account) if account else ""),
        "markets": [market for market in markets()[:200] if allowed is None or market.code in allowed],
        "brands": list(brands()[:200]),
        "people": list(people()[:300]),
        "networks": sorted({*NETWORK, "facebook", "linkedin", "tiktok", "x"} - {"file", "imap", "rss", "mail", "web_form", "phone"}),
        "audiences": [(code, AUDIENCE[code]) for code in AUDIENCES],
    }


_PLAIN = ("market", "brand", "audience", "purpose", "ours_reason", "rules_page", "owner_country", "aimed_at")


def _as_given(account: Account | None) -> dict[str, str]:
    if account is None:
        return {"ours": "1", "screening_minutes": "15", "audience": "pub"}
    plain = {name: str(getattr(account, name)) for name in _PLAIN}
    return plain | {
        "owner": str(account.owner_id or ""),
        "deputy": str(account.deputy_id or ""),
        "ours": "1" if account.ours else "",
        "screening_minutes": str(account.screening_minutes),
    }


#: The audit annex: headers as the import reads them, so that an export can be mended and brought back.
EXPORTED = ("network", "handle", "market", "brand", "audience", "purpose", "owner", "deputy", "ours", "ours_reason", "screening_minutes",
            "rules_page", "owner_country", "aimed_at", "connection", "registered_at")  # fmt: skip
MOST_EXPORTED = 20_000


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The reader's accounts as CSV: UTF-8 with BOM, ISO 8601, no cell that a spreadsheet would compute."""
    _must_see(request.reader.held)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(EXPORTED)
    for account in accounts_visible_to(request.reader.held).order_by("market", "network", "handle")[:MOST_EXPORTED]:
        writer.writerow([harmless_cell(_cell(account, name)) for name in EXPORTED])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accounts.csv"'
    return answer


def _cell(account: Account, name: str) -> str:
    value = getattr(account, name)
    if isinstance(value, User):
        return value.email
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)


urls = [
    path("registry/", registry, name="registry"),
    path("registry/new/", register, name="account-new"),
    path("registry/export.csv", export, name="registry-export"),
    path("registry/<slug:key>/", passport, name="passport"),
    path("registry/<slug:key>/change/", change, name="account-change"),
]
