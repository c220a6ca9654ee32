"""Hollinqvist in Germany as the flow tests find it: people, an account with its newsroom, a product, rules in force, templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection

from candour.cases.models import Case
from candour.channels.base import Page
from candour.channels.http import Door
from candour.core.review import MessageKind
from candour.core.rights import Function
from candour.core.states import SourceState
from candour.core.terms import HeardPost
from candour.flows import publish, review, submit
from candour.flows.answers import Refusal
from candour.flows.doors import through
from candour.flows.receive import take_in
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening.models import Post, Source
from candour.messages.models import ApprovedMessage, Draft, Publication, Review
from candour.people.actions import add_machine, add_person, give
from candour.people.models import User
from candour.registry.models import Account, LabelFacts, Product, ProductName, ProductStatus
from candour.training.models import Certificate
from tests import factories

PASSWORD = factories.PASSWORD
#: Everybody has held their function since then, so that a test may stand at any later instant.
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
#: A Tuesday, 11:00 in Berlin.
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)

MANDATORY = "Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage und fragen Sie Ihre Ärztin, Ihren Arzt oder in Ihrer Apotheke."
BLOCKED = f"Zovellark bei Kopfschmerzen, garantiert ohne Nebenwirkungen. {MANDATORY}"
MENDED = f"Zovellark bei Kopfschmerzen und Regelschmerzen ab 12 Jahren. {MANDATORY}"
MOTHER = (
    "Meine Tochter (16) nimmt seit drei Tagen Zovellark gegen ihre Regelschmerzen. Seit gestern hat sie einen roten Ausschlag an Hals "
    "und Armen, und ihr ist so schwindelig, dass sie sich beim Aufstehen festhalten muss. Soll sie die Tabletten absetzen?"
)
#: One adverse event of an adult, one question, one praise, one text without any finding, one in a language without a pack.
HEADACHE = "Ich nehme seit drei Wochen Zovellark und habe seitdem schreckliche Bauchschmerzen."
QUESTION = "Kann ich Zovellark zusammen mit Ibuprofen nehmen?"
PRAISE = "Danke für das schöne Tagebuch, ganz toll!"
CLEAN = "Heute ist das Wetter schön und der Bus war pünktlich."
UNSCREENED = "Η κόρη μου αρρώστησε πολύ μετά το φάρμακο και ήταν φρικτό"
SPAM = "Buy cheap pills now!!! http://spam.example 50% off viagra"
THANKS = "Guten Tag, danke für Ihre Nachricht. Rufen Sie uns unter {phone} an. Melden: {reporting_route}. {signer}, {company}"


@dataclass
class Ground:
    """Who and what is there."""

    community: User
    safety: User
    quality: User
    information: User
    author: User
    medical: User
    legal: User
    regulatory: User
    lead: User
    listener: User
    publisher: User
    account: Account
    source: Source
    product: Product

    def reviewer(self, role: str) -> User:
        return getattr(self, role)


def found() -> Ground:
    """Lay the ground."""
    factories.installation()
    factories.company()
    _market()
    lead = somebody("Henrike Solvang", Function.COE_LEAD)
    activate_market(lead, "de", PASSWORD, SINCE + timedelta(days=1))
    account = factories.account()
    with acting(factories.founder(), "test"):
        listener = add_machine("listener", Function.LISTENER, SINCE)
        publisher = add_machine("publisher", Function.PUBLISHER, SINCE)
    return Ground(
        community=somebody("Mira Castellane", Function.COMMUNITY_MANAGER, markets=("de",)),
        safety=somebody("Dr Ines Falkenrath", Function.DRUG_SAFETY),
        quality=somebody("Ruben Amsel", Function.QUALITY),
        information=somebody("Emil Brandauer", Function.MEDICAL_INFORMATION),
        author=somebody("Jonas Terhoven", Function.AUTHOR, markets=("de",)),
        medical=somebody("Dr Kaja Ormond", Function.MEDICAL_REVIEWER),
        legal=somebody("Lena Osterkamp", Function.LEGAL_REVIEWER),
        regulatory=somebody("Tomasz Wolny", Function.REGULATORY_REVIEWER),
        lead=lead,
        listener=listener,
        publisher=publisher,
        account=account,
        source=_source(account),
        product=_product(),
    )


def _market() -> None:
    row = factories.market()
    with acting(factories.founder(), "test"):
        row.phone, row.private_contact = "0800 1234567", "hilfe@hollinqvist.example"
        row.save()


def _product() -> Product:
    product, market = factories.product("Zovellark"), factories.market()
    with acting(factories.founder(), "test"):
        ProductName.objects.create(product=product, kind="name", term="Zovellark")
        ProductStatus.objects.create(product=product, market=market, status="otc", valid_from=date(2020, 1, 1))
        LabelFacts.objects.create(product=product, market=market, indication="Kopfschmerzen, Regelschmerzen", valid_from=date(2020, 1, 1))
    return product


def _source(account: Account) -> Source:
    source = factories.source(of=account)
    with acting(factories.founder(), "test"):
        source.last_ok_at, source.language, source.state = NOW - timedelta(seconds=20), "de", SourceState.LISTENING
        source.save()
    return source


def somebody(name: str, *functions: Function, markets: Sequence[str] = ("",), certified: bool = True) -> User:
    """A person with these functions since 2020, and a certificate that lasts."""
    number = User.objects.count()
    with acting(factories.founder(), "test"):
        person = add_person(email=f"someone{number}@hollinqvist.example", name=name, password=PASSWORD)
        for function in functions:
            for market in markets:
                give(person, function, by=factories.founder(), at=SINCE, market=market)
    if certified:
        certify(person)
    return person


def certify(person: User, until: datetime = datetime(2099, 1, 1, tzinfo=UTC)) -> Certificate:
    with acting(factories.founder(), "test"):
        return Certificate.objects.create(person=person, course="basics", course_version="1", lang="de", issued_at=SINCE, expires_at=until)


class Quiet(httpx.WSGITransport):
    """Requests to this very process that leave the connection open: the test's own transaction lives in it. Django's test client
    does the same, and connects the receiver again after each request of its own."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        told = (signals.request_started, signals.request_finished)
        for signal in told:
            signal.disconnect(close_old_connections)
        try:
            answer = super().handle_request(request)
            answer.read()
            return answer
        finally:
            for signal in told:
                signal.connect(close_old_connections)


class QuietDoor(Door):
    """The way to the newsroom without a socket."""

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        return httpx.Client(transport=Quiet(app=get_wsgi_application()), headers=headers, follow_redirects=True)


@contextmanager
def in_process() -> Iterator[None]:
    """Reach the newsroom of this very process."""
    with through(QuietDoor()):
        yield


# hearing


def heard(text: str, remote_id: str, *, author: str = "Gast", thread: str = "fragen", at: datetime = NOW, **more: object) -> HeardPost:
    """A post as a channel gives it."""
    fields = {"raw": text.encode("utf-8", "surrogatepass"), "url": f"http://127.0.0.1/{remote_id}"} | more
    return HeardPost(remote_id=remote_id, text=text, author=author, published_at=at, thread=thread, **fields)


def hear(on: Ground, *posts: HeardPost, now: datetime = NOW, source: Source | None = None) -> list[Case | None]:
    """Take posts in; the open case of each, or None."""
    where = source or on.source
    take_in(on.listener, where, Page(posts, f"after-{posts[-1].remote_id}"), now)
    return [case_of(where, post.remote_id) for post in posts]


def case_of(source: Source, remote_id: str) -> Case | None:
    return Case.objects.filter(posts__post__source=source, posts__post__remote_id=remote_id).order_by("-id").first()


def post_of(source: Source, remote_id: str) -> Post:
    return Post.objects.get(source=source, remote_id=remote_id)


# speaking


def written(
    on: Ground, text: str = MENDED, *, now: datetime = NOW, product: Product | None = None, title: str = "Zovellark", **more: object
) -> Draft:
    """A saved draft of the author about Zovellark."""
    fields = {"account": on.account, "product": product or on.product, "lang": "de"} | more
    return submit.create_draft(on.author, title=title, text=text, now=now, **fields)


def submitted(on: Ground, text: str = MENDED, *, now: datetime = NOW, **more: object) -> Review:
    draft = written(on, text, now=now, **more)
    return submit.submit(on.author, factories.settle(on.author, draft, now), draft.version, now)


def signed(on: Ground, running: Review, now: datetime = NOW) -> ApprovedMessage:
    """Every seal set by its reviewer."""
    for seal in running.seals.order_by("id"):
        review.sign(on.reviewer(seal.role), seal, PASSWORD, running.version.digest, now)
    return ApprovedMessage.objects.get(version=running.version)


def approved(on: Ground, text: str = MENDED, *, now: datetime = NOW, **more: object) -> ApprovedMessage:
    return signed(on, submitted(on, text, now=now, **more), now)


def template(on: Ground, text: str = THANKS, *, duties: Sequence[str] = ("AE",), now: datetime = NOW, **more: object) -> ApprovedMessage:
    """A reply template, signed by its reviewers."""
    fields = {"product": None, "title": "Danken und privat weiter", "kind": MessageKind.REPLY_TEMPLATE.value, "duties": duties} | more
    draft = submit.create_draft(on.author, account=on.account, lang="de", text=text, now=now, **fields)
    return signed(on, submit.submit(on.author, factories.settle(on.author, draft, now), draft.version, now), now)


def live_article(on: Ground, *, thread: str = "fragen", now: datetime = NOW) -> Publication:
    """An article in the newsroom under which people may write."""
    draft = submit.create_draft(
        on.author, title="Fragen", account=on.account, product=None, lang="de", text="Hier können Sie uns schreiben.", now=now
    )
    message = signed(on, submit.submit(on.author, factories.settle(on.author, draft, now), draft.version, now), now)
    publication = publish.publish(on.author, message, on.account, now)
    with acting(on.author, "test"):
        publication.thread = thread
        publication.save()
    assert publish.step(on.publisher, publication.pk, now)
    publication.refresh_from_db()
    return publication


# proving


@contextmanager
def nothing_changed(*tables: str) -> Iterator[None]:
    """What happens inside leaves these tables and the journal exactly as they were."""
    before = {table: rows(table) for table in tables}, Entry.objects.count()
    yield
    assert ({table: rows(table) for table in tables}, Entry.objects.count()) == before


def rows(table: str) -> list[tuple[object, ...]]:
    """Every row of a table, as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
        return cursor.fetchall()


CASES = ("cases_case", "cases_duty", "cases_receipt", "cases_reply", "cases_happening", "safety_handover", "approval_publication")
DRAFTS = (
    "approval_draft",
    "approval_draftversion",
    "approval_review",
    "approval_seal",
    "approval_approvedmessage",
    "journal_signature",
)


def refused(act: Callable[[], object], *tables: str, kind: type[Refusal] = Refusal) -> Refusal:
    """The act is refused and has changed nothing in these tables, nor in the journal; the refusal for a closer look."""
    with nothing_changed(*tables), pytest.raises(kind) as caught:
        act()
    return caught.value


def forge(statement: str, *values: object, **named: object) -> None:
    """One statement of somebody with the rights of the database's owner, every trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, named or values or None)
        cursor.execute("SET session_replication_role = origin")
