"""A small company in which every screen has one thing to show: what generated tests walk over, as whoever they like."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from candour.assurance.models import LegalHold
from candour.cases.models import Case
from candour.core.rights import Function
from candour.core.signing import digest
from candour.core.terms import DutyKind
from candour.flows import advertise, annotate, authority, extend, hand_over, reply, reuse, show_picture, submit, variants
from candour.flows import pause as pausing
from candour.flows import publish as publishing
from candour.flows import withdraw as withdrawing
from candour.flows.erasure import place_hold
from candour.flows.pictures import Rights
from candour.flows.releases import activate_market
from candour.flows.travel import account_there, preview
from candour.journal import exports, sealing
from candour.journal.acting import acting
from candour.listening.models import Gap, Post, Source
from candour.messages.models import (
    AdRecord,
    Annotation,
    ApprovedMessage,
    AuthorityEntry,
    Claim,
    Draft,
    Drift,
    Embargo,
    Extension,
    Pause,
    Picture,
    Publication,
    ReuseProof,
    Review,
    Withdrawal,
    WithdrawalStep,
)
from candour.newsroom.actions import add_comment, put_item, put_picture, show_comment
from candour.people.models import Passkey, SignedIn, User
from candour.registry.models import Account, Activity, ProductStatus
from candour.training.models import Attempt, Certificate
from tests import approve_factories as approve
from tests import factories
from tests.pictures import drawn

PEOPLE_FUNCTIONS = tuple(function for function in Function if function not in (Function.LISTENER, Function.PUBLISHER))
#: Where the tests' objects live, the place of a stranger to them, and everywhere.
HERE, ELSEWHERE, EVERYWHERE = "de", "us", ""
#: Where messages travel to.
ABROAD = "ch"
ANSWER = "Guten Tag, danke für Ihre Nachricht. Wir melden uns bei Ihnen."


@dataclass
class Things:
    """One of everything, all of it in Germany."""

    on: approve.Ground
    account: Account
    source: Source
    open_case: Case
    handed_case: Case
    owing_nothing: Case
    closed_case: Case
    held_reply: Any
    template: ApprovedMessage
    draft: Draft
    variant: Draft
    blocked: Draft
    review: Review
    note: Annotation
    settled_note: Annotation
    pair: list[Review]
    message: ApprovedMessage
    proof: ReuseProof
    fresh: ApprovedMessage
    held: Publication
    by_hand: Publication
    pause: Pause
    embargo: Embargo
    unknown: Publication
    drift: Drift
    ending: ApprovedMessage
    extension: Extension
    claim: Claim
    approved_claim: Claim
    withdrawal: Withdrawal
    withdrawal_step: WithdrawalStep
    waiting_post: Post
    comment_post: Post
    attempt: Attempt
    certificate: Certificate
    picture: Picture
    vaccine: ApprovedMessage
    vaccine_draft: Draft
    authority_entry: AuthorityEntry
    ad: AdRecord
    hold: LegalHold
    passkey: Passkey
    signed_in: SignedIn


def build(words: str = "") -> Things:
    """Lay the ground; `words` is put into every text a person can write."""
    _plan_fingerprint()
    on = approve.ground()
    factories.market(ELSEWHERE, "United States", "America/New_York")
    _abroad(on)
    factories.person("Sofia Arbour", Function.DRUG_SAFETY, Function.QUALITY, Function.MEDICAL_INFORMATION, certified=True)
    hub = factories.person("Mira Castellane", Function.COMMUNITY_MANAGER, markets=(HERE,), certified=True)
    source = factories.source(of=on.account)
    _newsroom(on.account, words)
    _registry(on, words)
    cases = _cases(source, hub, words)
    texts = _texts(on, words)
    return Things(
        on=on,
        account=on.account,
        source=source,
        **cases,
        **texts,
        ad=_ad(on, texts["message"], words),
        held_reply=_held_reply(cases["open_case"], hub, texts["template"]),
        waiting_post=factories.to_judge(factories.post(f"Ist das normal? {words}", on=source, author=f"w{words[:40]}", lang="de")),
        comment_post=_comment_post(source, words),
        **_training(on.author),
        **_on_file(on, words),
        hold=_hold(cases["closed_case"], words),
        passkey=_passkey(on.author, words),
        signed_in=_signed_in(on.author),
    )


def advertisement() -> dict[str, str]:
    """The form for an advertisement of a message of here."""
    day = factories.now().date()
    return {
        "network": "linkedin",
        "audience": "pub",
        "described": "Adults in Bavaria",
        "country": HERE,
        "age_floor": "18",
        "reason": "By region only",
        "starts_on": (day + timedelta(days=2)).isoformat(),
        "ends_on": (day + timedelta(days=9)).isoformat(),
    }


def _ad(on: approve.Ground, message: ApprovedMessage, words: str) -> AdRecord:
    day = factories.now().date() + timedelta(days=2)
    told = f"Adults in Hesse {words}"[:300]
    wanted = advertise.Wanted("x", "pub", told, HERE, 18, f"By region {words}", day, day + timedelta(days=3), gate=words, budget=words[:40])
    return advertise.record(on.author, message, wanted, factories.now())


def seal() -> None:
    """Give every entry its place in the tree, as the worker does every few seconds."""
    sealing.forget_floor()
    exports.forget_file()
    while sealing.seal() is not None:
        pass


#: A number as an authority may write it, and another one.
APPROVAL, OTHER_APPROVAL = "2026-088", "2026-089"


def _on_file(on: approve.Ground, words: str) -> dict[str, Any]:
    """A vaccination message, for which the law asks for the number of the authority's approval, with such an entry, and its draft."""
    vaccine, place = factories.product("Fluvandra"), factories.market()
    with acting(factories.founder(), "test"):
        ProductStatus.objects.create(product=vaccine, market=place, status="rx", valid_from=date(2020, 1, 1))
    text = "Jetzt an die Grippeimpfung denken."
    message = approve.approved(on, text, product=vaccine, title=f"Impfung {words}"[:160])
    given = factories.now().date() - timedelta(days=1)
    entry = authority.enter(
        on.regulatory, message, "campaign_approval", HERE, APPROVAL, given, factories.now(), note=f"by telephone {words}"
    )
    return {"vaccine": message, "vaccine_draft": approve.draft(on, text, product=vaccine), "authority_entry": entry}


def approval_form() -> dict[str, str]:
    """The form for one more number of the authority's approval."""
    given = factories.now().date() - timedelta(days=1)
    return {"gate": "campaign_approval", "market": HERE, "number": OTHER_APPROVAL, "given_on": given.isoformat()}


def _abroad(on: approve.Ground) -> None:
    """A market with rules and an account, which speaks the language of the texts and where nobody holds a function of its own."""
    market = factories.market(ABROAD, "Switzerland", "Europe/Zurich")
    with acting(on.lead, "test"):
        market.languages = "de"
        market.save()
    activate_market(on.lead, ABROAD, factories.PASSWORD, factories.now() - timedelta(hours=1))
    factories.account("bluesky-ch", network="bluesky", handle="hollinqvist.ch", market_code=ABROAD)


def seen_abroad(message: ApprovedMessage) -> str:
    """What a page about the reuse of a message in the other market was made of."""
    return preview(message, account_there(message, ABROAD), factories.now()).seen


def _proof(message: ApprovedMessage) -> ReuseProof:
    writer = factories.person("Yann Le Goff", Function.AUTHOR, certified=True)
    account = account_there(message, ABROAD)
    return reuse.ask(writer, message, account, factories.PASSWORD, seen_abroad(message), factories.now())


def _passkey(person: User, words: str) -> Passkey:
    with acting(person, "test"):
        return Passkey.objects.create(person=person, name=f"Laptop {words}"[:60], credential="c", public="p", added_at=factories.now())


def _signed_in(person: User) -> SignedIn:
    at, place = factories.now(), "198.51.100.0/24"
    return SignedIn.objects.create(
        person=person, session="k", device="Firefox, Linux", place=place, method="password", started_at=at, seen_at=at
    )


def _hold(case: Case, words: str) -> LegalHold:
    lawyer = factories.person("Lena Wolff", Function.LEGAL_REVIEWER, certified=True)
    place_hold(lawyer, "case", case.number, f"a lawsuit {words}"[:400], factories.PASSWORD, factories.now())
    return LegalHold.objects.get()


#: The newsroom's own picture, by its digest.
SHOWN = drawn()


def _newsroom(account: Account, words: str) -> None:
    at = factories.now()
    put_picture(digest(SHOWN), SHOWN, at)
    put_item(
        "item-1",
        account=account.key,
        thread="fragen",
        in_reply_to="",
        title=f"Fragen {words}"[:200],
        text=f"Text {words}",
        lang="de",
        now=at,
        picture=digest(SHOWN),
        alt_text=f"Bild {words}"[:300],
    )
    said = add_comment(account.key, "fragen", author=f"Ada {words}"[:80], text=f"Frage {words}", lang="de", form_token="first", now=at)
    show_comment(said)


def _registry(on: approve.Ground, words: str) -> None:
    with acting(factories.founder(), "test"):
        Activity.objects.create(
            key="diary", name=f"Diary {words}"[:120], kind="page", market=HERE, owner=on.lead, starts_on=date(2024, 1, 1)
        )
        Gap.objects.create(source=factories.source(), opened_at=factories.now() - timedelta(hours=3), why=f"no answer {words}"[:300])


def _cases(source: Source, hub: User, words: str) -> dict[str, Case]:
    safety = factories.person("Dr Tom Ellery", Function.DRUG_SAFETY, certified=True)
    text = f"Third week on Mivrantel and I can’t feel my left hand. {words}"
    opened = factories.case(text, on=source, lang="de", author=f"anneke {words}"[:200])
    handed = factories.case(text, on=source, lang="de")
    hand_over.hand_over(hub, handed, DutyKind.AE.value, handed.version, factories.now())
    praise = f"Thank you for the diary. {words}"
    calm = [factories.case(praise, findings=[factories.finding(praise, "Thank you", DutyKind.PRAISE)], on=source, lang="de") for _ in "12"]
    hand_over.no_reply_needed(hub, calm[0], f"thanks {words}", calm[0].version, factories.now())
    hand_over.no_reply_needed(hub, calm[1], f"thanks {words}", calm[1].version, factories.now())
    calm[1].refresh_from_db()
    hand_over.close(safety, calm[1], "answered", calm[1].version, factories.now())
    for case in (opened, handed, *calm):
        case.refresh_from_db()
    return {"open_case": opened, "handed_case": handed, "owing_nothing": calm[0], "closed_case": calm[1]}


def _texts(on: approve.Ground, words: str) -> dict[str, Any]:
    message = approve.approved(on, title=f"Zovellark {words}"[:160])
    drifted = approve.live(on, message, seen=f"Something else {words}")
    other = approve.approved(on, f"{approve.MENDED} Fragen Sie uns.", title="Held")
    held = publishing.publish(on.author, other, on.account, factories.now(), due_at=factories.now() + timedelta(days=1))
    unknown = approve.live(on, other)
    with acting(on.lead, "test"):
        Publication.objects.filter(pk=unknown.pk).update(
            state="unknown", attempts=99, sending_since=factories.now(), asked_at=factories.now(), problem="no answer"
        )
    under_review = approve.review(on, f"{approve.MENDED} {words}")
    settled = annotate.annotate(on.medical, under_review, "nit", f"Shorter {words}"[:200], factories.now())
    linkedin = factories.account("linkedin-de", network="linkedin", handle="hollinqvist-de")
    spoken = approve.approved(on, f"{approve.MENDED} Schreiben Sie uns.", title="By hand", account=linkedin)
    now = factories.now()
    by_hand = publishing.publish(on.author, spoken, linkedin, now, due_at=now, hand_to=on.author)
    paused = pausing.begin(on.lead, reason=f"recall {words}"[:300], secret=factories.PASSWORD, now=now, market=HERE, theme="Nasenspray")
    return {
        "picture": _pictured(on, words),
        "note": annotate.annotate(on.medical, under_review, "question", f"Why? {words}"[:200], factories.now()),
        "settled_note": annotate.settle(on.medical, settled, factories.now()),
        "pair": [approve.review(on, f"{approve.CLEAN} {words} {number}", product=None) for number in (1, 2)],
        "by_hand": by_hand,
        "pause": paused,
        "embargo": pausing.set_embargo(on.author, _later(on), now + timedelta(days=3), f"launch {words}"[:300], now),
        "template": approve.template(on, ANSWER),
        "draft": approve.draft(on, f"{approve.CLEAN} {words}", title=f"Migräne-Tag {words}"[:160]),
        "variant": _variant(on, linkedin, words),
        "blocked": _checked(on),
        "review": under_review,
        "message": message,
        "fresh": approve.approved(on, f"{approve.MENDED} Lesen Sie weiter.", title="Fresh"),
        "held": held,
        "proof": _proof(message),
        "unknown": unknown,
        "drift": drifted.drifts.get(),
        **_withdrawn(on, words),
        **_claims(on, words),
        **_ending(on, words),
    }


def _variant(on: approve.Ground, account: Account, words: str) -> Draft:
    """The text of its own that an account has beside the main one of a message."""
    main = approve.draft(on, f"{approve.CLEAN} {words}", title=f"Two texts {words}"[:160])
    return variants.give(on.author, main, account, main.version, factories.now())


def _pictured(on: approve.Ground, words: str) -> Picture:
    """A picture that one draft shows, with the given words wherever a person can write some."""
    made = approve.draft(on, f"{approve.CLEAN} {words}", title="With a picture")
    said = {"alt_text": f"Ein Fenster {words}"[:300], "picture_words": f"Hollinqvist {words}"[:600]}
    rights = Rights(True, f"form 12 {words}", f"own {words}")
    file, now = drawn(colour="#223344"), factories.now()
    show_picture.upload(on.author, made, file, f"{words}.jpg", rights, made.version, now, text=made.versions.get().text, words=said)
    return Picture.objects.get()


def _ending(on: approve.Ground, words: str) -> dict[str, Any]:
    """Two approvals that end in a month, one with a request to let it last longer."""
    now = factories.now()
    asked, ending = (approve.approved(on, f"{approve.CLEAN} {n}", product=None, title="Ending") for n in (1, 2))
    with acting(on.lead, "test"):
        ApprovedMessage.objects.filter(pk__in=[asked.pk, ending.pk]).update(valid_until=now + timedelta(days=30))
    asked.refresh_from_db()
    ending.refresh_from_db()
    until = (now + timedelta(days=200)).date()
    return {"ending": ending, "extension": extend.ask(on.author, asked, until, f"still true {words}"[:300], now)}


def _claims(on: approve.Ground, words: str) -> dict[str, Any]:
    """A claim that waits for its signatures, and an approved one."""
    fields = {"wording": f"Seit 2019 zugelassen {words}"[:200], "footnote": f"Quelle {words}"[:200]}
    waiting = approve.claim(on, title=f"Claim {words}"[:160], **fields)
    return {"claim": waiting, "approved_claim": approve.approved_claim(on, title=f"Approved {words}"[:160], **fields)}


def _withdrawn(on: approve.Ground, words: str) -> dict[str, Any]:
    """A withdrawn message with a draft from it that its owner has not looked at yet."""
    message = approve.approved(on, f"{approve.MENDED} Sie erreichen uns.", title=f"Withdrawn {words}"[:160])
    approve.draft(on, approve.CLEAN, title="From what is withdrawn", based_on=message)
    cause, now = withdrawing.of_message(message), factories.now()
    row = withdrawing.begin(on.lead, cause, f"recall {words}"[:300], factories.PASSWORD, withdrawing.reach_of(cause, now).seen, now)
    return {"withdrawal": row, "withdrawal_step": row.steps.get(act="look")}


def _later(on: approve.Ground) -> Draft:
    return approve.draft(on, approve.CLEAN, title="Later")


def _checked(on: approve.Ground) -> Draft:
    made = approve.draft(on, approve.FEARFUL, product=on.product)
    submit.check(on.author, submit.last_version(made), factories.now())
    return made


def _held_reply(case: Case, hub: User, template: ApprovedMessage) -> Any:
    sent = reply.send(hub, case, template, case.version, factories.now())
    case.refresh_from_db()
    return sent


def _comment_post(source: Source, words: str) -> Post:
    said = add_comment(
        "newsroom-de", "fragen", author="Ben", text=f"Noch eine Frage {words}", lang="de", form_token="second", now=factories.now()
    )
    version = factories.post(said.text, on=source, lang="de")
    Post.objects.filter(pk=version.post_id).update(remote_id=f"comment-{said.pk}")
    return Post.objects.get(pk=version.post_id)


def _training(person: User) -> dict[str, Any]:
    at = factories.now() - timedelta(days=2)
    with acting(person, "test"):
        run = Attempt.objects.create(
            person=person, course="basics", course_version="1", lang="en", started_at=at, finished_at=at, right=9, passed=True
        )
    return {"attempt": run, "certificate": Certificate.objects.filter(person=person).get()}


# who walks over it


def cast() -> dict[tuple[str, str], User]:
    """A person for every function in every place, certified, and one who holds nothing."""
    people = {
        (function.value, place): factories.person(f"Some {function}", function, markets=(place,), certified=True)
        for function, place in itertools.product(PEOPLE_FUNCTIONS, (HERE, ELSEWHERE, EVERYWHERE))
    }
    return people | {("nobody", EVERYWHERE): factories.person("Nora Body", certified=True)}


def window_of(person: User | None, *, strict: bool = False) -> Client:
    """A browser in which somebody is signed in; a stranger's for None. `strict` asks for form tokens as a browser is asked."""
    client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
    if person is not None:
        client.force_login(person)
    return client


# what there is


def routes() -> dict[str, str]:
    """Every named address of the product with its pattern; an unnamed one fails here."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], before: str) -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns, before + str(one.pattern))
            elif isinstance(one, URLPattern):
                assert one.name and one.name not in found, f"{before}{one.pattern} needs a name of its own"
                found[one.name] = before + str(one.pattern)

    walk(get_resolver().url_patterns, "")
    return found


# what was changed

#: Rows that say who is there and not what is known: a session, who looks at a case.
_FLEETING = ("django_session", "cases_presence")


def fingerprint() -> tuple[int, ...]:
    """Rows of every table and entries of the journal; refusals on record are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_temp.fingerprint()")
        return tuple(cursor.fetchone()[0])


def _plan_fingerprint() -> None:
    """A function whose question is planned once: a hundred tables take longer to plan than to count, thousands of times."""
    tables = [name for name in connection.introspection.table_names() if name not in (*_FLEETING, "journal_entry")]
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in tables)
    told = f"{counts}, (SELECT count(*) FROM journal_entry WHERE act NOT LIKE '%.refused')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION pg_temp.fingerprint() RETURNS bigint[] LANGUAGE plpgsql AS $$BEGIN RETURN ARRAY[{told}]; END$$"
        )


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
