"""INBOUND: what a listening post hears is stored, screened for every duty, and put where somebody answers for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from candour.cases import actions as cases
from candour.cases.models import Case
from candour.channels.base import Page
from candour.core.clocks import Awareness, awareness, safety_due
from candour.core.states import DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind, Finding, HeardPost
from candour.core.triage import QUEUE_THRESHOLD, Path, Triage, triage
from candour.flows.gate import ask_at
from candour.flows.office_hours import promise_of
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening.authors import author_of
from candour.listening.models import Intake, Post, Source
from candour.listening.storing import Stored
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.queries import product_by_name
from candour.screening.criteria import criteria
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.result import Screened


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
    account = source.account.key if source.account else None
    ask_at(by, "listen.receive" if by.is_machine else "post.import", Place(source.market, None, account), now)
    with acting(by, "listen.receive", source.key):
        listening.hold(source)
        release = screening_release()
        heard = [*page.posts, *listening.gone(source, page.removed)]
        intake, stored = listening.store(source, heard, now, refused=refused, name=name)
        judged = [judge(release, item, source) for item in stored]
        listening.record_findings((item.stored.version, item.screened.findings) for item in judged)
        _note_screening(judged)
        _place_all(by, source, judged, now)
        intake.screened_by = release.name[:64]
        intake.save(update_fields=["screened_by"])
        last = max((item.version.published_at for item in stored), default=None)
        listening.heard_from(source, now, cursor=page.cursor, last_post_at=last, stored=len(stored), more=page.more, missed=page.gap)
    return intake


def _place_all(by: User, source: Source, judged: Sequence[Judged], now: datetime) -> None:
    """Place each post, in the order heard; people already in a conversation with us are looked up once for the whole page."""
    talking = cases.people_with_open_case({item.stored.post.author_key for item in judged})
    for item in judged:
        case = place(by, source, item, now, talking)
        if case is not None:
            talking.add(case.person_key)


def judge(release: ScreeningRelease, item: Stored, source: Source) -> Judged:
    """Screen one stored version and sort its findings."""
    screened = screen_text(release, item.version.text, item.version.lang)
    sorted_out = triage(screened.findings, ours=source.ours, names_product=bool(screened.products), unscreened=screened.unscreened_language)
    return Judged(item, screened, sorted_out)


def _note_screening(judged: Sequence[Judged]) -> None:
    """Write what screening learned of a version, where it learned anything: most posts are what their source said they are."""
    rows = []
    for item in judged:
        version, screened = item.stored.version, item.screened
        learned = (screened.lang, ", ".join(screened.products)[:200], screened.unscreened_language)
        if learned != (version.lang, version.products, version.unscreened):
            version.lang, version.products, version.unscreened = learned
            rows.append(version)
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["lang", "products", "unscreened"], batch_size=1000)


def place(by: User, source: Source, item: Judged, now: datetime, talking: Collection[str]) -> Case | None:
    """Put the post where its triage says: into a case, before a person, into the second look, or into the searchable rest.

    What a person with an open case says next in the same thread belongs to that case, whatever it is about, and so does an edit.
    """
    post = item.stored.post
    if case := _conversation(item, talking):
        return _join(by, case, item, now, kind="said" if item.stored.fresh else "edited")
    if item.stored.version.deleted and not item.stored.fresh:
        return None  # what it said was placed when it was heard
    if item.triage.path in (Path.REST, Path.SECOND_LOOK):
        if item.triage.path == Path.SECOND_LOOK and post.judge_by is None:
            listening.put_before_person(post, None, second_look=True)
        return None
    if item.stored.fresh and (first := listening.find_alike(item.stored.version, now)):
        placed, case = _place_alike(by, post, first, item, now)
        if placed:
            return case
    if item.triage.path == Path.JUDGE:
        listening.put_before_person(post, post.judge_by or promise_of(item.stored.version.market, now).reply_due(now))
        return None
    return case_for(by, source, item, now)


def _conversation(item: Judged, talking: Collection[str]) -> Case | None:
    post, version = item.stored.post, item.stored.version
    if not item.stored.fresh:
        return cases.open_case_with(post)
    return cases.open_case_of(post.author_key, version.thread) if version.thread and post.author_key in talking else None


def _place_alike(by: User, post: Post, first: Post, item: Judged, now: datetime) -> tuple[bool, Case | None]:
    """A repost joins the first of its kind while that one has an open case, or shares its verdict when nothing is owed.

    (False, None) leaves the post to be placed on its own: a closed or forgotten first swallows nobody's duty.
    """
    if case := cases.open_case_with(first):
        listening.mark_alike(post, first)
        known = {duty.kind for duty in case.duties.all()}
        if any(finding.duty not in known for finding in item.triage.owed):  # it says more than the first did
            return True, _join(by, case, item, now, kind="alike")
        cases.add_post(case, post, "alike", now)
        return True, case
    if item.triage.path == Path.JUDGE and (first.judge_by is not None or first.judgements.filter(finding=None).exists()):
        listening.mark_alike(post, first)
        return True, None
    return False, None


def case_for(by: User, source: Source, item: Judged, now: datetime) -> Case:
    """The open case of this person in this thread, or a new one, with the duties this post owes."""
    post, version = item.stored.post, item.stored.version
    thread = version.thread or post.remote_id
    cases.hold_conversation(post.author_key, thread)
    if post.judge_by or post.second_look:
        listening.put_before_person(post, None)
    if case := cases.open_case_of(post.author_key, thread):
        return _join(by, case, item, now)
    promise = promise_of(version.market, now)
    day0 = _day0(item, source.ours, now, promise.handover_hours)
    case = cases.open_case(
        post,
        now=now,
        thread=thread,
        person_key=post.author_key,
        account=source.account,
        source_kind=source.kind,
        market=version.market,
        lang=version.lang,
        product=product_by_name(item.screened.products[0]) if item.screened.products else None,
        aware_at=day0.aware_at,
        aware_basis=day0.basis,
        born_late=_late(day0),
        service_due_at=promise.reply_due(now),
        safety_due_at=safety_due(day0.aware_at, promise.handover_hours) if _owes_safety(item) else None,
        top_duty=item.triage.owed[0].duty.value if item.triage.owed else "",
    )
    _join(by, case, item, now, born=True)
    cases.tell(case, "opened", by, now, aware_at=day0.aware_at.isoformat(), basis=day0.basis, source=source.name)
    return case


def _owes_safety(item: Judged) -> bool:
    return any(finding.duty in SAFETY_DUTIES for finding in item.triage.owed)


def _day0(item: Judged, ours: bool, now: datetime, handover_hours: int) -> Awareness:
    """An edit could first be read after we last saw the post without it."""
    readable = item.stored.version.published_at
    if not item.stored.fresh:
        readable = max(readable, listening.seen_before(item.stored.version) or readable)
    return awareness(readable_at=readable, heard_at=now, ours=ours, handover_hours=handover_hours)


def _late(day0: Awareness) -> str:
    return str(int(day0.late_by.total_seconds() // 60)) if day0.late_by else ""


def _join(by: User, case: Case, item: Judged, now: datetime, *, kind: str = "said", born: bool = False) -> Case:
    """Hang the post on the case (held by the caller), keep it as evidence, and owe what it owes."""
    cases.add_post(case, item.stored.post, kind, now)
    cases.keep_evidence(case, item.stored.post, "edit" if kind == "edited" else "post", capture(item), now)
    if not born:
        _restart_clocks(case, item, now)
    more = kind in ("said", "edited") and not born and not item.stored.version.deleted
    for finding in item.triage.owed:
        owe(case, finding.duty, finding.score, now, more=more)
    for finding in item.triage.noted:
        cases.add_duty(case, finding.duty, finding.score, state=DutyState.NOTED, due_at=None, now=now)
    cases.recount_clocks(case)
    if not born:
        cases.bump(case)
        cases.tell(case, kind, by, now, post=item.stored.post.pk)
    return case


def _restart_clocks(case: Case, item: Judged, now: datetime) -> None:
    """A question after the answer wants an answer again; a safety clock counts from the post that told of safety, and anew from a post
    that tells more after the hand-over."""
    if item.stored.version.deleted or not item.triage.owed:
        return
    promise = promise_of(case.market, now)
    if item.stored.fresh and (case.service_met_at or case.service_due_at is None):
        case.service_due_at, case.service_met_at = promise.reply_due(now), None
    if _owes_safety(item):
        _restart_safety(case, _day0(item, item.stored.post.source.ours, now, promise.handover_hours), promise.handover_hours)


def _restart_safety(case: Case, day0: Awareness, handover_hours: int) -> None:
    """While nothing was handed over, day 0 is that of the earliest post that told of safety, also when a gap brings it in late."""
    earlier = case.safety_met_at is None and day0.aware_at < case.aware_at
    if case.safety_due_at is None or earlier:
        case.aware_at, case.aware_basis, case.born_late = day0.aware_at, day0.basis, _late(day0)
    elif case.safety_met_at is None:
        return
    case.safety_due_at, case.safety_met_at = safety_due(day0.aware_at, handover_hours), None
    if earlier:
        cases.bring_forward(case)


def owe(case: Case, kind: DutyKind, score: float, now: datetime, *, more: bool = False) -> None:
    """Open a duty; the first safety duty starts the safety clock at day 0. `more` opens again what was handed over before."""
    safety = kind in SAFETY_DUTIES
    if safety and case.safety_due_at is None:
        case.safety_due_at = safety_due(case.aware_at, promise_of(case.market, now).handover_hours)
    state = DutyState.OPEN if kind in RECEIPT_DUTIES else DutyState.NOTED
    cases.add_duty(case, kind, score, state=state, due_at=case.safety_due_at if safety else case.service_due_at, now=now, more=more)


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
