"""Makers for tests of reuse: Germany with approved messages, and three markets with rules in force that they may go to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from candour.core.rights import Function as F
from candour.flows.releases import activate_market
from candour.flows.reuse import ask
from candour.flows.translate import certify, pieces_of, save_translation
from candour.flows.travel import Look, preview
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, CheckRun, Draft, ReuseProof, Review, Translation
from candour.people.models import User
from candour.registry.models import Account, LabelFacts, ProductStatus
from tests import approve_factories as approving
from tests import factories

#: An education text in three sentences without a product, and what it says in French.
GERMAN = "Viele Menschen führen Buch über ihre Migräne. Das Tagebuch nennt kein Medikament. Es hat 2 Seiten für jeden Monat."
FRENCH = (
    "Un journal de la migraine",
    "Beaucoup de personnes notent leurs crises de migraine.",
    "Le journal ne nomme aucun médicament.",
    "Il compte 2 pages pour chaque mois.",
    "",
)


@dataclass
class Abroad:
    """Everything of the approval ground, an account per market, and somebody who leads and somebody who writes in all of them."""

    home: approving.Ground
    accounts: dict[str, Account]
    lead: User
    writer: User


def abroad() -> Abroad:
    ground = approving.ground()
    accounts = {}
    for code, name, language in (("ch", "Switzerland", "de"), ("fr", "France", "fr"), ("us", "United States", "en")):
        market = factories.market(code, name, "Europe/Zurich")
        with acting(factories.founder(), "test"):
            market.languages = language
            market.save()
        activate_market(ground.lead, code, factories.PASSWORD, factories.now() - timedelta(hours=1))
        accounts[code] = factories.account(f"newsroom-{code}", handle=f"hollinqvist.{code}", market_code=code)
    return Abroad(
        ground,
        accounts,
        lead=factories.person("Camille Rousset", F.COUNTRY_LEAD, certified=True),
        writer=factories.person("Yann Le Goff", F.AUTHOR, certified=True),
    )


def registered(place: Abroad, market: str, status: str, *, label: str = "Kopfschmerzen", **flags: bool) -> None:
    """The product with a status and label in another market."""
    where, since = factories.market(market), date(2020, 1, 1)
    with acting(factories.founder(), "test"):
        ProductStatus.objects.create(product=place.home.product, market=where, status=status, valid_from=since, **flags)
        if label:
            LabelFacts.objects.create(product=place.home.product, market=where, indication=label, valid_from=since)


def looked(message: ApprovedMessage, account: Account, adapted: str = "") -> Look:
    return preview(message, account, factories.now(), adapted=adapted)


def go(by: User, message: ApprovedMessage, account: Account, **more: str) -> ReuseProof:
    """Do what the preview says."""
    secret = more.pop("secret", factories.PASSWORD)
    seen = more.pop("seen", "") or looked(message, account, **more).seen
    return ask(by, message, account, secret, seen, factories.now(), **more)


def translated(place: Abroad, message: ApprovedMessage, pieces: tuple[str, ...] = FRENCH) -> Translation:
    return save_translation(place.writer, message, "fr", "fr", pieces, factories.now())


def certified(place: Abroad, message: ApprovedMessage, pieces: tuple[str, ...] = FRENCH) -> Translation:
    row = translated(place, message, pieces)
    certify(place.lead, row, sentences_of(message), factories.PASSWORD, row.digest, factories.now())
    return row


def sentences_of(message: ApprovedMessage) -> list[int]:
    """Numbers of the pieces that want a certificate."""
    return [number for number, words in enumerate(pieces_of(message)) if words]


def written() -> tuple[int, ...]:
    """How much there is of everything that a reuse writes."""
    return tuple(model.objects.count() for model in (ReuseProof, Draft, Review, CheckRun, ApprovedMessage, Translation))
