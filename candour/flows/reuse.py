"""A proven message goes live in another market: by one local signature where nothing differs, else by the reviewers of the differences.

Every reuse leaves a signed proof. What is refused leaves nothing but the refusal in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.core.reuse import Answer
from candour.core.signing import canonical, digest
from candour.core.states import DraftState
from candour.flows import claims, landing
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.submit import open_review
from candour.flows.travel import UNCERTIFIED, UNTRANSLATED, Look, difference_row, preview, result_row, shown
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.journal.signatures import Proof, Secret, record_signature
from candour.messages.models import ApprovedMessage, CheckRun, Draft, DraftVersion, ReuseProof, Review
from candour.messages.queries import usable
from candour.messages.reuse_queries import asked_in, proof_behind, reused_in, wrote_message
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Account

LIVE_MEANING = "reuse without further review"
ASK_MEANING = "asks for the reuse of an approved message"
#: Business hours for reviewers who are asked about differences only.
ASKED_HOURS = 8
#: A reuse lasts a year, and never longer than the approval it stands on.
VALID_DAYS = 365
_ACT = {Answer.LIVE: "reuse.sign", Answer.ASK: "reuse.ask"}


@dataclass(frozen=True, slots=True)
class _Made:
    """What a reuse puts in place first: the draft with its only version and the check that judged it."""

    draft: Draft
    version: DraftVersion
    run: CheckRun


def place_there(message: ApprovedMessage, account: Account) -> Place:
    """Where the reused message would belong."""
    return Place(account.market, message.product.brand.key if message.product else None, account.key)


def act_of(look: Look) -> str:
    """The right that the answer asks for; a refused reuse needs that of asking."""
    return _ACT.get(look.decision.answer, "reuse.ask")


def ask(by: User, message: ApprovedMessage, account: Account, secret: Secret, seen: str, now: datetime, *, adapted: str = "") -> ReuseProof:
    """Do what the preview promised: sign live, or open the review of the differences. `seen` is the digest of what the page showed.

    Refused when anything changed since, when a rule of the target forbids it, when it is there already or on its way, without a right or
    certificate, and for a live signature by somebody who wrote the source. The secret is proven in this same request.
    """
    with acting(by, "reuse.check"):
        look = _ready(by, message, account, seen, now, adapted)
    proof = proven(by, secret, now)
    links = landing.links_in(look.words.text, message.version.links if message.version else ())
    pages = landing.look_at(links) if look.decision.answer == Answer.ASK else []
    with acting(by, "reuse"):
        look = _ready(by, message, account, seen, now, adapted)
        made = _made(by, look, now)
        if look.decision.answer == Answer.ASK:
            return _proof(by, look, made, proof, now, _open_review(by, made, look, pages, now))
        kept = _proof(by, look, made, proof, now, None)
        _go_live(by, look, made, kept, proof, now)
        return kept


def _ready(by: User, message: ApprovedMessage, account: Account, seen: str, now: datetime, adapted: str) -> Look:
    """The answer as it is now, the source held, if `by` may carry it out and it is what was shown."""
    related = ("account", "product__brand", "draft", "version")
    source = ApprovedMessage.objects.select_for_update(no_key=True, of=("self",)).select_related(*related).get(pk=message.pk)
    look = preview(source, account, now, adapted=adapted)
    ask_at(by, act_of(look), place_there(source, account), now)
    _refuse_forbidden(look)
    if look.seen != seen:
        raise Stale(_("The rules, the labels or the words have changed since this page was made. Nothing was signed; read it again."))
    _refuse_unready(look)
    if account.market in reused_in(source) or account.market in asked_in(source):
        raise Stale(_("This message is used in %(market)s already, or its reviewers look at it.") % {"market": account.market.upper()})
    if look.decision.answer == Answer.LIVE and wrote_message(by, source):
        raise Refusal(_("You wrote this; four eyes means somebody else signs."))
    return look


def _refuse_forbidden(look: Look) -> None:
    if look.decision.answer == Answer.REFUSED:
        raise Refusal(
            _("Forbidden in %(market)s by %(rules)s.")
            % {"rules": ", ".join(look.decision.refused_by), "market": look.account.market.upper()},
            remedy=_("Write a message of its own for that market."),
            status=409,
        )


def _refuse_unready(look: Look) -> None:
    if look.standing == UNTRANSLATED:
        raise Refusal(_("Translate the message first."), remedy=_("An author of the market writes the translation."), status=409)
    if look.decision.adapt:
        one = look.decision.adapt[0]
        raise Refusal(
            _("The text has %(count)s characters and the channel takes %(limit)s.") % {"count": one.before, "limit": one.after},
            remedy=_("Shorten it on this page; the reviewers are asked about the new words."),
            status=409,
        )


def _made(by: User, look: Look, now: datetime) -> _Made:
    """Draft, version and check of the target: the review desk and the publication know a reuse by the same rows as any other text."""
    message, words, account = look.home.message, look.words, look.account
    draft = Draft.objects.create(
        title=words.title[:160],
        kind=message.kind,
        account=account,
        product=message.product,
        market=account.market,
        audience=account.audience,
        lang=words.lang,
        duties=message.duties,
        owner=by,
        based_on=message,
        state=(DraftState.WRITING if look.decision.answer == Answer.ASK else DraftState.SIGNED).value,
        version=1 if look.decision.answer == Answer.ASK else 2,
        changed_at=now,
    )
    version = DraftVersion.objects.create(
        draft=draft,
        number=1,
        text=words.text,
        title=words.title,
        links=message.version.links if message.version else [],
        alt_text=words.alt_text,
        picture_id=words.picture or None,
        picture_words=words.picture_words,
        exact=look.exact,
        digest=digest(look.exact),
        author=by,
        saved_at=now,
    )
    claims.link(version, now)
    row = look.judged.result.as_row()
    run = CheckRun.objects.create(
        version=version, releases=look.judged.releases, verdict=row["verdict"], findings=row["findings"], at=now
    )  # fmt: skip
    return _Made(draft, version, run)


def _open_review(by: User, made: _Made, look: Look, pages: Sequence[landing.Seen], now: datetime) -> Review:
    """A review with the seals of the asked roles only. What they sign is a version of its own, whose bytes also hold what the check said,
    the pages behind the links and the claims; the proof names the words as the asker saw them."""
    return open_review(by, made.draft, made.version, made.run, now, roles=look.decision.roles, pages=pages, hours=ASKED_HOURS)


def _proof(by: User, look: Look, made: _Made, proof: Proof, now: datetime, review: Review | None) -> ReuseProof:
    """Store the proof under the asker's signature."""
    exact = canonical(shown(look))
    message, account = look.home.message, look.account
    return ReuseProof.objects.create(
        source=message,
        source_digest=message.digest,
        account=account,
        market=account.market,
        audience=account.audience,
        lang=look.words.lang,
        draft=made.draft,
        review=review,
        translation=look.translation,
        target_digest=made.version.digest,
        releases={"source": look.home.judged.releases, "target": look.judged.releases},
        results={"source": result_row(look.home.judged), "target": result_row(look.judged)},
        differences=[difference_row(one) for one in look.differences],
        answer=look.decision.answer.value,
        asked=[role.value for role in look.decision.roles],
        minutes=look.decision.minutes,
        full_minutes=look.full_minutes,
        by=by,
        made_at=now,
        exact=exact,
        digest=digest(exact),
        signature=_signed(by, exact, "approval_reuseproof", made, look, proof, ASK_MEANING if review else LIVE_MEANING),
    )


def _signed(by: User, exact: bytes, subject: str, made: _Made, look: Look, proof: Proof, meaning: str) -> Signature:
    releases = ", ".join(look.judged.releases.values())
    return record_signature(by, exact, subject=subject, key=str(made.version.pk), meaning=meaning, proof=proof, pack_releases=releases)


def _go_live(by: User, look: Look, made: _Made, kept: ReuseProof, proof: Proof, now: datetime) -> ApprovedMessage:
    """The local signature over the very bytes, and the approved message of the target."""
    source, draft = look.home.message, made.draft
    message = ApprovedMessage.objects.create(
        key=f"{slugify(draft.title)[:50] or 'message'}-{draft.market}-{draft.pk}",
        title=draft.title,
        kind=draft.kind,
        duties=draft.duties,
        draft=draft,
        version=made.version,
        account=draft.account,
        product=draft.product,
        market=draft.market,
        lang=draft.lang,
        audience=draft.audience,
        text=made.version.text,
        exact=look.exact,
        digest=made.version.digest,
        number=source.number,
        valid_from=now,
        valid_until=valid_until(source, now),
        reused_from=kept,
    )
    message.signatures.add(_signed(by, look.exact, "approval_draftversion", made, look, proof, LIVE_MEANING))
    return message


def valid_until(source: ApprovedMessage, now: datetime) -> datetime:
    """How long a reuse holds: no longer than its source."""
    return min(source.valid_until, now + timedelta(days=VALID_DAYS))


def reuse_behind(review: Review, now: datetime) -> ReuseProof | None:
    """The reuse whose last seal was just set, or None for a full review. Refuses when its source was withdrawn or ran out meanwhile."""
    kept = proof_behind(review)
    if kept is not None and usable(kept.source, now).state != "usable":
        raise Refusal(
            _("The message this one stands on was withdrawn or has expired."),
            remedy=_("Nothing was signed. Submit it as a new text."),
            status=409,
        )
    return kept


def needs_certificate(look: Look) -> bool:
    """Whether a certificate of the translation would spare reviewers."""
    return look.standing == UNCERTIFIED and look.hoped.signatures < look.decision.signatures
