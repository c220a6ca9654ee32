"""What has travelled at Hollinqvist: one message used abroad already, and the three answers that a visitor finds for the others.

France may have the diary by one signature; Spain asks two reviewers about Zovellark; France may not have Zovellark at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from candour.flows import advertise, reuse, translate
from candour.flows.travel import account_there, preview
from candour.journal.acting import demo_clock
from candour.messages.models import ApprovedMessage
from candour.project.demo.approvals import People, sign_through, write
from candour.project.demo.people import DEMO_SECRET
from candour.project.demo.texts import DIARY, DIARY_EN, DIARY_FR, ZOVELLARK_ES
from candour.registry.models import Account
from candour.registry.queries import market_day


def add_travels(people: People, accounts: dict[str, Account], zovellark: ApprovedMessage, now: datetime) -> None:
    """A diary that went to the United States, and translations that wait for a signature."""
    begun = now - timedelta(days=12)
    title, text = DIARY
    draft = write(people, begun, title=title, account=accounts["hollinqvist-de"], product=None, lang="de", text=text)
    diary = sign_through(people, draft, begun + timedelta(minutes=20))
    _translate(people, diary, "us", "en", DIARY_EN, now - timedelta(days=10, hours=4))
    _use(people, diary, "us", now - timedelta(days=10))
    add_ad(people, diary, now - timedelta(days=3))
    _translate(people, diary, "fr", "fr", DIARY_FR, now - timedelta(days=2))
    _translate(people, zovellark, "es", "es", ZOVELLARK_ES, now - timedelta(days=3))


def add_ad(people: People, diary: ApprovedMessage, at: datetime) -> None:
    """The diary is shown for money to adults in two regions, and told so before a cent was spent."""
    first = market_day(diary.market, at) + timedelta(days=1)
    wanted = advertise.Wanted(
        network="facebook",
        audience="pub",
        described="Adults in Hesse and Bavaria, in German",
        country=diary.market,
        age_floor=18,
        reason="By region and language only; no interests, no lists. The text names no medicine.",
        starts_on=first,
        ends_on=first + timedelta(days=13),
        budget="2,000 EUR",
    )
    with demo_clock(at):
        advertise.record(people["jonas"], diary, wanted, at)


def _translate(people: People, message: ApprovedMessage, market: str, lang: str, pieces: Sequence[str], at: datetime) -> None:
    """The author writes it, the medical reviewer certifies every sentence."""
    with demo_clock(at):
        row = translate.save_translation(people["jonas"], message, market, lang, pieces, at)
    later = at + timedelta(minutes=50)
    wanted = [number for number, words in enumerate(translate.pieces_of(message)) if words]
    with demo_clock(later):
        translate.certify(people["kaja"], row, wanted, DEMO_SECRET, row.digest, later)


def _use(people: People, message: ApprovedMessage, market: str, at: datetime) -> None:
    """The regulatory reviewer signs it for another market."""
    with demo_clock(at):
        account = account_there(message, market)
        if account is None:
            raise RuntimeError(f"The demo company has no account in {market}.")
        reuse.ask(people["tomasz"], message, account, DEMO_SECRET, preview(message, account, at).seen, at)
