"""OUTBOUND, second step: reviewers look, ask for changes, reject, or sign exactly the bytes on their screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.core.signing import digest as digest_of
from candour.core.states import DRAFT, SEAL, RefusedMove, SealState, move
from candour.flows import landing, tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.releases import market_pack
from candour.flows.reuse import reuse_behind, valid_until
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.journal.signatures import Proof, Secret, record_signature
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Draft, Review, Seal
from candour.messages.queries import place_of
from candour.people.models import User
from candour.people.rights import covers, held_by

#: An approval lasts a year unless the market's pack says otherwise.
VALID_DAYS = 365
#: Seals that are waited for no more.
_SETTLED = (SealState.SIGNED, SealState.KEPT)
MEANINGS = {
    "medical": "medically reviewed and approved",
    "legal": "legally reviewed and approved",
    "regulatory": "regulatory review done and approved",
}


def _seal_for(by: User, seal: Seal, now: datetime) -> tuple[Seal, Draft]:
    """The seal and its draft, both held, if `by` may act on it now: function, certificate, four eyes, running review."""
    draft = (
        Draft.objects.select_for_update(no_key=True, of=("self",)).select_related("product__brand", "account").get(reviews=seal.review_id)
    )
    ask_at(by, f"seal.{seal.role}", place_of(draft), now)
    if by.pk in queries.writers_of(draft):
        raise Refusal(_("You wrote this; four eyes means somebody else signs."))
    locked = Seal.objects.select_for_update(no_key=True, of=("self", "review")).select_related("review__version").get(pk=seal.pk)
    if locked.review.ended_at is not None:
        raise Stale(_("This review has ended; the text was edited or decided meanwhile."))
    return locked, draft


def _step(seal: Seal, step: str) -> str:
    """The seal's next state; Stale when somebody else was faster."""
    try:
        return move(SEAL, seal.state, step).value
    except RefusedMove:
        raise Stale(_("Somebody else has decided on this seal already.")) from None


def look(by: User, seal: Seal, now: datetime) -> Seal:
    """Say that `by` is looking at it now. No version: looking harms nobody."""
    with acting(by, "seal.look"):
        locked, _draft = _seal_for(by, seal, now)
        if locked.state == SealState.WAITING:
            locked.state, locked.person, locked.looked_at = _step(locked, "look"), by, now
            locked.save(update_fields=["state", "person", "looked_at"])
    return locked


def sign(by: User, seal: Seal, secret: Secret, digest: str, now: datetime, *, drift: str = "") -> Signature:
    """Sign. The digest posted must be that of the submitted version's bytes; the secret is proven in this same request.

    The pages behind the links are looked at again first; `drift` is the mark of the change the signer was shown (landing.drift_mark).

    21 CFR 11.200(a): being signed in is not signing. A wrong secret counts even though nothing else happens.
    """
    with acting(by, "seal.check"):
        checked(by, seal, digest, now)
    refuse_unseen_drift(by, seal, drift, now)
    proof = proven(by, secret, now)
    with acting(by, f"seal.{seal.role}"):
        return set_seal(by, seal, digest, proof, now)


def refuse_unseen_drift(by: User, seal: Seal, shown: str, now: datetime) -> None:
    """Look again at what the links lead to, and refuse while the signer has not been shown what changed there."""
    version = seal.review.version
    if landing.is_old(version, now):
        landing.look_again(by, version, now)
    mark = landing.drift_mark(version)
    if mark and mark != shown:
        raise Refusal(
            _("A page behind a link has changed since the text was submitted."),
            remedy=_("Read below what it shows now; sign again if that is right, or ask for changes."),
            status=409,
        )


def set_seal(by: User, seal: Seal, digest: str, proof: Proof, now: datetime) -> Signature:
    """One signature under one seal, by a proof of this request. Call inside a named act; whoever signs several calls it for each."""
    locked, draft = checked(by, seal, digest, now)
    review = locked.review
    locked.signature = record_signature(
        by,
        bytes(review.version.exact),
        subject="approval_draftversion",
        key=str(review.version_id),
        meaning=MEANINGS[seal.role],
        proof=proof,
        pack_releases=market_pack(draft.market, now).release_name,
        on_behalf_of=_represented(by, seal.role, draft, now),
    )
    locked.state, locked.person = _step(locked, "sign"), by
    locked.save(update_fields=["signature", "state", "person"])
    if not review.seals.filter(advisory=False).exclude(state__in=_SETTLED).exists():
        _approve(review, draft, now)
        tell.draft("draft.complete", draft, by, now)
    else:
        tell.draft("seal.sign", draft, by, now)
    return locked.signature


def checked(by: User, seal: Seal, digest: str, now: datetime) -> tuple[Seal, Draft]:
    """The seal and draft, held, when it still waits for a signature on the bytes of this digest, and these bytes are unharmed."""
    locked, draft = _seal_for(by, seal, now)
    _step(locked, "sign")
    _refuse_own_must_fix(by, locked, draft)
    version = locked.review.version
    if digest != version.digest:
        raise Stale(_("What you saw is not what is under review now. Nothing was signed."))
    if digest_of(bytes(version.exact)) != version.digest:
        raise Refusal(
            _("The stored bytes are not what was submitted; nobody signs them."), remedy=_("Quality looks at the journal."), status=409
        )
    return locked, draft


def _refuse_own_must_fix(by: User, seal: Seal, draft: Draft) -> None:
    """Nobody approves what they, or their role, said must be fixed."""
    if queries.open_must_fix(draft).filter(Q(by=by) | Q(role=seal.role)).exists():
        raise Refusal(
            _("A note of yours says that something must be fixed, and it is open."),
            remedy=_("Settle the note if the text is right now, or ask for changes."),
            status=409,
        )


def _represented(by: User, role: str, draft: Draft, now: datetime) -> User | None:
    """The person for whom a deputy signs; None when the signer holds the function in their own name.

    Refused when only writers of the text could be represented: a deputy has no more eyes than the person they stand for.
    """
    grants = [held for held in held_by(by, now) if held.function == f"{role}_reviewer" and covers(held, place_of(draft))]
    if any(held.deputy_for is None for held in grants):
        return None
    wrote = queries.writers_of(draft)
    absent = [held.deputy_for for held in grants if held.deputy_for not in wrote]
    if not absent:
        raise Refusal(_("The person you stand for wrote this; four eyes means somebody else signs."))
    return User.objects.get(pk=absent[0])


def ask_changes(by: User, seal: Seal, comment: str, now: datetime) -> Seal:
    """Ask for changes, with words. The review ends; the author mends and submits again."""
    return _end_with(by, seal, comment, now, "ask_changes", _("Say what should change."))


def reject(by: User, seal: Seal, reason: str, now: datetime) -> Seal:
    """Say that this text will not be, with the reason. The review and the draft end; a new draft starts anew."""
    return _end_with(by, seal, reason, now, "reject", _("Say why it can't be published."))


def _end_with(by: User, seal: Seal, words: str, now: datetime, verdict: str, ask: str) -> Seal:
    """One role's verdict other than approval: it ends the review and moves the draft; what the others signed stays on record."""
    if not words.strip():
        raise Refusal(ask, status=400)
    with acting(by, f"seal.{verdict}", words):
        locked, draft = _seal_for(by, seal, now)
        if locked.advisory:
            raise Refusal(
                _("Your advice is asked here; it holds nothing up."),
                remedy=_("Write a note; a reviewer who seals asks for changes."),
                status=409,
            )
        locked.state, locked.person, locked.comment = _step(locked, verdict), by, words.strip()[:600]
        locked.save(update_fields=["state", "person", "comment"])
        review = locked.review
        review.ended_at = now
        review.save(update_fields=["ended_at"])
        draft.state, draft.version, draft.changed_at = move(DRAFT, draft.state, verdict).value, draft.version + 1, now
        draft.save(update_fields=["state", "version", "changed_at"])
        tell.draft(f"draft.{verdict}", draft, by, now)
    return locked


def _close_advice(review: Review) -> None:
    """What was asked for advice and not given by the end is no longer waited for."""
    for seal in review.seals.filter(advisory=True, state__in=(SealState.WAITING, SealState.LOOKING)):
        seal.state, seal.void_why = move(SEAL, seal.state, "void").value, _("Decided before this advice came.")
        seal.save(update_fields=["state", "void_why"])


def _approve(review: Review, draft: Draft, now: datetime) -> ApprovedMessage:
    """All seals that were needed are set: the very bytes become an approved message, in force from when its author wanted it.

    A reuse keeps its proof and ends with its source.
    """
    if draft.wanted_until is not None and draft.wanted_until <= now:
        raise Refusal(
            _("The time for which this text was wanted is over."), remedy=_("Ask for changes; the author chooses another time."), status=409
        )
    reuse = reuse_behind(review, now)
    review.ended_at = now
    review.save(update_fields=["ended_at"])
    _close_advice(review)
    draft.state = move(DRAFT, draft.state, "complete").value
    draft.version += 1
    draft.save(update_fields=["state", "version"])
    version = review.version
    begins = max(draft.wanted_from or now, now)
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
        valid_from=begins,
        valid_until=draft.wanted_until or (valid_until(reuse.source, begins) if reuse else begins + timedelta(days=VALID_DAYS)),
        reused_from=reuse,
    )
    message.signatures.set(Signature.objects.filter(pk__in=review.seals.values("signature_id")))
    return message
