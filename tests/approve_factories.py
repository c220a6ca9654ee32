"""Makers for tests of approval: rules in force, a registered product, an author, three reviewers, drafts and approved messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

from candour.core.rights import Function
from candour.flows import claims as claiming
from candour.flows import review as reviewing
from candour.flows import submit as writing
from candour.flows.exact import exact_bytes
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.journal.signatures import sign_bytes
from candour.messages.models import ApprovedMessage, Claim, Draft, Drift, Publication, Review
from candour.people.models import User
from candour.registry.models import Account, LabelFacts, PackRelease, Product, ProductStatus
from tests import factories

#: An education text without a product: no rule objects.
CLEAN = "Migräne ist keine Einbildung. Sprechen Sie mit Ihrer Ärztin über Ihre Beschwerden."
MANDATORY = "Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage und fragen Sie Ihre Ärztin, Ihren Arzt oder in Ihrer Apotheke."
#: The draft of the first ten minutes: the German advertising law blocks the promise.
BLOCKED = f"Zovellark gegen Kopfschmerzen, garantiert ohne Nebenwirkungen.\n\n{MANDATORY}"
MENDED = f"Zovellark bei Kopfschmerzen, rezeptfrei in Ihrer Apotheke.\n\n{MANDATORY}"
#: A finding that wants an answer but does not block.
FEARFUL = f"Kopfschmerzen? Handeln, bevor es zu spät ist, mit Zovellark.\n\n{MANDATORY}"

CLAIM = "Zovellark lindert Kopfschmerzen"
FOOTNOTE = "Für Erwachsene und Kinder ab 12 Jahren."

ROLES = {
    "medical": Function.MEDICAL_REVIEWER,
    "legal": Function.LEGAL_REVIEWER,
    "regulatory": Function.REGULATORY_REVIEWER,
}


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 at its smallest, for tests that make many people; the product's own cost is proven elsewhere."""

    time_cost, memory_cost, parallelism = 1, 64, 1


QUICK_HASHERS = ["tests.approve_factories.QuickArgon2"]


@dataclass
class Ground:
    """People and things every approval story needs."""

    author: User
    medical: User
    legal: User
    regulatory: User
    lead: User
    account: Account
    product: Product

    def reviewer(self, role: str) -> User:
        return getattr(self, role)


def ground() -> Ground:
    """Germany with its rules in force, Zovellark over the counter, and everybody with a valid certificate."""
    factories.installation()
    factories.company()
    factories.market()
    lead = factories.person("Henrike Solvang", Function.COE_LEAD, certified=True)
    if not PackRelease.objects.exists():
        activate_market(lead, "de", factories.PASSWORD, factories.now() - timedelta(hours=1))
    return Ground(
        author=factories.person("Tomas Brandl", Function.AUTHOR, markets=("de",), certified=True),
        medical=factories.person("Dr Ines Falkenrath", Function.MEDICAL_REVIEWER, markets=("de",), certified=True),
        legal=factories.person("Jonas Terhoven", Function.LEGAL_REVIEWER, markets=("de",), certified=True),
        regulatory=factories.person("Lena Osterkamp", Function.REGULATORY_REVIEWER, markets=("de",), certified=True),
        lead=lead,
        account=factories.account(),
        product=_product(),
    )


def _product() -> Product:
    product = factories.product("Zovellark")
    market = factories.market()
    if not ProductStatus.objects.filter(product=product).exists():
        with acting(factories.founder(), "test"):
            ProductStatus.objects.create(product=product, market=market, status="otc", valid_from=date(2020, 1, 1))
            LabelFacts.objects.create(product=product, market=market, indication="Kopfschmerzen", valid_from=date(2020, 1, 1))
    return product


def draft(
    on: Ground,
    text: str = CLEAN,
    *,
    title: str = "Migräne-Tag",
    product: Product | None = None,
    based_on: object = None,
    account: Account | None = None,
    also: Sequence[Account] = (),
) -> Draft:
    """A saved draft of the author, without a product unless one is given."""
    return writing.create_draft(
        on.author,
        title=title,
        account=account or on.account,
        product=product,
        lang="de",
        text=text,
        now=factories.now(),
        based_on=based_on,
        also=also,
    )


def review(on: Ground, text: str = MENDED, **more: object) -> Review:
    """A submitted draft about Zovellark: all three roles are asked."""
    made = draft(on, text, **({"product": on.product} | more))
    return writing.submit(on.author, factories.settle(on.author, made), made.version, factories.now())


def sign_all(on: Ground, running: Review) -> ApprovedMessage:
    """Every seal set by the reviewer of its role."""
    for seal in running.seals.order_by("id"):
        reviewing.sign(on.reviewer(seal.role), seal, factories.PASSWORD, running.version.digest, factories.now())
    return ApprovedMessage.objects.get(draft=running.draft, version=running.version)


def approved(on: Ground, text: str = MENDED, **more: object) -> ApprovedMessage:
    return sign_all(on, review(on, text, **more))


def claim(
    on: Ground,
    *,
    title: str = "Kopfschmerz",
    wording: str = CLAIM,
    footnote: str = FOOTNOTE,
    markets: Sequence[str] = ("de",),
    now: datetime | None = None,
) -> Claim:
    """A claim of the author about Zovellark, with a label as its reference, waiting for its signatures."""
    at = now or factories.now()
    content = claiming.Content(
        title,
        tuple(markets),
        at.date() + timedelta(days=365),
        (claiming.Words("de", wording, footnote),),
        (claiming.Reference("Fachinformation Zovellark", "section", "4.1", "2024-05-01"),),
    )
    return claiming.create(on.author, on.product, content, at)


def approved_claim(on: Ground, *, now: datetime | None = None, **more: Any) -> Claim:
    """The same signed by medicine and regulatory."""
    made = claim(on, now=now, **more)
    for role in claiming.ROLES:
        claiming.sign(on.reviewer(role), made, role, made.versions.get().digest, factories.PASSWORD, now or factories.now())
    made.refresh_from_db()
    return made


def template(on: Ground, text: str = "Guten Tag, danke für Ihre Nachricht.", *, key: str = "thanks-de", **more: object) -> ApprovedMessage:
    """A reply template in force since yesterday, signed by the lead; fields by name."""
    at = factories.now()
    fields: dict[str, object] = {
        "valid_from": at - timedelta(days=1),
        "valid_until": at + timedelta(days=300),
        "market": "de",
        "lang": "de",
        "kind": "reply_template",
    }
    exact = exact_bytes(
        kind="reply_template",
        title=key.capitalize(),
        text=text,
        links=(),
        alt_text="",
        accounts=(),
        market="de",
        audience="pub",
        lang="de",
        product="",
    )
    with acting(on.lead, "test"):
        signature = sign_bytes(on.lead, exact, subject="test", key=key, meaning="approved", secret=factories.PASSWORD, now=at)
        row = ApprovedMessage.objects.create(
            key=key, title=key.capitalize(), text=text, exact=exact, digest=signature.digest, **(fields | more)
        )
        row.signatures.add(signature)
    return row


def live(on: Ground, message: ApprovedMessage, *, seen: str = "") -> Publication:
    """A publication seen live; with `seen` it stands there otherwise than signed."""
    at = factories.now()
    with acting(on.lead, "test"):
        row = Publication.objects.create(
            message=message, account=on.account, text=message.text, lang=message.lang, digest="", by=on.author, due_at=at,
            state="drifted" if seen else "live", sent_at=at, seen_at=at, url="http://127.0.0.1/newsroom/1",
        )  # fmt: skip
        if seen:
            Drift.objects.create(publication=row, opened_at=at, signed_text=message.text, seen_text=seen, letters=1)
    return row
