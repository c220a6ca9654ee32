"""Reads of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import CharField, DateTimeField, Q, QuerySet

from candour.core.clocks import local_day
from candour.core.reading import once_per_reading
from candour.people.prepared import Given, Prepared
from candour.people.rights import Held, Sides, visible
from candour.registry.models import Account, Activity, Brand, Company, LabelFacts, Market, PackRelease, Product, ProductName, ProductStatus

ACCOUNT_SIDES = Sides(market="market", brand="brand", account="key")


_COMPANY = Prepared(lambda: Company.objects.order_by("pk")[:1])


@once_per_reading
def company() -> Company | None:
    """The company of this installation, or None before the guided start."""
    return next(iter(_COMPANY.ask()), None)


def accounts_visible_to(held: Iterable[Held]) -> QuerySet[Account]:
    """Accounts the reader may see, with owner and deputy."""
    return Account.objects.filter(visible(held, "registry.see", ACCOUNT_SIDES)).select_related("owner", "deputy")


def account(key: str) -> Account:
    return Account.objects.select_related("owner", "deputy").get(key=key)


def accounts_by_keys(keys: Sequence[str]) -> QuerySet[Account]:
    """Accounts by key, in the order of registration."""
    return Account.objects.filter(key__in=keys, retired_at=None).order_by("pk")


def live_accounts(market_code: str, start: datetime, end: datetime) -> list[Account]:
    """Accounts of a market under our responsibility that were not retired throughout a time, in the order of registration."""
    there = Account.objects.filter(market=market_code, ours=True, registered_at__lt=end)
    return list(there.filter(Q(retired_at=None) | Q(retired_at__gte=start)).order_by("registered_at", "pk"))


def accounts_in_market(code: str) -> list[Account]:
    """Accounts of a market that are not retired, the oldest first."""
    return list(Account.objects.filter(market=code, retired_at=None, ours=True).order_by("pk"))


_MARKETS = Prepared(lambda: Market.objects.order_by("name"))


def markets() -> list[Market]:
    """Every registered market, by name."""
    return _MARKETS.ask()


_MARKET = Prepared(lambda: Market.objects.filter(code=Given("code", CharField()))[:1])


@once_per_reading
def market(code: str) -> Market | None:
    return next(iter(_MARKET.ask(code=code)), None)


def market_day(code: str, at: datetime) -> date:
    """The day it is in a market at an instant, by which its statuses, labels and rules are dated; UTC for a market nobody registered."""
    zone = Market.objects.filter(code=code).values_list("timezone", flat=True).first()
    return local_day(at, zone or "UTC")


def brands() -> QuerySet[Brand]:
    return Brand.objects.order_by("name")


def products() -> QuerySet[Product]:
    return Product.objects.select_related("brand").order_by("name")


def product_by_name(name: str) -> Product | None:
    return Product.objects.filter(name__iexact=name).first()


def activities() -> QuerySet[Activity]:
    return Activity.objects.select_related("owner").order_by("-starts_on")


def status_on(product: Product, market_code: str, on: date) -> ProductStatus | None:
    """Status of a product in a market on a date; None when nothing is registered, which checks treat as "none"."""
    dated = ProductStatus.objects.filter(product=product, market__code=market_code, valid_from__lte=on)
    return dated.filter(Q(valid_to=None) | Q(valid_to__gt=on)).order_by("-valid_from").first()


def label_on(product: Product, market_code: str, on: date) -> LabelFacts | None:
    """Label facts that hold on a date."""
    return LabelFacts.objects.filter(product=product, market__code=market_code, valid_from__lte=on).order_by("-valid_from").first()


def product_dictionary() -> list[dict[str, str]]:
    """Every term with its product, in the columns of `candour screen --products`."""
    rows = ProductName.objects.select_related("product").order_by("product__name", "term")
    return [
        {"product": r.product.name, "kind": r.kind, "term": r.term, "market": r.market, "ambiguous": "1" if r.ambiguous else ""}
        for r in rows
    ]


def _current() -> QuerySet[PackRelease]:
    kind, pack, at = Given("kind", CharField()), Given("pack", CharField()), Given("at", DateTimeField())
    dated = PackRelease.objects.defer("content").filter(kind=kind, pack=pack, effective_at__lte=at)
    return dated.order_by("-effective_at", "-id")[:1]


_CURRENT = Prepared(_current)


@once_per_reading
def current_release(kind: str, pack: str, at: object) -> PackRelease | None:
    """The release that is effective at an instant; its bytes (`content`, some 80 kB) are only read when they are asked for."""
    return next(iter(_CURRENT.ask(kind=kind, pack=pack, at=at)), None)
