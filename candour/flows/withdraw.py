"""Taking approved texts out of use: what that reaches is shown first, then done by a signed act, at once where nothing else is asked.

The act itself ends every approval it reached and stops every review, in one transaction: from then on nothing leaves. What is held back or
stands somewhere is worked off after it (withdraw_steps), each destination with an outcome of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from candour.cases.queries import place_of as place_of_case
from candour.core.signing import Plain, canonical, digest
from candour.core.states import CLAIM as CLAIM_MOVES
from candour.core.states import PUBLICATION, STEP, ClaimState, DraftState, PublicationState, StepState, move
from candour.flows import tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.submit import stop_review
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages import withdrawal_queries as queries
from candour.messages.claim_queries import claim_family, places_of, where_said
from candour.messages.models import ApprovedMessage, Claim, Draft, Publication, Withdrawal, WithdrawalStep
from candour.messages.queries import place_of
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Product

MESSAGE, CLAIM, LABEL = "message", "claim", "label"
WHOLE = "withdraws all texts of this message and what stands on it"
MEANING = {
    MESSAGE: "withdraws this message and everything that stands on it",
    CLAIM: "withdraws this claim and every text that says it",
    LABEL: "withdraws every text that stands on the former label",
}
State = PublicationState
#: Not left yet: taken back. Standing somewhere: taken down.
NOT_LEFT = (State.HELD, State.WAITING, State.BY_HAND)
STANDING = (State.SENT, State.LIVE, State.DRIFTED, State.STATED, State.TAKING_DOWN)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is withdrawn: a message, a claim, or every text about a product in a market whose label changed. `beside`: the message's
    other texts, for accounts with words of their own, that go with it."""

    kind: str
    market: str
    message: ApprovedMessage | None = None
    claim: Claim | None = None
    product: Product | None = None
    beside: tuple[ApprovedMessage, ...] = ()
    whole: bool = False

    @property
    def places(self) -> list[Place]:
        """Where the right to withdraw is asked: in all of these."""
        if self.message is not None:
            return [place_of(row) for row in (self.message, *self.beside)]
        if self.claim is not None:
            return places_of(self.claim)
        return [Place(self.market, self.product.brand.key if self.product else None, None)]

    @property
    def meaning(self) -> str:
        """What a signature under it says."""
        return WHOLE if self.whole else MEANING[self.kind]

    @property
    def name(self) -> str:
        """What it is called in the journal and in signed bytes."""
        if self.message is not None:
            return self.message.key
        if self.claim is not None:
            return self.claim.code
        return f"{self.product.key if self.product else ''} {self.market}"


def of_message(message: ApprovedMessage, *, whole: bool = False) -> Cause:
    """The withdrawal of one approved text; `whole`: of its message in every text of its own that an account has."""
    beside = tuple(queries.texts_beside(message)) if whole else ()
    return Cause(MESSAGE, message.market, message=message, beside=beside, whole=whole)


def of_claim(claim: Claim) -> Cause:
    """The withdrawal of a claim."""
    return Cause(CLAIM, claim.markets[0], claim=claim)


def of_label(product: Product, market: str) -> Cause:
    """A changed label."""
    return Cause(LABEL, market, product=product)


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything a withdrawal touches: `messages` to end, `drafts` that stop or are looked at, `publications` that have not ended."""

    messages: tuple[ApprovedMessage, ...]
    drafts: tuple[Draft, ...]
    publications: tuple[Publication, ...]

    @property
    def reviews(self) -> list[Draft]:
        """Drafts whose running review stops."""
        return [draft for draft in self.drafts if draft.state == DraftState.IN_REVIEW]

    @property
    def written(self) -> list[Draft]:
        """Drafts that somebody still writes."""
        return [draft for draft in self.drafts if draft.state != DraftState.IN_REVIEW]

    @property
    def not_left(self) -> list[Publication]:
        """Texts that will not leave."""
        return [row for row in self.publications if row.state in NOT_LEFT]

    @property
    def standing(self) -> list[Publication]:
        """Texts that stand somewhere."""
        return [row for row in self.publications if row.state in STANDING]

    @property
    def unsettled(self) -> list[Publication]:
        """Texts on their way of which nobody knows yet whether they arrived."""
        return [row for row in self.publications if row.state not in (*NOT_LEFT, *STANDING)]

    @property
    def rows(self) -> dict[str, Plain]:
        """What is signed of it. A publication counts by itself, not by its state, which may change while somebody reads."""
        return {
            "messages": [{"key": row.key, "market": row.market, "digest": row.digest} for row in self.messages],
            "drafts": [str(row.pk) for row in self.drafts],
            "publications": [row.key.hex for row in self.publications],
        }

    @property
    def seen(self) -> str:
        """The mark of what a page showed."""
        return digest(canonical(self.rows))


def reach_of(cause: Cause, now: datetime) -> Reach:
    """Everything that stands on it now."""
    drafts: Sequence[Draft]
    if cause.message is not None:
        beside = queries.texts_beside(cause.message) if cause.whole else []
        messages = queries.with_reuses([cause.message, *beside])
        unfinished = queries.open_texts_beside(cause.message) if cause.whole else ()
        drafts = sorted({*unfinished, *queries.open_drafts_from(messages)}, key=lambda row: row.pk)
    elif cause.claim is not None:
        said = where_said(*claim_family(cause.claim))
        messages = queries.with_reuses(said.messages)
        drafts = sorted({*said.drafts, *queries.open_drafts_from(messages)}, key=lambda row: row.pk)
    elif cause.product is None:
        raise ValueError("A changed label names its product.")
    else:
        messages = queries.with_reuses(queries.messages_of_label(cause.product, cause.market, now))
        of_label = list(queries.open_drafts_of_label(cause.product, cause.market))
        drafts = sorted({*of_label, *queries.open_drafts_from(messages)}, key=lambda row: row.pk)
    return Reach(tuple(messages), tuple(drafts), tuple(queries.standing_publications(messages)))


def begin(by: User, cause: Cause, reason: str, secret: Secret, seen: str, now: datetime) -> Withdrawal:
    """Withdraw, signed. `seen` is the mark of what the page showed: when anything joined or left since, nothing happens and it is shown
    again. Needs a function for the place of what is withdrawn; what stands on it in other markets goes with it."""
    for place in cause.places:
        ask_at(by, "message.withdraw", place, now)
    reason = reason.strip()[:300]
    if not reason:
        raise Refusal(_("Say in a few words why."), status=400)
    _refuse_unready(cause, reach_of(cause, now), seen)
    proof = proven(by, secret, now)
    with acting(by, "message.withdraw", reason):
        reach = _held(cause, now)
        _refuse_unready(cause, reach, seen)
        exact = canonical({"withdrawal": cause.kind, "of": cause.name, "reason": reason, "began_at": now.isoformat(), **reach.rows})
        signature = record_signature(by, exact, subject="withdrawal", key=cause.name[:80], meaning=cause.meaning, proof=proof)
        row = Withdrawal.objects.create(
            kind=cause.kind,
            message=cause.message,
            claim=cause.claim,
            product=cause.product,
            market=cause.market,
            reason=reason,
            exact=exact,
            digest=digest(exact),
            signature=signature,
            by=by,
            began_at=now,
        )
        _end_claims(row, now)
        _end_approvals(row, reach, now)
        _stop_drafts(row, reach, now)
        _plan_publications(row, reach, now)
        end_when_done(row.pk, now)
    return Withdrawal.objects.get(pk=row.pk)


def _refuse_unready(cause: Cause, reach: Reach, seen: str) -> None:
    if cause.message is not None and reach.messages[0].withdrawn_at is not None:
        raise Stale(_("Somebody else has withdrawn this message already."))
    if cause.claim is not None and cause.claim.state == ClaimState.WITHDRAWN:
        raise Stale(_("Somebody else has withdrawn this claim already."))
    if cause.claim is None and not (reach.messages or reach.drafts):
        raise Refusal(_("No text stands on it; there is nothing to withdraw."), status=409)
    if seen != reach.seen:
        raise Stale(_("What it reaches has changed since this page was made. Nothing was done; read it again."))


def _held(cause: Cause, now: datetime) -> Reach:
    """The reach with its messages and drafts held, as it is once nobody else can change it."""
    if cause.claim is not None:
        cause.claim.refresh_from_db(from_queryset=Claim.objects.select_for_update(no_key=True, of=("self",)))
    first = reach_of(cause, now)
    keys = [row.pk for row in first.messages]
    list(ApprovedMessage.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))
    drafts = [row.pk for row in first.drafts]
    list(Draft.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=drafts).order_by("pk").values_list("pk"))
    if cause.message is not None:
        cause.message.refresh_from_db()
    return reach_of(cause, now)


def _end_claims(row: Withdrawal, now: datetime) -> None:
    """The claim, and those whose place it took, link themselves in no text any more."""
    for claim in claim_family(row.claim) if row.claim else ():
        if claim.state != ClaimState.WITHDRAWN:
            claim.state, claim.version = move(CLAIM_MOVES, claim.state, "withdraw").value, claim.version + 1
            claim.withdrawn_at, claim.withdrawn_why = now, row.reason
            claim.save()


def _end_approvals(row: Withdrawal, reach: Reach, now: datetime) -> None:
    """From this instant nothing of them leaves: every sender asks for this before anything else."""
    for message in reach.messages:
        if message.withdrawn_at is None:
            message.withdrawn_at, message.withdrawn_why = now, row.reason
            message.save(update_fields=["withdrawn_at", "withdrawn_why"])
            tell.message("message.withdraw", message, row.by, now)
        _step(row, "void", message.market, state=StepState.DONE, message=message, done_by=row.by, ended_at=now)


def _stop_drafts(row: Withdrawal, reach: Reach, now: datetime) -> None:
    """A running review ends and its seals are void; a draft that is being written goes before its owner."""
    for draft in reach.drafts:
        if draft.state == DraftState.IN_REVIEW:
            stop_review(draft, now, _("The text it stands on was withdrawn: %(reason)s") % {"reason": row.reason})
            _step(row, "stop", draft.market, state=StepState.DONE, draft=draft, done_by=row.by, ended_at=now)
        else:
            _step(row, "look", draft.market, state=StepState.WITH_PERSON, draft=draft, person=draft.owner)


def _plan_publications(row: Withdrawal, reach: Reach, now: datetime) -> None:
    for publication in reach.publications:
        act = "take_back" if publication.state in NOT_LEFT else "take_down"
        _step(row, act, publication.account.market, publication=publication, message=publication.message)


def _step(row: Withdrawal, act: str, market: str, *, state: StepState = StepState.AHEAD, **more: object) -> WithdrawalStep:
    return WithdrawalStep.objects.create(withdrawal=row, act=act, market=market, state=state.value, **more)


def end_when_done(withdrawal_id: int, now: datetime) -> None:
    """A withdrawal has ended with its last step. Call inside the act that ended a step."""
    if not queries.open_steps(withdrawal_id):
        Withdrawal.objects.filter(pk=withdrawal_id, ended_at=None).update(ended_at=now)


def right_of(step: WithdrawalStep) -> tuple[str, Place]:
    """The right to answer a step, and where: whoever works on the case of an answer, publishes a text, or writes a draft."""
    if step.publication is not None:
        reply = getattr(step.publication, "reply", None)
        return ("case.triage", place_of_case(reply.case)) if reply else ("draft.publish", place_of(step.publication.message))
    thing = step.draft or step.message
    return "draft.write", place_of(thing) if thing else Place(step.market, None, None)


def settle(by: User, step: WithdrawalStep, words: str, secret: Secret, now: datetime, *, gone: bool = True) -> WithdrawalStep:
    """A person's signed answer to what only they can do: it is gone (or looked at), or `gone` False: why it stays as it is."""
    ask_at(by, *right_of(step), now)
    words = words.strip()[:300]
    if not words:
        raise Refusal(_("Say in a few words what was done, or why it stays."), status=400)
    proof = proven(by, secret, now)
    with acting(by, "withdrawal.settle", words):
        rows = WithdrawalStep.objects.select_for_update(no_key=True, of=("self",)).select_related("withdrawal")
        locked = rows.get(pk=step.pk)
        if locked.state != StepState.WITH_PERSON:
            raise Stale(_("Somebody else has answered this already."))
        if gone and locked.publication_id:
            mark_gone(locked.publication_id, by, now)
        shown = canonical(
            {"withdrawal": locked.withdrawal.digest, "step": str(locked.pk), "gone": gone, "words": words, "at": now.isoformat()}
        )
        meaning = "states that what was withdrawn is gone" if gone else "states why it stays"
        locked.signature = record_signature(by, shown, subject="withdrawal", key=str(locked.pk), meaning=meaning, proof=proof)
        locked.state = move(STEP, locked.state, "do" if gone else "leave").value
        locked.words, locked.done_by, locked.ended_at = words, by, now
        locked.save()
        end_when_done(locked.withdrawal_id, now)
    return locked


def mark_gone(publication_id: int, by: User, now: datetime) -> None:
    """Nothing of this publication stands there any more; an open finding that it differs ends with it. Call inside a named act."""
    row = Publication.objects.select_for_update(no_key=True, of=("self",)).get(pk=publication_id)
    if row.state in STANDING:
        row.state = move(PUBLICATION, row.state, "gone").value
        row.seen_at, row.problem, row.provider_words = now, "", ""
        row.save()
        tell.publication("publication.gone", row, by, now)
    for drift in row.drifts.filter(closed_at=None):
        drift.closed_at, drift.closed_by, drift.reason = now, by, _("Withdrawn and taken down.")
        drift.save()
