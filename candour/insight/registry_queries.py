"""The registry as a table: accounts with who owns them, whether they may speak, when they were last heard and what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet

from candour.cases.models import Case
from candour.cases.queries import CASE_SIDES
from candour.core.states import CaseState
from candour.insight.queries import certificate_state, certificates_of
from candour.listening.models import Gap, Source
from candour.listening.queries import SOURCE_SIDES
from candour.people.models import User
from candour.people.rights import Held, Sides, visible
from candour.registry.models import Account, Activity, Product, ProductStatus
from candour.registry.queries import accounts_visible_to, status_on

PAGE = 60
#: Open cases are counted over at most this many rows of one page of accounts.
_MOST_CASES = 2000
ACTIVITY_SIDES = Sides("market", "brand", None)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the table is narrowed to; empty means all."""

    market: str = ""
    network: str = ""
    owner: str = ""
    connection: str = ""
    words: str = ""

    def __bool__(self) -> bool:
        return any((self.market, self.network, self.owner, self.connection, self.words))


@dataclass(frozen=True, slots=True)
class Keeper:
    """An owner or deputy with the state of their certificate."""

    person: User
    until: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the registry shows it. `open_cases` is None where the reader may see no cases."""

    account: Account
    owner: Keeper | None
    deputy: Keeper | None
    heard_at: datetime | None
    source: Source | None
    gap: Gap | None
    open_cases: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows and where the next page begins, or ''."""

    rows: Sequence[AccountRow]
    next: str = ""


def accounts_page(held: Iterable[Held], filters: Filters, after: str, now: datetime) -> Page:
    """Accounts behind the key `after`, by market, network and handle."""
    grants = tuple(held)
    found = _narrowed(accounts_visible_to(grants), filters).order_by("market", "network", "handle", "pk")
    if after and (last := accounts_visible_to(grants).filter(key=after).first()):
        found = found.filter(_behind(last))
    accounts = list(found[: PAGE + 1])
    rows = rows_of(grants, accounts[:PAGE], now)
    return Page(rows, accounts[PAGE - 1].key if len(accounts) > PAGE else "")


def _behind(last: Account) -> Q:
    same_market = Q(market=last.market)
    same_network = same_market & Q(network=last.network)
    same_handle = same_network & Q(handle=last.handle)
    return (
        Q(market__gt=last.market)
        | same_market & Q(network__gt=last.network)
        | same_network & Q(handle__gt=last.handle)
        | same_handle & Q(pk__gt=last.pk)
    )


def _narrowed(found: QuerySet[Account], filters: Filters) -> QuerySet[Account]:
    found = found.filter(retired_at=None)
    if filters.market:
        found = found.filter(market=filters.market)
    if filters.network:
        found = found.filter(network=filters.network)
    if filters.owner == "missing":
        found = found.filter(owner=None)
    elif filters.owner.isdecimal():
        found = found.filter(Q(owner_id=int(filters.owner)) | Q(deputy_id=int(filters.owner)))
    if filters.connection:
        found = found.filter(connection=filters.connection)
    if filters.words:
        found = found.filter(Q(handle__icontains=filters.words) | Q(purpose__icontains=filters.words))
    return found


def rows_of(held: Iterable[Held], accounts: Sequence[Account], now: datetime) -> list[AccountRow]:
    """Rows with everything they show, by a fixed number of queries."""
    until = certificates_of(pk for row in accounts for pk in (row.owner_id, row.deputy_id))
    sources = _sources(accounts)
    gaps = {gap.source_id: gap for gap in Gap.objects.filter(source__in=list(sources.values()), closed_at=None).order_by("-opened_at")}
    cases = _open_cases(tuple(held), accounts)
    return [_row(row, until, sources.get(row.pk), gaps, cases, now) for row in accounts]


def _row(
    account: Account, until: dict[int, datetime], source: Source | None, gaps: dict[int, Gap], cases: Counter[int] | None, now: datetime
) -> AccountRow:
    return AccountRow(
        account=account,
        owner=_keeper(account.owner, until, now),
        deputy=_keeper(account.deputy, until, now),
        heard_at=source.last_ok_at if source else None,
        source=source,
        gap=gaps.get(source.pk) if source else None,
        open_cases=None if cases is None else cases[account.pk],
    )


def _keeper(person: User | None, until: dict[int, datetime], now: datetime) -> Keeper | None:
    if person is None:
        return None
    return Keeper(person, until.get(person.pk), certificate_state(until.get(person.pk), now))


def _sources(accounts: Sequence[Account]) -> dict[int, Source]:
    """The source through which each account is heard, the freshest where there are several."""
    rows = Source.objects.filter(account__in=accounts).order_by("last_ok_at")
    return {row.account_id: row for row in rows if row.account_id}


def _open_cases(held: tuple[Held, ...], accounts: Sequence[Account]) -> Counter[int] | None:
    allowed = visible(held, "case.see", CASE_SIDES)
    if allowed == Q(pk__in=[]):
        return None
    rows = Case.objects.filter(allowed, state=CaseState.OPEN, account__in=accounts).values_list("account_id", flat=True)
    return Counter(rows[:_MOST_CASES])


def choices_of(held: Iterable[Held]) -> dict[str, list[str]]:
    """What the filters offer: networks and connections that occur among the reader's accounts."""
    seen = accounts_visible_to(held).filter(retired_at=None).order_by()
    return {
        "networks": sorted(set(seen.values_list("network", flat=True)[:1000])),
        "connections": sorted(set(seen.values_list("connection", flat=True)[:1000])),
        "markets": sorted(set(seen.values_list("market", flat=True)[:1000])),
    }


def activities_visible_to(held: Iterable[Held]) -> QuerySet[Activity]:
    """Activities of the reader's markets, newest first."""
    return Activity.objects.filter(visible(held, "registry.see", ACTIVITY_SIDES)).select_related("owner").order_by("-starts_on", "pk")


def linked_activities(held: Iterable[Held], account: Account) -> list[Activity]:
    """Activities of the account's market, of its brand or of none, that the reader may see."""
    found = activities_visible_to(held).filter(market=account.market)
    return list(found.filter(Q(brand=account.brand) | Q(brand=""))[:12] if account.brand else found[:12])


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with its status in each market on one day."""

    product: Product
    statuses: dict[str, ProductStatus] = field(default_factory=dict)


def products_on(day: date) -> list[ProductRow]:
    """Every product with its statuses on a day; the list of a company is short, but bounded all the same."""
    products = list(Product.objects.select_related("brand").prefetch_related("names").order_by("name")[:200])
    dated = ProductStatus.objects.filter(product__in=products, valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))
    rows = {product.pk: ProductRow(product) for product in products}
    for status in dated.select_related("market").order_by("valid_from"):
        rows[status.product_id].statuses[status.market.code] = status
    return list(rows.values())


def statuses_in(market: str, brand: str, day: date) -> list[tuple[Product, ProductStatus | None]]:
    """Products an account of this market (and brand) can speak of, with their status there on a day."""
    products = Product.objects.select_related("brand").order_by("name")
    wanted = products.filter(brand__key=brand) if brand else products
    return [(product, status_on(product, market, day)) for product in wanted[:40]]


def sources_of(held: Iterable[Held], account: Account) -> list[Source]:
    """Sources that listen to the account and that the reader may see."""
    return list(Source.objects.filter(visible(held, "source.see", SOURCE_SIDES), account=account).order_by("name")[:20])
