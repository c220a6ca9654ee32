"""What the people of the demo company did with what was heard, told through the same acts they use today.

A queue of moments in time order: a post is heard, and what follows from it (a reply, a hand-over, a receipt, the end) is put in at
its own moment. So the journal reads like sixty days of work.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from candour.cases.models import Case, Duty
from candour.channels.base import Page
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind
from candour.flows import hand_over, listen, publish, reply, triage
from candour.flows.answers import Refusal
from candour.flows.receive import take_in
from candour.flows.refusals import record_refusal
from candour.journal.acting import demo_clock
from candour.listening.models import Post, Source
from candour.newsroom.actions import add_comment
from candour.newsroom.models import Comment
from candour.people.actions import machine
from candour.people.models import User
from candour.project.demo.posts import Told

Act = Callable[[datetime], None]
#: Cases heard in the last hours are left for the visitor; older ones are worked through.
LEFT_OPEN = timedelta(hours=3)
_RECEIVER = {DutyKind.AE: "ines", DutyKind.SPECIAL_SITUATION: "ines", DutyKind.PQC: "ruben", DutyKind.MIR: "emil"}
_NUMBER = {DutyKind.AE: "HQ-S", DutyKind.SPECIAL_SITUATION: "HQ-S", DutyKind.PQC: "QC", DutyKind.MIR: "MI"}


@dataclass
class Story:
    """The queue and the cast. `late_case` is left without hand-over in the United States; nobody there may answer."""

    people: dict[str, User]
    sources: dict[str, Source]
    now: datetime
    queue: list[tuple[datetime, int, Act]] = field(default_factory=list)
    order: itertools.count[int] = field(default_factory=itertools.count)
    late_case: str = ""
    tried_expired: bool = False

    def at(self, moment: datetime, act: Act) -> None:
        """Put an act in at its moment; what would lie in the future does not happen."""
        if moment <= self.now:
            heapq.heappush(self.queue, (moment, next(self.order), act))

    def play(self) -> None:
        """Let everything happen in order, each under the demo clock of its moment."""
        while self.queue:
            moment, _number, act = heapq.heappop(self.queue)
            with demo_clock(moment):
                act(moment)

    def tell(self, posts: list[Told]) -> None:
        """Put every post in at the moment it is heard."""
        for told in posts:
            self.at(told.heard_at, lambda moment, told=told: self.hear(told, moment))

    def hear(self, told: Told, moment: datetime) -> None:
        """A post comes in through its source, and the day's work follows."""
        source = Source.objects.select_related("account").get(pk=self.sources[told.source].pk)
        if source.kind == "newsroom":
            comment = add_comment(
                source.account.key,
                told.thread,
                author=told.author,
                text=told.text,
                lang=told.lang,
                form_token=told.id,
                now=told.published_at,
            )
            listen.poll(machine("listener"), source.pk, moment)
            remote_id = f"comment-{comment.pk}"
            if told.published_at < self.now - LEFT_OPEN:
                Comment.objects.filter(pk=comment.pk).update(shown=True)
        else:
            take_in(machine("listener"), source, Page(posts=(told.as_heard(),), cursor=told.id), moment)
            remote_id = told.id
        self._follow(Post.objects.get(source=source, remote_id=remote_id), moment)

    def _follow(self, post: Post, moment: datetime) -> None:
        case = Case.objects.filter(posts__post=post, state=CaseState.OPEN).first()
        fresh = moment > self.now - LEFT_OPEN
        if case is not None and not fresh:  # also when it joins an older case: what it adds is owed as well
            self._work_on(case, moment)
        elif case is None and post.judge_by is not None and moment < self.now - timedelta(hours=20):
            self.at(moment + timedelta(hours=2), lambda at: self._judge(post, at))

    def _judge(self, post: Post, at: datetime) -> None:
        """Praise, jokes and rumours: most are read and put aside; the recall rumour becomes a case of its own."""
        post.refresh_from_db()
        if post.judge_by is None:
            return
        version = post.versions.first()
        by = self._community(version.market)
        if post.alike >= 5:
            case = triage.judge_post(by, post, "case", at, reason="the same rumour in many voices")
            self._work_on(case, at)
            return
        triage.judge_post(by, post, "dismissed", at, reason="read, nothing owed")

    def _community(self, market: str) -> User:
        """Who works on a market: France has its own lead, everything else is carried by Germany's team or drug safety."""
        return {"de": self.people["mira"], "fr": self.people["camille"]}.get(market, self.people["ines"])

    def _work_on(self, case: Case, moment: datetime) -> None:
        """The usual day: taken after a while, handed over, answered, receipts the next day, closed."""
        wait = 20 + (case.pk * 37) % 70
        kinds = list(case.duties.filter(state=DutyState.OPEN).values_list("kind", flat=True))
        if case.market == "us" and SAFETY_DUTIES & set(kinds) and not self.late_case and moment > self.now - timedelta(days=14):
            self.late_case = case.number
        if case.number == self.late_case:  # nobody with a certificate is there to work on it
            return
        for number, kind in enumerate(kinds):
            self.at(moment + timedelta(minutes=wait + 5 * number), lambda at, kind=kind: self._hand_over(case.pk, kind, at))
        self.at(moment + timedelta(minutes=wait + 30), lambda at: self._answer(case.pk, at))
        self.at(moment + timedelta(hours=20 + case.pk % 9), lambda at: self._close(case.pk, at))

    def _hand_over(self, pk: int, kind: str, at: datetime) -> None:
        case = Case.objects.get(pk=pk)
        if not case.duties.filter(kind=kind, state=DutyState.OPEN).exists():
            return
        hand_over.hand_over(self._community(case.market), case, kind, case.version, at)
        if pk % 11 != 5:  # a few receipts stay out: "waiting for receipt"
            self.at(at + timedelta(hours=3 + pk % 7), lambda later: self._receipt(pk, kind, later))

    def _receipt(self, pk: int, kind: str, at: datetime) -> None:
        duty = Duty.objects.select_related("case").get(case_id=pk, kind=kind)
        if duty.state == DutyState.HANDED_OVER:
            number = f"{_NUMBER[DutyKind(kind)]}-{at:%y}-{4000 + duty.pk}"
            hand_over.enter_receipt(self.people[_RECEIVER[DutyKind(kind)]], duty, number, duty.case.version, at)

    def _answer(self, pk: int, at: datetime) -> None:
        """In the German newsroom an approved template is published; elsewhere the answer was given by hand on the network."""
        case = Case.objects.select_related("account", "product").get(pk=pk)
        if case.state != CaseState.OPEN or case.service_due_at is None or case.service_met_at is not None:
            return
        by = self._community(case.market)
        choice = self._template(by, case, at) if case.market == "de" and case.source_kind == "newsroom" else None
        if choice is None:
            hand_over.no_reply_needed(by, case, "Answered by hand on the network.", case.version, at)
            return
        case = Case.objects.select_related("account", "product").get(pk=pk)  # a refused try leaves an old page behind
        filled = {"first_name": "zusammen"} if "first_name" in choice.missing else {}
        sent = reply.send(by, case, choice.message, case.version, at, filled=filled)
        self.at(at + timedelta(seconds=12), lambda later: self._send(sent.publication_id, later))

    def _send(self, publication: int, at: datetime) -> None:
        publish.step(machine("publisher"), publication, at)

    def _template(self, by: User, case: Case, at: datetime) -> reply.Choice | None:
        options = reply.options(by, case, at)
        if not self.tried_expired and at > self.now - timedelta(days=15):
            self._try_expired(by, case, options, at)
        return next((choice for choice in options.choices if choice.usable and choice.suggested), None)

    def _try_expired(self, by: User, case: Case, options: reply.ReplyOptions, at: datetime) -> None:
        """Somebody tried last year's template; it was refused, and the journal says so."""
        old = next((choice for choice in options.choices if not choice.usable), None)
        if old is None:
            return
        try:
            reply.send(by, case, old.message, case.version, at)
        except Refusal as refusal:
            record_refusal(by, "case.reply", f"{case.number}: {old.message.key}", refusal)
            self.tried_expired = True

    def _close(self, pk: int, at: datetime) -> None:
        """Close what owes nothing; what still waits for a receipt is tried again the next day."""
        case = Case.objects.get(pk=pk)
        if case.state != CaseState.OPEN:
            return
        if hand_over.owes(case):
            self.at(at + timedelta(days=1), lambda later: self._close(pk, later))
            return
        kinds = set(case.duties.values_list("kind", flat=True))
        hand_over.close(self._community(case.market), case, "handed over" if kinds & RECEIPT_DUTIES else "answered", case.version, at)
