"""INBOUND: what a listening post hears is stored, screened for every duty, and put where somebody answers for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from candour.cases import actions as cases
from candour.cases.actions import Owing
from candour.cases.models import Case
from candour.channels.base import Page
from candour.core.clocks import Awareness, awareness, safety_due
from candour.core.collecting import uncollected
from candour.core.states import DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind, Finding, HeardPost
from candour.core.triage import QUEUE_THRESHOLD, Path, Triage, triage
from candour.flows import tell
from candour.flows.gate import ask_at
from candour.flows.office_hours import Promise, promise_of
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening import queries as listening_queries
from candour.listening.authors import author_of
from candour.listening.hearing import Learned
from candour.listening.models import Intake, Post, Source
from candour.listening.storing import Stored, StoredPost
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Product
from candour.registry.queries import product_by_name
from candour.screening.batch import screen_page
from candour.screening.criteria import criteria
from candour.screening.engine import ScreeningRelease, screen_text
from candour.screening.result import Screened


@dataclass(frozen=True, slots=True)
class Judged:
    """A stored post with what screening said and where it goes."""

    stored: Stored
    screened: Screened
    triage: Triage


@dataclass
class Round:
    """One page on its way to its places: who listens where and when, and what is looked up once for the whole page.

    `talking`: people with an open case; `posts`: those of the page by id, always the same objects; `near`: for a version (id) the post
    (id) that said the same earlier; `moved`: posts whose place in the queue is written at the end of the page.
    """

    by: User
    source: Source
    now: datetime
    talking: set[str] = field(default_factory=set)
    posts: Mapping[int, StoredPost] = field(default_factory=dict)
    near: Mapping[int, int] = field(default_factory=dict)
    moved: dict[int, Post] = field(default_factory=dict)
    _promises: dict[str, Promise] = field(default_factory=dict)
    _products: dict[str, Product | None] = field(default_factory=dict)

    def promise(self, market: str) -> Promise:
        """What the market promises now."""
        if market not in self._promises:
            self._promises[market] = promise_of(market, self.now)
        return self._promises[market]

    def product(self, names: Sequence[str]) -> Product | None:
        """The registered product of the first of these names."""
        if not names:
            return None
        if names[0] not in self._products:
            self._products[names[0]] = product_by_name(names[0])
        return self._products[names[0]]

    def queue(self, post: Post, judge_by: datetime | None, *, second_look: bool = False) -> None:
        """Make the post a row of the inbox (`judge_by`), or of the second look, or of neither. Written by `write`."""
        post.judge_by, post.second_look = judge_by, second_look  # a later version in the same page is placed by what this one became
        self.moved[post.pk] = post

    def first_alike(self, version_id: int) -> Post | None:
        """The post that said the same earlier; of a chain of reposts always the first."""
        pk = self.near.get(version_id)
        if pk is None:
            return None
        post = self._post(pk)
        return self._post(post.alike_to_id) if post.alike_to_id else post

    def _post(self, pk: int) -> Post:
        return self.posts[pk].row if pk in self.posts else listening_queries.post_by_id(pk)

    def write(self) -> None:
        """Write where the posts went, in one statement."""
        listening.put_before_people(self.moved.values())
        self.moved.clear()


@uncollected()
def take_in(by: User, source: Source, page: Page, now: datetime, *, refused: int = 0, name: str = "") -> Intake:
    """Take one page in: screen, store, open cases, heartbeat and cursor, all in one transaction or not at all.

    Running it again with the same page stores nothing twice. `refused` counts bad rows of a file; `name` names the file.
    """
    account = source.account.key if source.account else None
    ask_at(by, "listen.receive" if by.is_machine else "post.import", Place(source.market, None, account), now)
    with acting(by, "listen.receive", source.key):
        listening.hold(source)
        release = screening_release()
        listening.judging_by(release.name, release.parts, now)
        heard = [*page.posts, *listening.gone(source, page.removed)]
        news = listening.news(source, heard)
        screened = screen_page(release, [(item.heard.text, listening.declared(source, item)) for item in news])
        learned = [Learned(one.lang, ", ".join(one.products), one.unscreened_language) for one in screened]
        intake, stored = listening.store_news(
            source, news, now, heard=len(heard), refused=refused, name=name, learned=learned, screened_by=release.name
        )
        judged = [_sorted_out(item, one, source) for item, one in zip(stored, screened, strict=True)]
        listening.record_findings((item.stored.pk, item.screened.findings) for item in judged)
        _place_all(by, source, judged, now)
        last = max((min(item.heard.published_at, now) for item in news), default=None)
        listening.heard_from(source, now, cursor=page.cursor, last_post_at=last, stored=len(stored), more=page.more, missed=page.gap)
    return intake


def _place_all(by: User, source: Source, judged: Sequence[Judged], now: datetime) -> None:
    """Place each post, in the order heard; what all of them need to know is looked up once for the whole page."""
    posts = {item.stored.of.pk: item.stored.of for item in judged}
    talking = cases.people_with_open_case({post.author_key for post in posts.values()})
    asked = [item.stored.version for item in judged if item.stored.fresh and item.triage.path in (Path.CASE, Path.JUDGE)]
    turn = Round(by, source, now, talking, posts, listening.find_alike(asked, now))
    for item in judged:
        case = _place(turn, item)
        if case is not None:
            talking.add(case.person_key)
    turn.write()


def judge(release: ScreeningRelease, item: Stored, source: Source) -> Judged:
    """Screen one stored version and sort its findings."""
    return _sorted_out(item, screen_text(release, item.version.text, item.version.lang), source)


def _sorted_out(item: Stored, screened: Screened, source: Source) -> Judged:
    sorted_out = triage(screened.findings, ours=source.ours, names_product=bool(screened.products), unscreened=screened.unscreened_language)
    return Judged(item, screened, sorted_out)


def _place(turn: Round, item: Judged) -> Case | None:
    """Put the post where its triage says: into a case, before a person, into the second look, or into the searchable rest.

    What a person with an open case says next in the same thread belongs to that case, whatever it is about, and so does an edit.
    """
    if case := _conversation(item, turn.talking):
        return _join(turn, case, item, kind="said" if item.stored.fresh else "edited")
    if item.stored.heard.deleted and not item.stored.fresh:
        return None  # what it said was placed when it was heard
    if item.triage.path in (Path.REST, Path.SECOND_LOOK):
        if item.triage.path == Path.SECOND_LOOK and item.stored.post.judge_by is None:
            turn.queue(item.stored.post, None, second_look=True)
        return None
    post = item.stored.post
    if item.stored.fresh and (first := turn.first_alike(item.stored.pk)):
        placed, case = _place_alike(turn, post, first, item)
        if placed:
            return case
    if item.triage.path == Path.JUDGE:
        turn.queue(post, post.judge_by or turn.promise(item.stored.version.market).reply_due(turn.now))
        return None
    return _case_for(turn, item)


def _conversation(item: Judged, talking: Collection[str]) -> Case | None:
    if not item.stored.fresh:
        return cases.open_case_with(item.stored.post)
    person, thread = item.stored.of.author_key, item.stored.heard.thread
    return cases.open_case_of(person, thread) if thread and person in talking else None


def _place_alike(turn: Round, post: Post, first: Post, item: Judged) -> tuple[bool, Case | None]:
    """A repost joins the first of its kind while that one has an open case, or shares its verdict when nothing is owed.

    (False, None) leaves the post to be placed on its own: a closed or forgotten first swallows nobody's duty.
    """
    if case := cases.open_case_with(first):
        listening.mark_alike(post, first)
        known = {duty.kind for duty in case.duties.all()}
        if any(finding.duty not in known for finding in item.triage.owed):  # it says more than the first did
            return True, _join(turn, case, item, kind="alike")
        cases.add_post(case, post, "alike", turn.now)
        return True, case
    if item.triage.path == Path.JUDGE and (first.judge_by is not None or first.judgements.filter(finding=None).exists()):
        listening.mark_alike(post, first)
        return True, None
    return False, None


def case_for(by: User, source: Source, item: Judged, now: datetime) -> Case:
    """The open case of this person in this thread, or a new one, with the duties this post owes."""
    turn = Round(by, source, now)
    case = _case_for(turn, item)
    turn.write()
    return case


def _case_for(turn: Round, item: Judged) -> Case:
    post, version = item.stored.post, item.stored.version
    thread = version.thread or post.remote_id
    cases.hold_conversation(post.author_key, thread)
    if post.judge_by or post.second_look:
        turn.queue(post, None)
    if case := cases.open_case_of(post.author_key, thread):
        return _join(turn, case, item)
    return _open_case(turn, item, thread)


def _open_case(turn: Round, item: Judged, thread: str) -> Case:
    """A new case, born with its clocks, its duties, the post as evidence and the first line of its timeline."""
    post, version, source, now = item.stored.post, item.stored.version, turn.source, turn.now
    promise = turn.promise(version.market)
    day0 = _day0(item, source.ours, now, promise.handover_hours)
    reply_due = promise.reply_due(now)
    handover_due = safety_due(day0.aware_at, promise.handover_hours) if _owes_safety(item) else None
    case = cases.open_case_owing(
        post,
        _owing(item, reply_due, handover_due),
        now=now,
        thread=thread,
        person_key=post.author_key,
        account=source.account,
        source_kind=source.kind,
        market=version.market,
        lang=version.lang,
        product=turn.product(item.screened.products),
        aware_at=day0.aware_at,
        aware_basis=day0.basis,
        born_late=_late(day0),
        service_due_at=reply_due,
        safety_due_at=handover_due,
        top_duty=item.triage.owed[0].duty.value if item.triage.owed else "",
    )
    cases.keep_evidence(case, post, "post", capture(item), now)
    tell.born(case, [one.duty for one in item.triage.owed], turn.by, now)
    cases.tell(case, "opened", turn.by, now, aware_at=day0.aware_at.isoformat(), basis=day0.basis, source=source.name)
    return case


def _owing(item: Judged, reply_due: datetime, handover_due: datetime | None) -> Iterator[Owing]:
    """What is owed, each with the clock it runs by, and then what is only noted."""
    for one in item.triage.owed:
        yield Owing(one.duty, one.score, _owed_as(one.duty), handover_due if one.duty in SAFETY_DUTIES else reply_due)
    for one in item.triage.noted:
        yield Owing(one.duty, one.score, DutyState.NOTED, None)


def _owed_as(kind: DutyKind) -> DutyState:
    """Only a duty whose receiver sends a receipt is open; of the others the case takes note."""
    return DutyState.OPEN if kind in RECEIPT_DUTIES else DutyState.NOTED


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


def _join(turn: Round, case: Case, item: Judged, *, kind: str = "said") -> Case:
    """Hang the post on the case (held by the caller), keep it as evidence, and owe what it owes."""
    now = turn.now
    cases.add_post(case, item.stored.post, kind, now)
    cases.keep_evidence(case, item.stored.post, "edit" if kind == "edited" else "post", capture(item), now)
    _restart_clocks(turn, case, item)
    more = kind in ("said", "edited") and not item.stored.version.deleted
    for finding in item.triage.owed:
        owe(turn.by, case, finding.duty, finding.score, now, more=more)
    for finding in item.triage.noted:
        cases.add_duty(case, finding.duty, finding.score, state=DutyState.NOTED, due_at=None, now=now)
    cases.recount_clocks(case)
    cases.bump(case)
    cases.tell(case, kind, turn.by, now, post=item.stored.post.pk)
    return case


def _restart_clocks(turn: Round, case: Case, item: Judged) -> None:
    """A question after the answer wants an answer again; a safety clock counts from the post that told of safety, and anew from a post
    that tells more after the hand-over."""
    if item.stored.version.deleted or not item.triage.owed:
        return
    now, promise = turn.now, turn.promise(case.market)
    if item.stored.fresh and (case.service_met_at or case.service_due_at is None):
        case.service_due_at, case.service_met_at = promise.reply_due(now), None
    if _owes_safety(item):
        _restart_safety(case, _day0(item, turn.source.ours, now, promise.handover_hours), promise.handover_hours)


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


def owe(by: User, case: Case, kind: DutyKind, score: float, now: datetime, *, more: bool = False) -> None:
    """Open a duty; the first safety duty starts the safety clock at day 0. `more` opens again what was handed over before."""
    safety = kind in SAFETY_DUTIES
    if safety and case.safety_due_at is None:
        case.safety_due_at = safety_due(case.aware_at, promise_of(case.market, now).handover_hours)
    due_at = case.safety_due_at if safety else case.service_due_at
    duty = cases.add_duty(case, kind, score, state=_owed_as(kind), due_at=due_at, now=now, more=more)
    if duty.moved and duty.state == DutyState.OPEN:
        tell.duty(f"duty.{duty.moved}", duty, by, now)


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
