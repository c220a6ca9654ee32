"""What Hollinqvist has approved: rules in force, reply templates, newsroom articles, and the draft the story is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from candour.core.review import MessageKind
from candour.flows import authority, publish, review, show_picture, submit, variants
from candour.flows.pictures import Rights
from candour.flows.releases import activate_market
from candour.journal.acting import acting, demo_clock
from candour.messages.models import ApprovedMessage, Draft
from candour.packs.reply_starters import load_replies
from candour.people.actions import machine
from candour.people.models import User
from candour.project.demo import picture
from candour.project.demo.company import MARKETS
from candour.project.demo.people import DEMO_SECRET
from candour.project.demo.texts import (
    ARTICLES,
    FORM_TEMPLATES,
    ILLUSTRATED,
    OLD_TEMPLATE,
    PLANNED,
    STORY_DRAFT,
    STORY_ORIGINAL,
    THREE_TEXTS,
    US_PRODUCT_TEXTS,
)
from candour.registry.models import Account, Product
from candour.registry.queries import market_day

People = dict[str, User]


def activate_rules(people: People, at: datetime) -> None:
    """The head of the centre of excellence signs the rules of every market of the company, and those of listed companies."""
    with demo_clock(at):
        for market in (*(code for code, *_rest in MARKETS), "corp"):
            activate_market(people["henrik"], market, DEMO_SECRET, at)


def sign_through(people: People, draft: Draft, at: datetime) -> ApprovedMessage:
    """Submit a draft and let its reviewers sign it, twenty minutes apart."""
    with demo_clock(at):
        run = submit.submit(people["jonas"], draft, draft.version, at)
    signers = {"medical": people["kaja"], "legal": people["lena"], "regulatory": people["tomasz"]}
    for number, seal in enumerate(run.seals.order_by("id"), start=1):
        moment = at + timedelta(minutes=20 * number)
        with demo_clock(moment):
            review.sign(signers[seal.role], seal, DEMO_SECRET, run.version.digest, moment)
    return ApprovedMessage.objects.get(draft=draft)


def write(
    people: People,
    at: datetime,
    *,
    title: str,
    account: Account,
    product: Product | None,
    lang: str,
    text: str,
    kind: MessageKind = MessageKind.POST,
    duties: Sequence[str] = (),
    based_on: ApprovedMessage | None = None,
    also: Sequence[Account] = (),
) -> Draft:
    """A draft by the brand author."""
    with demo_clock(at):
        return submit.create_draft(
            people["jonas"],
            title=title,
            account=account,
            product=product,
            lang=lang,
            text=text,
            now=at,
            kind=kind.value,
            duties=duties,
            based_on=based_on,
            also=also,
        )


def add_templates(people: People, accounts: dict[str, Account], at: datetime) -> None:
    """Signed reply templates for Germany and the United States."""
    for lang, account in (("de", accounts["hollinqvist-de"]), ("en", accounts["hollinqvist-us"])):
        starters = [(row.title, row.text, sorted(row.duties)) for row in load_replies(lang).starters]
        for title, text, duties in [*FORM_TEMPLATES[lang], *starters]:
            draft = write(
                people, at, title=title, account=account, product=None, lang=lang, text=text, kind=MessageKind.REPLY_TEMPLATE, duties=duties
            )
            sign_through(people, draft, at + timedelta(minutes=5))


def add_expired_template(people: People, accounts: dict[str, Account], now: datetime) -> ApprovedMessage:
    """A template of last year that ran out three weeks ago."""
    at = now - timedelta(days=385)
    title, text, duties = OLD_TEMPLATE
    draft = write(
        people,
        at,
        title=title,
        account=accounts["hollinqvist-de"],
        product=None,
        lang="de",
        text=text,
        kind=MessageKind.REPLY_TEMPLATE,
        duties=duties,
    )
    return sign_through(people, draft, at + timedelta(minutes=5))


def add_articles(people: People, accounts: dict[str, Account], now: datetime) -> None:
    """The newsroom's articles, each signed and published under the thread people comment in."""
    for account_key, thread, lang, title, text, days in ARTICLES:
        at = now + timedelta(days=days) - timedelta(hours=6)
        draft = write(people, at, title=title, account=accounts[account_key], product=None, lang=lang, text=text)
        if thread == ILLUSTRATED:
            draft = _illustrate(people["jonas"], draft, text, at + timedelta(minutes=10))
        message = sign_through(people, draft, at + timedelta(minutes=30))
        publish_at(people, message, at + timedelta(hours=3), thread=thread)


def _illustrate(author: User, draft: Draft, text: str, at: datetime) -> Draft:
    """The author puts the drawing of the diary sheet under the text and says what it shows."""
    words = {"alt_text": picture.ALT_TEXT, "picture_words": ""}
    rights = Rights(licence=picture.LICENCE)
    with demo_clock(at):
        show_picture.upload(author, draft, picture.diary_sheet(), picture.NAME, rights, draft.version, at, text=text, words=words)
    draft.refresh_from_db()
    return draft


def add_product_texts(people: People, account: Account, mivrantel: Product, now: datetime) -> None:
    """Two texts about a prescription medicine in the United States: one is on file with FDA, the other's submission is owed."""
    for title, text, days, number in US_PRODUCT_TEXTS:
        at = now + timedelta(days=days) - timedelta(hours=6)
        draft = write(people, at, title=title, account=account, product=mivrantel, lang="en", text=text)
        message = sign_through(people, draft, at + timedelta(minutes=30))
        sent = at + timedelta(hours=3)
        publish_at(people, message, sent)
        if number:
            filed = sent + timedelta(hours=1)
            with demo_clock(filed):
                authority.enter(
                    people["tomasz"], message, "form2253", "us", number, market_day("us", filed), filed, note="through the gateway"
                )


def publish_at(people: People, message: ApprovedMessage, at: datetime, *, thread: str = "") -> None:
    """Publish a message, read it back, at a past instant of the story."""
    with demo_clock(at):
        publication = publish.publish(people["jonas"], message, message.account, at)
        if thread:
            with acting(people["jonas"], "message.thread"):
                publication.thread = thread
                publication.save(update_fields=["thread"])
        publish.step(machine("publisher"), publication.pk, at)


def add_calendar(people: People, accounts: dict[str, Account], now: datetime) -> None:
    """The weeks ahead: newsroom texts with their day, and one for LinkedIn that a person publishes by hand."""
    signed_at = now - timedelta(days=3)
    for account_key, title, text, days in PLANNED:
        account = accounts[account_key]
        draft = write(people, signed_at, title=title, account=account, product=None, lang="de", text=text)
        message = sign_through(people, draft, signed_at + timedelta(minutes=30))
        at, by = signed_at + timedelta(hours=3), people["jonas"]
        with demo_clock(at):
            publish.publish(by, message, account, at, due_at=now + timedelta(days=days), hand_to=by)


def add_three_texts(people: People, accounts: dict[str, Account], now: datetime) -> Draft:
    """A message being written, with a text of its own for Bluesky and one for Mastodon."""
    at, by = now - timedelta(hours=26), people["jonas"]
    title, whole, *shorter = THREE_TEXTS
    main = write(people, at, title=title, account=accounts["hollinqvist-de"], product=None, lang="de", text=whole)
    for number, (account, text) in enumerate(zip(("bluesky-de", "mastodon-de"), shorter, strict=True), start=1):
        moment = at + timedelta(minutes=9 * number)
        with demo_clock(moment):
            variant = variants.give(by, main, accounts[account], main.version, moment)
            submit.save(by, variant, text, variant.version, moment)
    return main


def add_story_draft(people: People, accounts: dict[str, Account], zovellark: Product, now: datetime) -> Draft:
    """Last year's text as approved then, and today's draft on it with the words the law forbids."""
    at = now - timedelta(days=58)
    title, text = STORY_ORIGINAL
    original = sign_through(
        people,
        write(
            people,
            at,
            title=title,
            account=accounts["hollinqvist-de"],
            product=zovellark,
            lang="de",
            text=text,
            also=[accounts["bluesky-de"]],
        ),
        at + timedelta(minutes=5),
    )
    title, text = STORY_DRAFT
    return write(
        people,
        now - timedelta(hours=4),
        title=title,
        account=accounts["hollinqvist-de"],
        product=zovellark,
        lang="de",
        text=text,
        based_on=original,
        also=[accounts["bluesky-de"]],
    )
