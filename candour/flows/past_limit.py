"""What is past its limit: one query per kind of object, each row as a hit with its owner, its cause and the link to it.

The limits and owners are the table in `core.watches`; here they meet the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from candour.assurance.actions import Hit
from candour.cases.models import Case, Duty
from candour.core.states import (
    CaseState,
    ClaimState,
    DraftState,
    DutyState,
    ExtensionState,
    PublicationState,
    SealState,
    SourceState,
    StepState,
)
from candour.core.terms import DutyKind
from candour.core.watches import span
from candour.flows.listen import POLLED
from candour.flows.outcome import GIVEN_UP
from candour.listening.models import Gap, Post, Source
from candour.messages.authority_queries import owed
from candour.messages.models import Claim, Draft, Drift, Extension, Publication, Review, Seal, Withdrawal, WithdrawalStep
from candour.people.models import User
from candour.registry.models import Account

#: Rows one finder reads; what is beyond them is told when the first have gone.
MOST = 1000
State = PublicationState
_OPEN_SEALS = (SealState.WAITING, SealState.LOOKING)
_RECEIPT = {DutyKind.PQC: "receipt.quality", DutyKind.MIR: "receipt.medical"}


def _unsettled() -> Q:
    """Failed, nobody has said anything to it, and nothing was ordered in its place."""
    instead = Publication.objects.filter(
        Q(message=OuterRef("message")) | ~Q(thread=""),
        account=OuterRef("account"),
        thread=OuterRef("thread"),
        in_reply_to=OuterRef("in_reply_to"),
        pk__gt=OuterRef("pk"),
    )
    anew = Exists(instead.exclude(state=State.TAKEN_BACK))
    return Q(state=State.FAILED) & ~Q(failure=GIVEN_UP) & ~anew & ~Q(reply__case__state=CaseState.CLOSED)


def late_publications(now: datetime) -> QuerySet[Publication]:
    """Publications past the limit of their state."""
    late = (
        Q(state=State.HELD, due_at__lte=now - span("publication.held"))
        | Q(state=State.WAITING)
        | Q(state=State.BY_HAND, due_at__lte=now - span("publication.by_hand"))
        | Q(state=State.SENDING, sending_since__lte=now - span("publication.sending"))
        | Q(state=State.SENDING, first_tried_at__lte=now - span("publication.sending"), failure="")  # begun again and again
        | Q(state=State.UNKNOWN, asked_at__isnull=False)
        | Q(state=State.UNKNOWN, first_tried_at__lte=now - span("publication.unknown"))
        | Q(state=State.SENT, sent_at__lte=now - span("publication.sent"))
        | Q(state=State.LIVE, seen_at__lte=now - span("publication.live"))
    )
    rows = Publication.objects.filter(late | _unsettled()).select_related("account", "message", "reply__case")
    return rows.order_by("due_at", "pk")[:MOST]


def publications(now: datetime) -> Iterator[Hit]:
    """Texts on their way or live. What everything at the account meets is one matter for the account's owner."""
    for row in late_publications(now):
        if row.reach == "place" and row.cause and row.state not in (State.HELD, State.WAITING, State.BY_HAND, State.SENDING):
            yield _place_fault(row.account, row.cause, row.problem, row.provider_words, _since(row), _where(row))
            continue
        watch = f"publication.{row.state}"
        yield Hit(
            watch=watch,
            cause=f"{watch}:{row.account.key}:{row.cause}:{row.by_id}",
            since=_since(row),
            owner_id=row.hand_to_id or row.by_id,
            act="case.triage" if hasattr(row, "reply") else "draft.publish",
            market=row.account.market,
            account=row.account.key,
            values={"account": row.account.handle},
            problem=row.problem,
            provider_words=row.provider_words,
            thing=_where(row),
        )


def _since(row: Publication) -> datetime:
    if row.state in (State.SENT, State.LIVE):
        return row.seen_at or row.sent_at or row.due_at
    return row.first_tried_at or row.due_at


def _where(row: Publication) -> tuple[str, str, str]:
    reply = getattr(row, "reply", None)
    if reply is not None:
        return ("case", reply.case.number, reply.case.number)
    return ("message", row.message.key, row.message.title)


def _place_fault(account: Account, cause: str, problem: str, words: str, since: datetime, thing: tuple[str, str, str]) -> Hit:
    return Hit(
        watch="place.fault",
        cause=f"place:{account.key}:{cause}",
        since=since,
        owner_id=account.owner_id,
        act="registry.change",
        market=account.market,
        account=account.key,
        values={"account": account.handle},
        problem=problem,
        provider_words=words,
        thing=thing,
    )


def drifts(now: datetime) -> Iterator[Hit]:
    """Live texts that differ from what was signed."""
    rows = Drift.objects.filter(closed_at=None, opened_at__lte=now).select_related("publication__account", "publication__message")
    for drift in rows.select_related("publication__reply__case").order_by("opened_at")[:MOST]:
        row = drift.publication
        yield Hit(
            watch="drift.open",
            cause=f"drift.open:{row.account.key}:{row.by_id}",
            since=drift.opened_at,
            owner_id=row.by_id,
            act="drift.close",
            market=row.account.market,
            account=row.account.key,
            values={"account": row.account.handle},
            thing=_where(row),
        )


def sources(now: datetime) -> Iterator[Hit]:
    """Sources that are stopped, silent beyond their interval, or lost after they had been heard."""
    silent = Q(state__in=(SourceState.LISTENING, SourceState.RETRYING)) & Exists(Gap.objects.filter(source=OuterRef("pk"), closed_at=None))
    lost = Q(state=SourceState.NOT_CONNECTED, last_ok_at__isnull=False, kind__in=POLLED)
    for source in Source.objects.filter(silent | lost | Q(state=SourceState.STOPPED)).select_related("account").order_by("pk")[:MOST]:
        watch = f"source.{source.state}" if source.state in (SourceState.STOPPED, SourceState.NOT_CONNECTED) else "gap.open"
        account, since = source.account, source.last_ok_at or source.last_try_at or now
        thing = ("source", source.key, source.name)
        if account is not None and source.cause not in ("", "not_connected"):
            yield _place_fault(account, source.cause, source.problem, source.provider_words, since, thing)
            continue
        yield Hit(
            watch=watch,
            cause=f"{watch}:{_lost_with(source) if source.state == SourceState.NOT_CONNECTED else source.key}",
            since=since,
            owner_id=account.owner_id if account else None,
            act="source.change",
            market=source.market,
            account=account.key if account else "",
            values={"source": source.name},
            problem=source.problem,
            provider_words=source.provider_words,
            thing=thing,
        )


def _lost_with(source: Source) -> str:
    """Sources of one account, or of one network and market, lose their connection together."""
    return source.account.key if source.account else f"{source.kind}:{source.market}"


def withdrawals(now: datetime) -> Iterator[Hit]:
    """Steps of withdrawals that are not through, or wait for a person."""
    late = Q(state=StepState.AHEAD, withdrawal__began_at__lte=now - span("step.todo")) | Q(state=StepState.WITH_PERSON)
    rows = WithdrawalStep.objects.filter(late).select_related(
        "withdrawal__message", "withdrawal__claim", "withdrawal__product", "publication__reply"
    )
    for step in rows.order_by("pk")[:MOST]:
        watch, of = f"step.{step.state}", step.withdrawal
        asked = step.state == StepState.WITH_PERSON
        owner = step.person_id if asked else of.by_id
        yield Hit(
            watch=watch,
            cause=f"{watch}:{of.pk}:{owner}",
            since=of.began_at,
            owner_id=owner,
            act=_right(step) if asked else "message.withdraw",
            market=step.market,
            problem=step.problem,
            provider_words=step.provider_words,
            thing=("withdrawal", str(of.pk), _withdrawn(of)),
        )


def _right(step: WithdrawalStep) -> str:
    if step.publication is None:
        return "draft.write"
    return "case.triage" if hasattr(step.publication, "reply") else "draft.publish"


def _withdrawn(of: Withdrawal) -> str:
    if of.message is not None:
        return of.message.title
    return of.claim.code if of.claim else f"{of.product.name if of.product else ''} {of.market.upper()}"


def extensions(now: datetime) -> Iterator[Hit]:
    """Requests for a longer approval that nobody has answered."""
    late = Extension.objects.filter(state=ExtensionState.ASKED, at__lte=now - span("extension.asked"))
    for row in late.select_related("message").order_by("at")[:MOST]:
        yield Hit(
            watch="extension.asked",
            cause=f"extension.asked:{row.role}:{row.message.market}",
            since=row.at,
            act=f"seal.{row.role}",
            market=row.message.market,
            thing=("message", row.message.key, row.message.title),
        )


def claims(now: datetime) -> Iterator[Hit]:
    """Claims that wait for their signatures, and approved ones past their review day."""
    late = Q(state=ClaimState.DRAFT, changed_at__lte=now - span("claim.draft")) | Q(state=ClaimState.APPROVED, review_on__lt=now.date())
    for claim in Claim.objects.filter(late).order_by("pk")[:MOST]:
        watch = f"claim.{claim.state}"
        yield Hit(
            watch=watch,
            cause=f"{watch}:{claim.owner_id}",
            since=claim.changed_at,
            owner_id=claim.owner_id,
            act="claim.write",
            market=claim.markets[0],
            thing=("claim", str(claim.number), f"{claim.code} {claim.title}"),
        )


def drafts(now: datetime) -> Iterator[Hit]:
    """Drafts left lying, and reviews that have every answer and did not end."""
    left = Q(state=DraftState.WRITING, changed_at__lte=now - span("draft.writing"))
    left |= Q(state=DraftState.CHANGES, changed_at__lte=now - span("draft.changes"))
    for draft in Draft.objects.filter(left).select_related("account").order_by("changed_at")[:MOST]:
        yield _draft(f"draft.{draft.state}", draft, draft.changed_at)
    unanswered = Exists(Seal.objects.filter(review=OuterRef("pk"), state__in=_OPEN_SEALS, advisory=False))
    ended = Review.objects.filter(~unanswered, ended_at=None, submitted_at__lte=now - span("draft.in_review"))
    for review in ended.select_related("draft__account").order_by("pk")[:MOST]:
        yield _draft("draft.in_review", review.draft, review.submitted_at)


def _draft(watch: str, draft: Draft, since: datetime) -> Hit:
    return Hit(
        watch=watch,
        cause=f"{watch}:{draft.owner_id}",
        since=since,
        owner_id=draft.owner_id,
        act="draft.write",
        market=draft.market,
        account=draft.account.key,
        thing=("draft", str(draft.pk), draft.title),
    )


def seals(now: datetime) -> Iterator[Hit]:
    """Seals of reviews past their day: of the function that has not looked, or of the person who looks. Advice is not waited for."""
    rows = Seal.objects.filter(state__in=_OPEN_SEALS, advisory=False, review__ended_at=None, review__due_at__lte=now)
    for seal in rows.select_related("review__draft").order_by("review__due_at", "pk")[:MOST]:
        draft, looking = seal.review.draft, seal.state == SealState.LOOKING
        whose = f":{seal.person_id}" if looking else ""
        yield Hit(
            watch=f"seal.{seal.state}",
            cause=f"seal.{seal.state}:{seal.role}:{draft.market}{whose}",
            since=seal.review.due_at,
            owner_id=seal.person_id if looking else None,
            act=f"seal.{seal.role}",
            market=draft.market,
            thing=("review", str(seal.review_id), draft.title),
        )


def filings(now: datetime) -> Iterator[Hit]:
    """Submissions to an authority that are owed since a text was first used."""
    for duty in owed()[:MOST]:
        message = duty.message
        yield Hit(
            watch="filing.open",
            cause=f"filing.open:{duty.gate}:{duty.market}",
            since=duty.first_used,
            act="authority.enter",
            market=duty.market,
            account=message.account.key if message.account else "",
            thing=("message", message.key, message.title),
        )


def duties(now: datetime) -> Iterator[Hit]:
    """Duties past their time, and hand-overs a day without their receipt."""
    rows = Duty.objects.filter(case__state=CaseState.OPEN).select_related("case").order_by("pk")
    for duty in rows.filter(state=DutyState.OPEN, due_at__lte=now).order_by("due_at")[:MOST]:
        yield _of_case("duty.open", duty.case, duty.due_at or now, "case.hand_over", duty.case.assignee_id)
    waiting = rows.filter(state=DutyState.HANDED_OVER, handed_over_at__lte=now - span("duty.handed_over")).order_by("handed_over_at")
    for duty in waiting[:MOST]:
        act = _RECEIPT.get(DutyKind(duty.kind), "receipt.safety")
        yield _of_case("duty.handed_over", duty.case, duty.handed_over_at or now, act, None)


def cases(now: datetime) -> Iterator[Hit]:
    """Open cases whose promised answer is late."""
    late = Case.objects.filter(state=CaseState.OPEN, next_due_at__lte=now, service_due_at__lte=now, service_met_at=None)
    for case in late.order_by("next_due_at", "pk")[:MOST]:
        yield _of_case("case.open", case, case.service_due_at or now, "case.triage", case.assignee_id)


def _of_case(watch: str, case: Case, since: datetime, act: str, owner_id: int | None) -> Hit:
    return Hit(
        watch=watch,
        cause=f"{watch}:{act}:{owner_id or ''}:{'' if owner_id else case.market}",
        since=since,
        owner_id=owner_id,
        act=act,
        market=case.market,
        thing=("case", case.number, case.number),
    )


def posts(now: datetime) -> Iterator[Hit]:
    """Posts that wait for a person beyond their time."""
    late = Post.objects.filter(judge_by__lte=now).order_by("judge_by", "id").values_list("source__market", "judge_by")
    for market, judge_by in late[:MOST]:
        yield _post("post.judge", market, judge_by, "case.triage", "inbox")
    second = Post.objects.filter(second_look=True, first_heard_at__lte=now - span("post.second_look")).order_by("first_heard_at")
    for market, heard_at in second.values_list("source__market", "first_heard_at")[:MOST]:
        yield _post("post.second_look", market, heard_at, "receipt.safety", "second_look")


def _post(watch: str, market: str, since: datetime, act: str, where: str) -> Hit:
    return Hit(watch=watch, cause=f"{watch}:{market}", since=since, act=act, market=market, thing=(where, market, ""))


def invitations(now: datetime) -> Iterator[Hit]:
    """Invitations that ran out unused."""
    unused = User.objects.filter(is_active=True, is_machine=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    for person in unused.filter(invited_at__lte=now - span("invitation.sent")).order_by("invited_at")[:MOST]:
        yield Hit(watch="invitation.sent", cause="invitation.sent", since=person.invited_at or now, act="people.change")
