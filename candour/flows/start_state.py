"""How far the guided start has come, read from what is there: no step keeps a state of its own, so it can be left and taken up anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from candour.assurance.models import Pilot
from candour.assurance.queries import pilot
from candour.core.rights import Function
from candour.journal.queries import is_demo
from candour.listening.models import Source
from candour.people.models import Grant, User
from candour.people.queries import actors, people
from candour.people.rights import Place, holders
from candour.registry.models import Account, Brand, Company, Market, Product
from candour.registry.queries import brands, company, current_release, markets, products

#: The questions in their order; each is one screen.
STEPS = ("administrator", "company", "market", "brand", "products", "account", "people", "source", "safety", "charter")
#: Why the first administrator holds their functions; the mark by which an unfinished start finds its person again.
FIRST = "first administrator, guided start"


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there. Lists are short: this is an installation in its first hour, or the summary of one that lives."""

    company: Company | None
    markets: tuple[Market, ...]
    brand: Brand | None
    products: tuple[Product, ...]
    account: Account | None
    others: tuple[User, ...]
    source: Source | None
    receivers: tuple[User, ...]
    pilot: Pilot | None

    @property
    def market(self) -> Market | None:
        """The market of this start: the first one whose rules were activated."""
        return self.markets[0] if self.markets else None

    @property
    def safety_address(self) -> str:
        return self.company.safety_recipient if self.company else ""

    @property
    def finished(self) -> bool:
        return self.company is not None and self.company.set_up_at is not None

    def has(self, step: str) -> bool:
        """Is this question answered?"""
        answers: dict[str, object] = {
            "administrator": True,
            "company": self.company,
            "market": self.markets,
            "brand": self.brand,
            "products": self.products,
            "account": self.account,
            "people": self.others,
            "source": self.source,
            "safety": self.receivers or self.safety_address,
            "charter": self.finished,
        }
        return bool(answers[step])

    def resume_at(self) -> str:
        """The first open question behind the last answered one; an open one before it may stay open (people), or is asked (all others)."""
        asked = [step for step in STEPS if not self.has(step) and step != "people"]
        first = asked[0] if asked else "charter"
        before = STEPS[STEPS.index(first) - 1]
        return "people" if before == "people" and not self.has("people") else first

    def may_open(self, step: str) -> bool:
        """A question may be opened once everything before it is answered; inviting people may wait."""
        return all(self.has(before) for before in STEPS[: STEPS.index(step)] if before != "people")


def progress(now: datetime) -> Progress:
    """Everything the start asks for, as it stands now."""
    opened = [market for market in markets()[:40] if current_release("market", market.code, now)]
    first_source = Source.objects.order_by("pk").first()
    return Progress(
        company=company(),
        markets=tuple(sorted(opened, key=lambda market: market.pk)),
        brand=brands().order_by("pk").first(),
        products=tuple(products().order_by("pk")[:100]),
        account=Account.objects.select_related("owner").order_by("pk").first(),
        others=tuple(people().exclude(grants__reason=FIRST)[:200]),
        source=first_source,
        receivers=tuple(holders("receipt.safety", Place(), now)),
        pilot=pilot(),
    )


def needs_start() -> bool:
    """True while an installation that is no demo has nobody in it; then the guided start is the only door."""
    return not actors().filter(is_machine=False).exists() and not is_demo()


def unfinished_for(person: User) -> bool:
    """Is `person` the first administrator of a start that has not ended?"""
    row = company()
    if row is not None and row.set_up_at is not None:
        return False
    return Grant.objects.filter(person=person, function=Function.ADMINISTRATOR, reason=FIRST).exists() and not is_demo()
