"""Small makers for tests: a company with people, accounts, sources, posts and cases. Every write happens inside a named act."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from candour.cases import actions as cases
from candour.cases.models import Case
from candour.core.rights import Function
from candour.core.states import DutyState, SourceState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind, Finding, HeardPost, Span
from candour.flows import submit as writing
from candour.journal.acting import acting
from candour.journal.models import Installation
from candour.listening import actions as listening
from candour.listening.models import Post, PostVersion, Source
from candour.messages.models import Draft
from candour.people.actions import add_person, give
from candour.people.models import User
from candour.people.rights import Held, held_by
from candour.registry.models import Account, Brand, Company, Market, Product
from candour.training.models import Certificate

PASSWORD = "long-enough-for-a-test"
_count = itertools.count(1)


def now() -> datetime:
    return datetime.now(UTC)


def founder() -> User:
    """The person in whose name the ground of a test is laid."""
    found = User.objects.filter(email="founder@hollinqvist.example").first()
    if found is not None:
        return found
    with acting(User(pk=0, name="Test"), "test"):  # nobody is there yet who could make the first person
        return User.objects.create(email="founder@hollinqvist.example", name="Fenna Oldenkott")


def installation(*, demo: bool = False) -> Installation:
    found = Installation.objects.first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        return Installation.objects.create(demo=demo)


def company() -> Company:
    found = Company.objects.first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        return Company.objects.create(name="Hollinqvist Pharma", short="Hollinqvist", safety_recipient="safety@hollinqvist.example")


def market(code: str = "de", name: str = "Germany", timezone: str = "Europe/Berlin") -> Market:
    found = Market.objects.filter(code=code).first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        return Market.objects.create(code=code, name=name, languages=code, timezone=timezone, reporting_route="nebenwirkungen.example")


def product(name: str = "Mivrantel") -> Product:
    found = Product.objects.filter(name=name).first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        brand, _made = Brand.objects.get_or_create(key=name.lower(), defaults={"name": name})
        return Product.objects.create(brand=brand, key=name.lower(), name=name)


def account(key: str = "newsroom-de", *, network: str = "newsroom", handle: str = "hollinqvist.de", market_code: str = "de") -> Account:
    found = Account.objects.filter(key=key).first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        return Account.objects.create(
            key=key, network=network, handle=handle, market=market_code, registered_at=now(), connection="connected", owner=founder()
        )


def person(name: str = "Mira Castellane", *functions: Function, markets: Sequence[str] = ("",), certified: bool = False) -> User:
    """Somebody with these functions in these markets, from a day ago on; `certified` adds a certificate for a year."""
    number, at = next(_count), now() - timedelta(days=1)
    with acting(founder(), "test"):
        someone = add_person(email=f"p{number}@hollinqvist.example", name=name, password=PASSWORD)
        for function in functions:
            for code in markets:
                give(someone, function, by=founder(), at=at, market=code)
        if certified:
            certify(someone)
    return someone


def certify(someone: User, *, until: datetime | None = None) -> Certificate:
    at = now() - timedelta(days=30)
    with acting(founder(), "test"):
        return Certificate.objects.create(
            person=someone, course="basics", course_version="1", lang="en", issued_at=at, expires_at=until or now() + timedelta(days=335)
        )


def source(
    key: str = "newsroom-de", *, kind: str = "newsroom", market_code: str = "de", of: Account | None = None, ours: bool = True
) -> Source:
    found = Source.objects.filter(key=key).first()
    if found is not None:
        return found
    with acting(founder(), "test"):
        return Source.objects.create(
            key=key,
            name=key.replace("-", " ").capitalize(),
            kind=kind,
            account=of,
            market=market_code,
            ours=ours,
            state=SourceState.LISTENING,
            last_ok_at=now() - timedelta(seconds=20),
        )


def finding(text: str, words: str, duty: DutyKind = DutyKind.AE, score: float = 0.97, why: str = "reaction, said of oneself") -> Finding:
    """A finding on `words` where they stand in `text`."""
    start = text.index(words)
    return Finding(duty, score, (Span(start, start + len(words), words, why),), why, "test-pack@1")


def post(
    text: str = "Third week on Mivrantel and I can’t feel my left hand.",
    *,
    findings: Sequence[Finding] = (),
    author: str = "anneke.example",
    heard_at: datetime | None = None,
    on: Source | None = None,
    lang: str = "en",
    products: str = "Mivrantel",
) -> PostVersion:
    """A stored post with its findings."""
    where, at = on or source(), heard_at or now() - timedelta(minutes=20)
    heard = HeardPost(remote_id=f"r{next(_count)}", text=text, author=author, published_at=at - timedelta(minutes=2), lang=lang)
    with acting(founder(), "test"):
        _intake, stored = listening.store(where, [heard], at)
        version = stored[0].version
        version.products = products
        version.save(update_fields=["products"])
        listening.record_findings([(version.pk, findings)])
    return version


def to_judge(version: PostVersion, by: datetime | None = None) -> Post:
    """Put a post before a person."""
    with acting(founder(), "test"):
        listening.put_before_person(version.post, by or now() + timedelta(hours=3))
    return version.post


def evidence(version: PostVersion, findings: Sequence[Finding], author: str) -> dict[str, object]:
    """What is kept of a post, in the shape the inbound flow keeps it."""
    words = findings[0].spans[0].words if findings else ""
    told = {"found": bool(words), "words": [words] if words else [], "spans": [], "note": ""}
    return {
        "text": version.text,
        "lang": version.lang,
        "author": author,
        "url": version.url,
        "published_at": version.published_at.isoformat(),
        "findings": [
            {
                "duty": f.duty.value,
                "score": f.score,
                "why": f.why,
                "pack": f.pack,
                "above": f.score >= 0.5,
                "spans": [{"start": s.start, "end": s.end, "words": s.words, "why": s.why} for s in f.spans],
            }
            for f in findings
        ],
        "products": [],
        "criteria": {
            "patient": told,
            "reporter": {"found": False, "words": [], "spans": [], "note": "not found: looked for a name, handle or contact"},
            "product": {"found": True, "words": ["Mivrantel"], "spans": [], "note": "as reported"},
            "event": told,
        },
    }


def case(
    text: str = "Third week on Mivrantel and I can’t feel my left hand.",
    *,
    findings: Sequence[Finding] | None = None,
    author: str = "anneke.example",
    heard_at: datetime | None = None,
    on: Source | None = None,
    safety_in: timedelta | None = timedelta(hours=23),
    service_in: timedelta | None = timedelta(minutes=18),
    of: Product | None = None,
    lang: str = "en",
    assignee: User | None = None,
) -> Case:
    """An open case with evidence and duties; clocks run out so long from now."""
    found = list(findings) if findings is not None else [finding(text, "can’t feel my left hand")]
    at = heard_at or now() - timedelta(minutes=20)
    version = post(text, findings=found, author=author, heard_at=at, on=on, lang=lang)
    where = version.post.source
    with acting(founder(), "test"):
        safety = now() + safety_in if safety_in is not None and any(f.duty in SAFETY_DUTIES for f in found) else None
        row = cases.open_case(
            version.post,
            now=at,
            thread=f"t{next(_count)}",
            person_key=version.post.author_key,
            account=where.account,
            source_kind=where.kind,
            market=version.market,
            lang=lang,
            product=of,
            aware_at=at,
            aware_basis="readable",
            safety_due_at=safety,
            service_due_at=now() + service_in if service_in is not None else None,
            top_duty=found[0].duty.value if found else "",
            assignee=assignee,
        )
        cases.add_post(row, version.post, "said", at)
        cases.keep_evidence(row, version.post, "post", evidence(version, found, author), at)
        for one in found:
            state = DutyState.OPEN if one.duty in RECEIPT_DUTIES and one.score >= 0.5 else DutyState.NOTED
            cases.add_duty(row, one.duty, one.score, state=state, due_at=safety if one.duty in SAFETY_DUTIES else None, now=at)
        cases.recount_clocks(row)
        cases.tell(row, "opened", founder(), at, aware_at=at.isoformat(), basis="readable", source=where.name)
    return row


def held_of(someone: User) -> tuple[Held, ...]:
    """The grants that count now."""
    return held_by(someone, now())


def settle(author: User, draft: Draft, at: datetime | None = None) -> Draft:
    """The author's answers to what the check finds in a draft, so that it may be submitted."""
    at = at or now()
    found = writing.check(author, writing.last_version(draft), at)
    for row in found.findings:
        if row["severity"] in ("H", "M") and not row["exempted_by"]:
            writing.answer_finding(author, found, row["rule"], "justify", "Agreed with regulatory", at)
    return draft
