"""A small invented company to measure with: two markets, three products, eleven people, a newsroom and a file source."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from candour.core.rights import Function
from candour.core.states import SourceState
from candour.flows.releases import activate_market
from candour.journal.acting import acting, founding
from candour.listening.models import Source
from candour.people.actions import add_person, give
from candour.people.models import User
from candour.registry import actions as registry
from candour.registry.models import Account, Market
from candour.training.models import Certificate

EMAIL, AUDITOR, PASSWORD = "mira@bench.example", "nadia@bench.example", "a-long-secret-for-measuring"
PRODUCTS = ("Mivrantel", "Larquessa", "Zovellark")
_PEOPLE = (
    ("mira", Function.COMMUNITY_MANAGER, "de"),
    ("ines", Function.DRUG_SAFETY, ""),
    ("jonas", Function.AUTHOR, ""),
    ("kaja", Function.MEDICAL_REVIEWER, ""),
    ("tomasz", Function.REGULATORY_REVIEWER, ""),
    ("lena", Function.LEGAL_REVIEWER, ""),
    ("ruben", Function.QUALITY, ""),
    ("emil", Function.MEDICAL_INFORMATION, ""),
    ("camille", Function.COUNTRY_LEAD, "us"),
    ("henrik", Function.COE_LEAD, ""),
    ("nadia", Function.AUDITOR, ""),
)


def found_company(now: datetime) -> User:
    """Create it through the registry's own acts; answers the community manager, who may read and answer in Germany."""
    since = now - timedelta(days=30)
    with founding("bench.found"):
        people = {key: add_person(email=f"{key}@bench.example", name=key.title(), password=PASSWORD) for key, *_rest in _PEOPLE}
        for key, function, market in _PEOPLE:
            give(people[key], function, by=people["henrik"], at=since, market=market)
        _certify(people["mira"], since)
    with acting(people["henrik"], "bench.registry"):
        registry.found_company(name="Hollinqvist Pharma", safety_recipient="safety@bench.example", at=since)
        markets = [
            registry.add_market(code="de", name="Germany", languages="de", timezone="Europe/Berlin"),
            registry.add_market(code="us", name="United States", languages="en", timezone="America/New_York"),
        ]
        _add_products(markets)
        _add_account(people["mira"], since)
    activate_market(people["henrik"], "de", PASSWORD, now, effective_at=since)
    return people["mira"]


def _certify(person: User, since: datetime) -> None:
    Certificate.objects.create(
        person=person, course="basics", course_version="1", lang="de", issued_at=since, expires_at=since + timedelta(days=365)
    )


def _add_products(markets: list[Market]) -> None:
    for name in PRODUCTS:
        product = registry.add_product(registry.add_brand(name=name), name=name)
        registry.add_name(product, name, kind="name")
        for market in markets:
            registry.set_status(product, market, "rx", date(2024, 1, 1))


def _add_account(owner: User, since: datetime) -> None:
    Account.objects.create(
        key="newsroom-de",
        network="newsroom",
        handle="hollinqvist.de",
        market="de",
        owner=owner,
        registered_at=since,
        connection="connected",
    )


def source(by: User, key: str, *, ours: bool) -> Source:
    """A source in Germany: ours is the newsroom's, the other stands for files."""
    account = Account.objects.get(key="newsroom-de") if ours else None
    kind = "newsroom" if ours else "file"
    with acting(by, "bench.source"):
        return Source.objects.create(
            key=key, name=key, kind=kind, account=account, market="de", ours=ours, expected_minutes=0, state=SourceState.LISTENING.value
        )
