"""OUTBOUND, second step: reviewers look, ask for changes, or sign exactly the bytes on their screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.core.states import DRAFT, SEAL, DraftState, SealState, move
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask
from candour.flows.releases import market_pack
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.journal.signatures import NotSigned, prove, record_signature
from candour.messages.models import ApprovedMessage, Draft, Review, Seal
from candour.people.models import User
from candour.people.rights import Place, covers, held_by

#: An approval lasts a year unless the market's pack says otherwise.
VALID_DAYS = 365
MEANINGS = {
    "medical": "medically reviewed and approved",
    "legal": "legally reviewed and approved",
    "regulatory": "regulatory review done and approved",
}


def _seal_for(by: User, seal: Seal, now: datetime) -> Seal:
    """The seal, locked, if `by` may act on it now: function, certificate, four eyes, running review."""
    draft = seal.review.draft
    ask(by, f"seal.{seal.role}", draft.market, now, brand=draft.product.brand.key if draft.product else None)
    if by.pk in (draft.owner_id, seal.review.version.author_id, seal.review.submitted_by_id):
        raise Refusal(_("You wrote this; four eyes means somebody else signs."))
    locked = Seal.objects.select_for_update().select_related("review").get(pk=seal.pk)
    if locked.review.ended_at is not None:
        raise Stale(_("This review has ended; the text was edited or decided meanwhile."))
    return locked


def look(by: User, seal: Seal, now: datetime) -> Seal:
    """Say that `by` is looking at it now. No version: looking harms nobody."""
    with acting(by, "seal.look"):
        locked = _seal_for(by, seal, now)
        if locked.state == SealState.WAITING:
            locked.state, locked.person, locked.looked_at = move(SEAL, locked.state, "look").value, by, now
            locked.save(update_fields=["state", "person", "looked_at"])
    return locked


def sign(by: User, seal: Seal, secret: str, digest: str, now: datetime) -> Signature:
    """Sign. The digest posted must be that of the submitted version's bytes; the secret is proven in this same request.

    21 CFR 11.200(a): being signed in is not signing. A wrong secret counts even though nothing else happens.
    """
    review = seal.review
    if digest != review.version.digest:
        raise Stale(_("What you saw is not what is under review now. Nothing was signed."))
    with acting(by, "seal.check"):
        _seal_for(by, seal, now)
    _prove(by, secret, now)
    with acting(by, f"seal.{seal.role}"):
        locked = _seal_for(by, seal, now)
        draft = Draft.objects.select_for_update().get(pk=review.draft_id)
        locked.signature = record_signature(
            by,
            bytes(review.version.exact),
            subject="approval_draftversion",
            key=str(review.version_id),
            meaning=MEANINGS[seal.role],
            auth_time=now,
            pack_releases=market_pack(draft.market, now).release_name,
            on_behalf_of=_represented(by, seal.role, draft, now),
        )
        locked.state, locked.person = move(SEAL, locked.state, "sign").value, by
        locked.save(update_fields=["signature", "state", "person"])
        if not review.seals.exclude(state=SealState.SIGNED).exists():
            _approve(review, draft, now)
    return locked.signature


def _prove(by: User, secret: str, now: datetime) -> None:
    try:
        prove(by, secret, now)
    except NotSigned as refused:
        why = _("Too many wrong secrets. The account rests for a quarter of an hour.") if refused.locked else _("That is not your secret.")
        raise Refusal(why, remedy=_("Nothing was signed."), status=403) from None


def _represented(by: User, role: str, draft: Draft, now: datetime) -> User | None:
    """The person for whom a deputy signs; None when the signer holds the function in their own name."""
    place = Place(draft.market, draft.product.brand.key if draft.product else None)
    grants = [held for held in held_by(by, now) if held.function == f"{role}_reviewer" and covers(held, place)]
    if not grants or any(held.deputy_for is None for held in grants):
        return None
    return User.objects.get(pk=grants[0].deputy_for)


def ask_changes(by: User, seal: Seal, comment: str, now: datetime) -> Seal:
    """Ask for changes, with words. The review ends; the author mends and submits again."""
    if not comment.strip():
        raise Refusal(_("Say what should change."), status=400)
    with acting(by, "seal.ask_changes", comment):
        locked = _seal_for(by, seal, now)
        locked.state, locked.person, locked.comment = move(SEAL, locked.state, "ask_changes").value, by, comment.strip()[:600]
        locked.save(update_fields=["state", "person", "comment"])
        review = Review.objects.select_for_update().get(pk=locked.review_id)
        review.ended_at = now
        review.save(update_fields=["ended_at"])
        draft = Draft.objects.select_for_update().get(pk=review.draft_id)
        draft.state = move(DRAFT, draft.state, "ask_changes").value
        draft.version += 1
        draft.save(update_fields=["state", "version"])
    return locked


def _approve(review: Review, draft: Draft, now: datetime) -> ApprovedMessage:
    """All seals are signed: the very bytes become an approved message."""
    review.ended_at = now
    review.save(update_fields=["ended_at"])
    draft.state = move(DRAFT, draft.state, "complete").value
    draft.version += 1
    draft.save(update_fields=["state", "version"])
    version = review.version
    message = ApprovedMessage.objects.create(
        key=f"{slugify(draft.title)[:50] or 'message'}-{draft.market}-{draft.pk}",
        title=draft.title,
        kind=draft.kind,
        duties=draft.duties,
        draft=draft,
        version=version,
        account=draft.account,
        product=draft.product,
        market=draft.market,
        lang=draft.lang,
        audience=draft.audience,
        text=version.text,
        exact=bytes(version.exact),
        digest=version.digest,
        number=(draft.based_on.number + 1) if draft.based_on else 1,
        valid_from=now,
        valid_until=now + timedelta(days=VALID_DAYS),
    )
    message.signatures.set(Signature.objects.filter(pk__in=review.seals.values("signature_id")))
    return message


def is_open(draft: Draft) -> bool:
    """Is the draft with its reviewers now?"""
    return draft.state == DraftState.IN_REVIEW
