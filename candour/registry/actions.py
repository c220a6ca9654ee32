"""Writes of the registry: company, markets, brands, products, accounts and who owns them. All are called inside a named act."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.core.terms import Audience
from candour.core.terms import ProductStatus as Status
from candour.people.models import User
from candour.registry.models import Account, Activity, Brand, Company, LabelFacts, Market, Product, ProductName, ProductStatus

STATUSES = tuple(status.value for status in Status)
AUDIENCES = tuple(audience.value for audience in Audience)
#: Terms people use for a product (design, `candour screen --products`).
NAME_KINDS = ("name", "substance", "nickname", "class", "misspelling", "hashtag", "code")
#: Words an address of the registry already means.
RESERVED_KEYS = frozenset({"new", "export"})


class RegistryFault(ValueError):
    """Facts the registry can't keep; the sentence says what to correct."""


def found_company(*, name: str, short: str = "", safety_recipient: str = "", listed: bool = False, at: datetime | None = None) -> Company:
    """The one company of this installation. A second one is refused."""
    if Company.objects.exists():
        raise RegistryFault(_("This installation already has its company; change it instead."))
    return Company.objects.create(
        name=name.strip(), short=(short or name).strip()[:40], safety_recipient=safety_recipient, listed=listed, set_up_at=at
    )


def change(row: Any, **facts: Any) -> dict[str, tuple[Any, Any]]:
    """Write the facts that differ and answer them as {field: (old, new)}; nothing is written when all are the same."""
    changes = {name: (getattr(row, name), value) for name, value in facts.items() if getattr(row, name) != value}
    if changes:
        for name, (_old, new) in changes.items():
            setattr(row, name, new)
        row.save(update_fields=list(changes))
    return changes


def add_market(*, code: str, name: str, languages: str, timezone: str, reporting_route: str = "") -> Market:
    """A market by its lower-case ISO code; its rules come from the pack of the same code."""
    if Market.objects.filter(code=code.lower()).exists():
        raise RegistryFault(_("The market %(code)s is there already.") % {"code": code.upper()})
    return Market.objects.create(code=code.lower(), name=name, languages=languages, timezone=timezone, reporting_route=reporting_route)


def add_brand(*, name: str, area: str = "", key: str = "") -> Brand:
    return Brand.objects.create(key=key or free_key(Brand, name), name=name, area=area)


def add_product(brand: Brand, *, name: str, substance: str = "", key: str = "") -> Product:
    return Product.objects.create(brand=brand, key=key or free_key(Product, name), name=name, substance=substance)


def set_status(product: Product, market: Market, status: str, valid_from: date, **flags: bool) -> ProductStatus:
    """The status from a day on; the one before ends that day. `flags`: boxed_warning, black_triangle, narcotic, reimbursed.

    Raises RegistryFault for an unknown status, and when a later status is already registered, since history is not rewritten.
    """
    if status not in STATUSES:
        raise RegistryFault(_("“%(status)s” is no status; use one of %(known)s.") % {"status": status, "known": ", ".join(STATUSES)})
    earlier = ProductStatus.objects.filter(product=product, market=market)
    if earlier.filter(valid_from__gte=valid_from).exists():
        raise RegistryFault(_("A status from that day or later is already registered; begin after it."))
    before = earlier.filter(Q(valid_to=None) | Q(valid_to__gt=valid_from)).first()
    if before is not None:
        change(before, valid_to=valid_from)
    return ProductStatus.objects.create(product=product, market=market, status=status, valid_from=valid_from, **flags)


def set_label(product: Product, market: Market, valid_from: date, **facts: str) -> LabelFacts:
    """Label facts from a day on: indication, limits, serious_risks, risk_page."""
    return LabelFacts.objects.create(product=product, market=market, valid_from=valid_from, **facts)


def add_name(product: Product, term: str, *, kind: str, market: str = "", ambiguous: bool = False) -> ProductName:
    """A term under which people speak of the product; a term already there is answered as it is."""
    if kind not in NAME_KINDS:
        raise RegistryFault(_("“%(kind)s” is no kind of name; use one of %(known)s.") % {"kind": kind, "known": ", ".join(NAME_KINDS)})
    defaults = {"kind": kind, "ambiguous": ambiguous}
    return ProductName.objects.get_or_create(product=product, term=term.strip(), market=market, defaults=defaults)[0]


_COUNTRY = re.compile("[a-z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the registry keeps about an account, beside its key and its dates."""

    network: str
    handle: str
    market: str
    brand: str = ""
    audience: str = Audience.PUBLIC.value
    purpose: str = ""
    owner: User | None = None
    deputy: User | None = None
    ours: bool = True
    ours_reason: str = ""
    screening_minutes: int = 15
    rules_page: str = ""
    owner_country: str = ""
    aimed_at: str = ""


ACCOUNT_FIELDS = tuple(field.name for field in fields(AccountFacts))


def facts_of(account: Account) -> AccountFacts:
    """The facts as they stand."""
    return AccountFacts(**{name: getattr(account, name) for name in ACCOUNT_FIELDS})


def same_handle(network: str, handle: str) -> tuple[str, str]:
    """What makes two rows the same account: network and handle without a leading @, whatever their case."""
    return network.strip().casefold(), handle.strip().lstrip("@").casefold()


def check_account(facts: AccountFacts) -> None:
    """Raises RegistryFault with the first thing to correct."""
    if not facts.network or not facts.handle:
        raise RegistryFault(_("An account needs a network and a handle."))
    if not Market.objects.filter(code=facts.market).exists():
        raise RegistryFault(_("The market %(code)s is not registered; add it first.") % {"code": facts.market.upper() or "–"})
    if facts.audience not in AUDIENCES:
        raise RegistryFault(_("The audience is one of %(known)s.") % {"known": ", ".join(AUDIENCES)})
    if not facts.ours and not facts.ours_reason.strip():
        raise RegistryFault(_("Say why the account is not under our responsibility; drug safety is asked for this reason."))
    if odd := next((code for code in (facts.owner_country, *facts.aimed_at.split()) if code and not _COUNTRY.fullmatch(code)), ""):
        raise RegistryFault(_("“%(code)s” is no country; write its two letters, for example de or fr.") % {"code": odd})
    if facts.owner is not None and facts.owner == facts.deputy:
        raise RegistryFault(_("Owner and deputy are two people."))
    if facts.brand and not Brand.objects.filter(key=facts.brand).exists():
        raise RegistryFault(_("The brand %(key)s is not registered; add it first.") % {"key": facts.brand})


def add_account(facts: AccountFacts, at: datetime, *, key: str = "", connection: str = "not_connected") -> Account:
    """Register an account. A handle registered before is refused by its name, whatever the case of its letters."""
    check_account(facts)
    _refuse_twin(facts, None)
    values = {name: getattr(facts, name) for name in ACCOUNT_FIELDS}
    return Account.objects.create(
        key=key or free_key(Account, f"{facts.network}-{facts.handle}"), registered_at=at, owner_since=at, connection=connection, **values
    )


def _refuse_twin(facts: AccountFacts, account: Account | None) -> None:
    network, handle = same_handle(facts.network, facts.handle)
    twins = Account.objects.filter(network__iexact=network).filter(Q(handle__iexact=handle) | Q(handle__iexact=f"@{handle}"))
    if twins.exclude(pk=account.pk if account else None).exists():
        raise RegistryFault(_("%(handle)s on %(network)s is registered already.") % {"handle": facts.handle, "network": facts.network})


def change_account(account: Account, facts: AccountFacts, at: datetime) -> dict[str, tuple[Any, Any]]:
    """Write what differs; a new owner, or none, counts from `at`. Answers {field: (old, new)}."""
    check_account(facts)
    _refuse_twin(facts, account)
    values = {name: getattr(facts, name) for name in ACCOUNT_FIELDS}
    since = {} if account.owner == facts.owner else {"owner_since": at}
    return change(account, **values, **since)


def adopt(account: Account, owner: User, at: datetime, *, deputy: User | None = None) -> Account:
    """Somebody takes an account over that had no owner; one that has an owner is refused."""
    if account.owner is not None:
        raise RegistryFault(_("%(name)s owns this account; change the owner instead.") % {"name": account.owner.name})
    change(account, owner=owner, owner_since=at, deputy=deputy or account.deputy)
    return account


def leave(account: Account, at: datetime) -> Account:
    """The owner gives the account up: from `at` on nobody owns it."""
    change(account, owner=None, owner_since=at)
    return account


def set_connection(account: Account, connection: str) -> Account:
    """How far the account is connected: connected, lost, by_hand or not_connected."""
    change(account, connection=connection)
    return account


def retire(account: Account, at: datetime) -> Account:
    """The account is no longer used; its row and history stay."""
    change(account, retired_at=at)
    return account


def add_activity(
    *,
    name: str,
    kind: str,
    market: str,
    starts_on: date,
    ends_on: date | None = None,
    brand: str = "",
    owner: User | None = None,
    purpose: str = "",
    key: str = "",
) -> Activity:
    """Something social the company does, with or without an account of its own."""
    return Activity.objects.create(
        key=key or free_key(Activity, name),
        name=name,
        kind=kind,
        market=market,
        brand=brand,
        owner=owner,
        starts_on=starts_on,
        ends_on=ends_on,
        purpose=purpose,
    )


def free_key(model: type[Any], words: str) -> str:
    """A short name for addresses that no other row of the model has."""
    size = model._meta.get_field("key").max_length
    stem = slugify(words.replace(".", "-").replace("@", "-"))[: size - 5].strip("-") or "row"
    taken = set(model.objects.filter(key__startswith=stem).values_list("key", flat=True)) | RESERVED_KEYS
    return next(key for key in _candidates(stem) if key not in taken)


def _candidates(stem: str) -> Iterable[str]:
    yield stem
    for number in range(2, 10_000):
        yield f"{stem}-{number}"
