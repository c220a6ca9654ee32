"""What stands before the reviewers of Hollinqvist: a second round with notes carried over, and two answers that are one decision."""

from __future__ import annotations

from datetime import datetime, timedelta

from candour.core.review import MessageKind
from candour.flows import annotate, review, submit
from candour.journal.acting import demo_clock
from candour.messages.models import Draft, Review
from candour.people.models import User
from candour.project.demo.approvals import People, write
from candour.project.demo.texts import REVIEWED_AGAIN, REVIEWED_FIRST, WAITING_ANSWERS
from candour.registry.models import Account, Product


def add_reviews(people: People, accounts: dict[str, Account], zovellark: Product, now: datetime) -> None:
    """Rounds that run today: what a reviewer opens in the morning."""
    _second_round(people, accounts["hollinqvist-de"], zovellark, now)
    for title, text in WAITING_ANSWERS:
        at = now - timedelta(minutes=50)
        account = accounts["hollinqvist-de"]
        answer = write(
            people,
            at,
            title=title,
            account=account,
            product=None,
            lang="de",
            text=text,
            kind=MessageKind.REPLY_TEMPLATE,
            duties=("PRAISE",),
        )
        _submitted(people, answer, at + timedelta(minutes=1))


def _submitted(people: People, draft: Draft, at: datetime) -> Review:
    with demo_clock(at):
        return submit.submit(people["jonas"], draft, draft.version, at)


def _second_round(people: People, account: Account, zovellark: Product, now: datetime) -> None:
    """Yesterday medicine said what must be fixed and law asked for changes; this morning the author sent it again."""
    title, text = REVIEWED_FIRST
    began = now - timedelta(hours=26)
    draft = write(people, began, title=title, account=account, product=zovellark, lang="de", text=text)
    first = _submitted(people, draft, began + timedelta(minutes=10))
    _note(people["kaja"], first, "must_fix", "für Erwachsene und Kinder", "Das Etikett sagt: ab 12 Jahren.", began + timedelta(minutes=40))
    _note(
        people["tomasz"], first, "question", "auf Reisen", "Steht die Packung so auch in der Reiseapotheke?", began + timedelta(minutes=50)
    )
    ended = began + timedelta(hours=2)
    with demo_clock(ended):
        review.ask_changes(people["lena"], first.seals.get(role="legal"), "Das Alter muss dem Etikett entsprechen.", ended)
    _mended(people, draft, now - timedelta(hours=3))


def _mended(people: People, draft: Draft, at: datetime) -> None:
    with demo_clock(at):
        draft.refresh_from_db()
        submit.save(people["jonas"], draft, REVIEWED_AGAIN, draft.version, at)
        draft.refresh_from_db()
        for note in draft.annotations.filter(kind="must_fix"):
            annotate.answer(people["jonas"], note, "Geändert: ab 12 Jahren.", at)
    _submitted(people, draft, at + timedelta(minutes=5))


def _note(by: User, round_: Review, kind: str, quote: str, words: str, at: datetime) -> None:
    with demo_clock(at):
        annotate.annotate(by, round_, kind, words, at, quote=quote)
