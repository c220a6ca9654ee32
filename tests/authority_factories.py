"""Makers for tests of authority gates: a country with its rules in force, its product, and a message that everybody has signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from candour.core.rights import Function
from candour.flows import review as reviewing
from candour.flows import submit as writing
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Draft, Publication
from candour.people.actions import add_machine
from candour.people.models import User
from candour.registry.models import Account, Brand, LabelFacts, PackRelease, Product, ProductStatus
from tests import factories

NL = "Zovellark (ibuprel) bij hoofdpijn. Lees voor gebruik de bijsluiter. KOAG/KAG 1234-0626-5678"
NL_OTHER = f"{NL} Ook als bruistablet."
US = (
    "Mivrantel (orvacept) is indicated for the preventive treatment of migraine in adults. "
    "Mivrantel may cause serious allergic reactions and constipation with complications."
)
UK = "Migraine affects one in seven people. Talk to your doctor about it."
FR = "Zovellark (ibuprel) soulage les maux de tête. Ceci est un médicament. Lire attentivement la notice."
VISA, KOAG = "26/01/1234567/GP/001", "1234-0626-5678"

_PLACES = {
    "nl": ("Netherlands", "Europe/Amsterdam", "otc", "hoofdpijn", ""),
    "fr": ("France", "Europe/Paris", "otc", "maux de tête", ""),
    "uk": ("United Kingdom", "Europe/London", "rx", "preventive treatment of migraine in adults", ""),
    "us": (
        "United States",
        "America/New_York",
        "rx",
        "preventive treatment of migraine in adults",
        "serious allergic reactions; constipation with complications",
    ),
}


@dataclass
class Country:
    """One market with everybody who has to do with its messages."""

    market: str
    author: User
    medical: User
    legal: User
    regulatory: User
    lead: User
    publisher: User
    account: Account
    product: Product


def country(market: str) -> Country:
    """The market's rules are in force, the product stands in its registry, and everybody is certified."""
    factories.installation()
    factories.company()
    name, zone, *_facts = _PLACES[market]
    factories.market(market, name, zone)
    lead = factories.person("Henrike Solvang", Function.COE_LEAD, certified=True)
    if not PackRelease.objects.filter(pack=market).exists():
        activate_market(lead, market, factories.PASSWORD, factories.now() - timedelta(hours=1))
    with acting(factories.founder(), "test"):
        publisher = User.objects.filter(is_machine=True).first() or add_machine("publisher", Function.PUBLISHER, factories.now())
    some = {role: factories.person(name, function, certified=True) for role, (name, function) in _PEOPLE.items()}
    where = factories.account(f"newsroom-{market}", handle=f"hollinqvist.{market}", market_code=market)
    return Country(market=market, lead=lead, publisher=publisher, account=where, product=_product(market), **some)


_PEOPLE = {
    "author": ("Tomas Brandl", Function.AUTHOR),
    "medical": ("Dr Ines Falkenrath", Function.MEDICAL_REVIEWER),
    "legal": ("Jonas Terhoven", Function.LEGAL_REVIEWER),
    "regulatory": ("Lena Osterkamp", Function.REGULATORY_REVIEWER),
}


def _product(market: str) -> Product:
    _name, _zone, status, indication, risks = _PLACES[market]
    name, substance = ("Zovellark", "ibuprel") if status == "otc" else ("Mivrantel", "orvacept")
    place = factories.market(market)
    with acting(factories.founder(), "test"):
        brand, _made = Brand.objects.get_or_create(key=name.lower(), defaults={"name": name})
        product, _made = Product.objects.get_or_create(key=name.lower(), defaults={"name": name, "substance": substance, "brand": brand})
        if not ProductStatus.objects.filter(product=product, market=place).exists():
            begins = date(2020, 1, 1)
            ProductStatus.objects.create(product=product, market=place, status=status, valid_from=begins)
            LabelFacts.objects.create(product=product, market=place, indication=indication, serious_risks=risks, valid_from=begins)
    return product


def draft(on: Country, text: str, *, product: bool = True, title: str = "A text") -> Draft:
    made = writing.create_draft(
        on.author,
        title=title,
        account=on.account,
        product=on.product if product else None,
        lang="en" if on.market in ("uk", "us") else on.market,
        text=text,
        now=factories.now(),
    )
    return made


def sign(on: Country, made: Draft) -> ApprovedMessage:
    running = writing.submit(on.author, factories.settle(on.author, made), made.version, factories.now())
    for seal in running.seals.order_by("id"):
        reviewing.sign(getattr(on, seal.role), seal, factories.PASSWORD, running.version.digest, factories.now())
    return ApprovedMessage.objects.get(draft=made)


def approved(on: Country, text: str, *, product: bool = True, title: str = "A text") -> ApprovedMessage:
    return sign(on, draft(on, text, product=product, title=title))


def used(on: Country, message: ApprovedMessage, at: datetime) -> Publication:
    """A publication of the message that was sent at an instant."""
    with acting(on.lead, "test"):
        return Publication.objects.create(
            message=message, account=on.account, text=message.text, lang=message.lang, digest="", by=on.author, due_at=at,
            state="live", sent_at=at, seen_at=at, url="http://127.0.0.1/newsroom/1",
        )  # fmt: skip
