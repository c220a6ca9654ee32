"""INBOUND: what a listening post hears is stored, screened for every duty, and put where somebody answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from candour.cases import actions as cases
from candour.cases.models import Case
from candour.channels.base import Page
from candour.core.clocks import SAFETY_HANDOVER_HOURS, BusinessCalendar, add_business_minutes, awareness, safety_due
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind, Finding, HeardPost
from candour.core.triage import QUEUE_THRESHOLD, Path, Triage, triage
from candour.flows.gate import ask
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening.actions import Stored
from candour.listening.authors import author_of
from candour.listening.models import Intake, Post, Source
from candour.packs.loader import PackError, load_market
from candour.packs.schema import Calendar
from candour.people.models import User
from candour.registry.queries import product_by_name
from candour.screening.criteria import criteria
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.result import Screened

#: Spam and praise above the threshold wait for a person, but nothing is owed to anybody by then.
_DEFAULT_REPLY_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Judged:
    """A stored post with what screening said and where it goes."""

    stored: Stored
    screened: Screened
    triage: Triage


def take_in(by: User, source: Source, page: Page, now: datetime, *, refused: int = 0, name: str = "") -> Intake:
    """Take one page in: store, screen, open cases, heartbeat and cursor, all in one transaction or not at all.

    Running it again with the same page stores nothing twice. `refused` counts bad rows of a file; `name` names the file.
    """
    ask(by, "listen.receive" if by.is_machine else "post.import", source.market, now)
    with acting(by, "listen.receive", source.key):
        release = screening_release()
        intake, stored = listening.store(source, page.posts, now, refused=refused, name=name)
        judged = [judge(release, item, source) for item in stored]
        listening.record_findings((item.stored.version, item.screened.findings) for item in judged)
        _note_screening(judged)
        for item in judged:
            place(by, source, item, now)
        intake.screened_by = release.name[:64]
        intake.save(update_fields=["screened_by"])
        last = max((post.published_at for post in page.posts), default=None)
        listening.heard_from(source, now, cursor=page.cursor, last_post_at=last, stored=len(stored))
    return intake


def judge(release: ScreeningRelease, item: Stored, source: Source) -> Judged:
    """Screen one stored version and sort its findings."""
    screened = screen_text(release, item.version.text, item.version.lang)
    sorted_out = triage(screened.findings, ours=source.ours, names_product=bool(screened.products), unscreened=screened.unscreened_language)
    return Judged(item, screened, sorted_out)


def _note_screening(judged: Sequence[Judged]) -> None:
    rows = []
    for item in judged:
        version = item.stored.version
        version.lang, version.products = item.screened.lang, ", ".join(item.screened.products)[:200]
        version.unscreened = item.screened.unscreened_language
        rows.append(version)
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["lang", "products", "unscreened"], batch_size=1000)


def place(by: User, source: Source, item: Judged, now: datetime) -> Case | None:
    """Put the post where its triage says: into a case, before a person, into the second look, or into the searchable rest."""
    post, path = item.stored.post, item.triage.path
    if not item.stored.fresh:
        return _place_edit(by, source, item, now)
    if path == Path.REST:
        return None
    if path == Path.SECOND_LOOK:
        listening.put_before_person(post, None, second_look=True)
        return None
    if first := listening.find_alike(item.stored.version, now):
        return _place_alike(by, post, first, item, now)
    if path == Path.JUDGE:
        listening.put_before_person(post, reply_due(item.stored.version.market, now))
        return None
    return case_for(by, source, item, now)


def _place_edit(by: User, source: Source, item: Judged, now: datetime) -> Case | None:
    """An edit of a known post: its case learns of it; without a case it is triaged like a new one."""
    case = Case.objects.filter(posts__post=item.stored.post, state=CaseState.OPEN).first()
    if case is not None:
        _join(by, case, item, now, kind="edited")
        return case
    return case_for(by, source, item, now) if item.triage.path == Path.CASE else None


def _place_alike(by: User, post: Post, first: Post, item: Judged, now: datetime) -> Case | None:
    """A repost joins the first of its kind: one verdict for all of them. A closed or judged first does not swallow a new voice's duty."""
    listening.mark_alike(post, first)
    case = Case.objects.filter(posts__post=first, state=CaseState.OPEN).first()
    if case is not None:
        cases.add_post(case, post, "alike", now)
        return case
    if first.judge_by is None and not first.judgements.exists():
        listening.put_before_person(post, reply_due(item.stored.version.market, now))
    return None


def case_for(by: User, source: Source, item: Judged, now: datetime) -> Case:
    """The open case of this person in this thread, or a new one, with the duties this post owes."""
    version = item.stored.version
    thread = version.thread or item.stored.post.remote_id
    case = Case.objects.select_for_update().filter(person_key=item.stored.post.author_key, thread=thread, state=CaseState.OPEN).first()
    if case is not None:
        _join(by, case, item, now)
        return case
    day0 = awareness(readable_at=version.published_at, heard_at=now, ours=source.ours)
    case = cases.open_case(
        item.stored.post,
        now=now,
        thread=thread,
        person_key=item.stored.post.author_key,
        account=source.account,
        source_kind=source.kind,
        market=version.market,
        lang=version.lang,
        product=product_by_name(item.screened.products[0]) if item.screened.products else None,
        aware_at=day0.aware_at,
        aware_basis=day0.basis,
        born_late=str(int(day0.late_by.total_seconds() // 60)) if day0.late_by else "",
        service_due_at=reply_due(version.market, now),
        top_duty=item.triage.owed[0].duty.value if item.triage.owed else "",
    )
    _join(by, case, item, now, born=True)
    cases.tell(case, "opened", by, now, aware_at=day0.aware_at.isoformat(), basis=day0.basis, source=source.name)
    return case


def _join(by: User, case: Case, item: Judged, now: datetime, *, kind: str = "said", born: bool = False) -> None:
    cases.add_post(case, item.stored.post, kind, now)
    cases.keep_evidence(case, item.stored.post, "edit" if kind == "edited" else "post", capture(item), now)
    for finding in item.triage.owed:
        owe(case, finding.duty, finding.score, now)
    for finding in item.triage.noted:
        cases.add_duty(case, finding.duty, finding.score, state=DutyState.NOTED, due_at=None, now=now)
    cases.recount_clocks(case)
    if not born:
        cases.bump(case)
        cases.tell(case, kind, by, now, post=item.stored.post.pk)


def owe(case: Case, kind: DutyKind, score: float, now: datetime) -> None:
    """Open a duty; the first safety duty starts the safety clock at day 0."""
    safety = kind in SAFETY_DUTIES
    if safety and case.safety_due_at is None:
        case.safety_due_at = safety_due(case.aware_at, SAFETY_HANDOVER_HOURS)
    state = DutyState.OPEN if kind in RECEIPT_DUTIES else DutyState.NOTED
    cases.add_duty(case, kind, score, state=state, due_at=case.safety_due_at if safety else case.service_due_at, now=now)


def reply_due(market: str, now: datetime) -> datetime:
    """When the first reply is due by the market's promise and office hours; a market without a pack gets four office hours, Berlin time."""
    try:
        pack = load_market(market)
    except PackError:
        return add_business_minutes(now, _DEFAULT_REPLY_MINUTES, office_hours(None))
    return add_business_minutes(now, pack.clocks.service_first_reply_minutes, office_hours(pack.calendar))


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def office_hours(calendar: Calendar | None) -> BusinessCalendar:
    """The market pack's calendar as business hours; without one, weekdays in Berlin."""
    if calendar is None:
        return BusinessCalendar.weekdays("Europe/Berlin", ["09:00-18:00"])
    days = [_DAYS.index(day) for day in calendar.business_days]
    return BusinessCalendar.weekdays(calendar.timezone, calendar.business_hours, calendar.country, days)


def capture(item: Judged) -> dict[str, object]:
    """What is kept as evidence of a post: the words, the author, the findings with their spans, and the four criteria."""
    heard, version = item.stored.heard, item.stored.version
    found = criteria(item.screened, heard.author)
    return {
        "text": version.text,
        "lang": version.lang,
        "author": heard.author,
        "url": version.url,
        "published_at": version.published_at.isoformat(),
        "seen_at": version.seen_at.isoformat(),
        "deleted": version.deleted,
        "post_digest": version.digest,
        "findings": [_plain(finding) for finding in item.screened.findings],
        "products": [asdict(mention.span) | {"product": mention.product} for mention in item.screened.mentions],
        "criteria": {name: asdict(getattr(found, name)) for name in ("patient", "reporter", "product", "event")},
    }


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "duty": finding.duty.value,
        "score": round(finding.score, 4),
        "why": finding.why,
        "pack": finding.pack,
        "above": finding.score >= QUEUE_THRESHOLD,
        "spans": [asdict(span) for span in finding.spans],
    }


def heard_as(post: Post) -> HeardPost:
    """The latest version of a stored post in the channel's form, for judging it once more."""
    version = post.versions.order_by("-number").select_related("post").first()
    return HeardPost(
        remote_id=post.remote_id,
        text=version.text,
        author=author_of(version),
        published_at=version.published_at,
        url=version.url,
        thread=version.thread,
        lang=version.lang,
        raw=bytes(version.raw),
        deleted=version.deleted,
    )
