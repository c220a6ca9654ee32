"""Claims of Hollinqvist about Zovellark: two approved ones, one that waits for regulatory, and one whose review day is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from candour.flows import claims as flow
from candour.journal.acting import demo_clock
from candour.messages.models import Claim
from candour.people.models import User
from candour.project.demo.people import DEMO_SECRET
from candour.project.demo.texts import MANDATORY
from candour.registry.models import Product

People = dict[str, User]
LABEL = "Zovellark, product information"
#: Title, wordings (language, words, footnote), reference (kind, anchor), days until review, roles that have signed.
CLAIMS = (
    (
        "What it is approved for",
        (
            (
                "de",
                "Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen",
                MANDATORY,
            ),
        ),
        ("section", "4.1"),
        300,
        ("medical", "regulatory"),
    ),
    (
        "Without prescription",
        (("de", "Zovellark ist ohne Rezept in der Apotheke erhältlich", ""),),
        ("page", "1"),
        200,
        ("medical", "regulatory"),
    ),
    (
        "Works in half an hour",
        (("de", "Zovellark wirkt nach etwa 30 Minuten", "Mittlerer Wert einer Studie mit 212 Erwachsenen."),),
        ("quote", "median time to onset was 30 minutes"),
        250,
        ("medical",),
    ),
    (
        "Period pain",
        (("de", "Zovellark hilft bei Regelschmerzen", ""),),
        ("section", "4.1"),
        -20,
        ("medical", "regulatory"),
    ),
)


def add_claims(people: People, zovellark: Product, now: datetime) -> list[Claim]:
    """The claims, written and signed in the weeks before the story; the last one's review day has passed since."""
    return [_add(people, zovellark, row, now - timedelta(days=62 + number)) for number, row in enumerate(CLAIMS)]


def _add(people: People, product: Product, row: tuple, at: datetime) -> Claim:
    title, wordings, (kind, anchor), days, signed = row
    content = flow.Content(
        title,
        ("de",),
        (at + timedelta(days=62 + days)).date(),
        tuple(flow.Words(*one) for one in wordings),
        (flow.Reference(LABEL, kind, anchor, "2024-05-01"),),
    )
    with demo_clock(at):
        claim = flow.create(people["jonas"], product, content, at)
    signers = {"medical": people["kaja"], "regulatory": people["tomasz"]}
    for number, role in enumerate(signed, start=1):
        moment = at + timedelta(hours=number)
        with demo_clock(moment):
            shown = claim.versions.get().digest
            flow.sign(signers[role], claim, role, shown, DEMO_SECRET, moment)
            claim.refresh_from_db()
    return claim
