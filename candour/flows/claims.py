"""Claims: written with their references, approved by medicine and regulatory with a signature each, and found in texts word for word.

What stands in a text when it is submitted is part of the bytes its reviewers sign: claim, wording, references and whether its footnote is
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.claims import Found, Near, find, near
from candour.core.review import ReviewRole
from candour.core.signing import Plain, canonical, digest
from candour.core.states import CLAIM, ClaimState, move
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages import claim_queries as queries
from candour.messages.models import Claim, ClaimSeal, ClaimUse, ClaimVersion, ClaimWording, Draft, DraftVersion
from candour.people.models import User
from candour.registry.models import Product
from candour.registry.queries import market_day

#: Both must sign, and they are two people.
ROLES = (ReviewRole.MEDICAL, ReviewRole.REGULATORY)
MEANINGS = {"medical": "medically reviewed and approved as a claim", "regulatory": "regulatory review done, approved as a claim"}
MOST_ROWS = 12
ANCHORS = ("page", "section", "quote")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where it is written: the document, the kind of anchor in it (page, section, quote) and the anchor, and the day the document is of."""

    document: str
    kind: str
    anchor: str
    dated: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """One wording: its language, the words, and the footnote they must not stand without."""

    lang: str
    text: str
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of a claim that its reviewers sign."""

    title: str
    markets: tuple[str, ...]
    review_on: date
    wordings: tuple[Words, ...]
    references: tuple[Reference, ...]

    def row(self) -> dict[str, Any]:
        """As it is stored and signed."""
        return {
            "title": self.title,
            "markets": list(self.markets),
            "review_on": self.review_on.isoformat(),
            "wordings": [asdict(one) for one in self.wordings],
            "references": [asdict(one) for one in self.references],
        }


def content_of(row: Mapping[str, Any]) -> Content:
    """What a stored version says."""
    return Content(
        row["title"],
        tuple(row["markets"]),
        date.fromisoformat(row["review_on"]),
        tuple(Words(**one) for one in row["wordings"]),
        tuple(Reference(**one) for one in row["references"]),
    )


def _cleaned(content: Content) -> Content:
    wordings = [
        Words(one.lang.strip()[:12], clean_text(one.text).strip()[:2000], clean_text(one.footnote).strip()[:600])
        for one in content.wordings
    ]
    references = [
        Reference(clean_text(one.document).strip()[:200], one.kind, clean_text(one.anchor).strip()[:400], one.dated.strip()[:10])
        for one in content.references
    ]
    return Content(
        clean_text(content.title).strip()[:160],
        tuple(sorted({market for market in content.markets if market})),
        content.review_on,
        tuple(one for one in wordings if one.text)[:MOST_ROWS],
        tuple(one for one in references if one.document)[:MOST_ROWS],
    )


def _refuse_incomplete(content: Content, now: datetime) -> None:
    if not (content.title and content.markets and content.wordings and content.references):
        raise Refusal(_("A claim has a title, a market, a wording and a reference."), status=400)
    if any(not one.anchor or one.kind not in ANCHORS for one in content.references):
        raise Refusal(_("Every reference says where in the document it stands: page, section or quote."), status=400)
    if any(not one.lang for one in content.wordings):
        raise Refusal(_("Every wording has a language."), status=400)
    if content.review_on <= now.date():
        raise Refusal(_("The review day lies in the past."), remedy=_("Choose a later one."), status=400)


def _ask_everywhere(by: User, act: str, markets: Iterable[str], product: Product, now: datetime) -> None:
    from_markets = Claim(product=product, markets=list(markets))
    for place in queries.places_of(from_markets):
        ask_at(by, act, place, now)


def create(by: User, product: Product, content: Content, now: datetime, *, replaces: Claim | None = None) -> Claim:
    """A new claim with its first version. Needs the right to write claims in each of its markets."""
    content = _cleaned(content)
    _refuse_incomplete(content, now)
    _ask_everywhere(by, "claim.write", content.markets, product, now)
    with acting(by, "claim.write"):
        claim = Claim.objects.create(
            number=queries.next_number(),
            title=content.title,
            product=product,
            markets=list(content.markets),
            owner=by,
            review_on=content.review_on,
            replaces=replaces,
            changed_at=now,
        )
        _keep_version(claim, 1, content, by, now)
    return claim


def _keep_version(claim: Claim, number: int, content: Content, by: User, now: datetime) -> ClaimVersion:
    exact = canonical({"claim": claim.code, "product": claim.product.key, **content.row()})
    return ClaimVersion.objects.create(
        claim=claim, number=number, content=content.row(), exact=exact, digest=digest(exact), author=by, saved_at=now
    )


def save(by: User, claim: Claim, content: Content, version: int, now: datetime) -> ClaimVersion:
    """Save a claim that is not approved yet; what was signed of the version before does not cover this one."""
    content = _cleaned(content)
    _refuse_incomplete(content, now)
    _ask_everywhere(by, "claim.write", {*content.markets, *claim.markets}, claim.product, now)
    with acting(by, "claim.write"):
        locked = _held(claim)
        if locked.version != version:
            raise Stale(_("Somebody else saved this claim while you had it open."))
        _refuse_not_draft(locked)
        newest = queries.newest_claim_version(locked)
        if newest.content == content.row():
            return newest
        locked.title, locked.markets, locked.review_on = content.title, list(content.markets), content.review_on
        locked.version, locked.changed_at = locked.version + 1, now
        locked.save()
        return _keep_version(locked, newest.number + 1, content, by, now)


def _held(claim: Claim) -> Claim:
    return Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("product__brand").get(pk=claim.pk)


def _refuse_not_draft(claim: Claim) -> None:
    if claim.state != ClaimState.DRAFT:
        raise Refusal(_("This claim is approved or ended; its words stand."), remedy=_("Begin its renewal to change them."), status=409)


def renew(by: User, claim: Claim, now: datetime, review_on: date) -> Claim:
    """Begin a new claim with the same words and a later review day. Once it is signed it takes the place of this one."""
    if claim.state != ClaimState.APPROVED:
        raise Refusal(_("Only an approved claim is renewed."), status=409)
    kept = content_of(queries.newest_claim_version(claim).content)
    content = Content(kept.title, kept.markets, review_on, kept.wordings, kept.references)
    return create(by, claim.product, content, now, replaces=claim)


def sign(by: User, claim: Claim, role: str, shown: str, secret: Secret, now: datetime) -> ClaimSeal:
    """One reviewer's signature over the newest version; with the last one it is approved. `shown` is the digest of what the page showed.

    Four eyes: nobody signs what they wrote, and one person signs for one role only.
    """
    if role not in MEANINGS:
        raise Refusal(_("No such function signs claims."), status=400)
    _ask_everywhere(by, f"seal.{role}", claim.markets, claim.product, now)
    _refuse_unsignable(by, claim, role, shown, now)
    proof = proven(by, secret, now)
    with acting(by, "claim.sign"):
        locked = _held(claim)
        version = _refuse_unsignable(by, locked, role, shown, now)
        signature = record_signature(
            by, bytes(version.exact), subject="approval_claimversion", key=str(version.pk), meaning=MEANINGS[role], proof=proof
        )
        seal = ClaimSeal.objects.create(version=version, role=role, person=by, signature=signature, at=now)
        if set(queries.claim_seals(version)) >= {one.value for one in ROLES}:
            _approve(locked, version, now)
    return seal


def _refuse_unsignable(by: User, claim: Claim, role: str, shown: str, now: datetime) -> ClaimVersion:
    _refuse_not_draft(claim)
    version = queries.newest_claim_version(claim)
    if shown != version.digest or digest(bytes(version.exact)) != version.digest:
        raise Stale(_("What you saw is not what is to be signed now. Nothing was signed."))
    if by.pk == claim.owner_id or claim.versions.filter(author=by).exists():
        raise Refusal(_("You wrote this; four eyes means somebody else signs."))
    given = queries.claim_seals(version)
    if role in given:
        raise Stale(_("Somebody else has signed this already."))
    if any(seal.person_id == by.pk for seal in given.values()):
        raise Refusal(_("You have signed it for another function; somebody else signs this one."))
    if claim.review_on <= now.date():
        raise Refusal(_("The review day lies in the past."), remedy=_("Its author chooses a later one."), status=409)
    return version


def _approve(claim: Claim, version: ClaimVersion, now: datetime) -> None:
    claim.state, claim.approved_at, claim.version = move(CLAIM, claim.state, "approve").value, now, claim.version + 1
    claim.save()
    for one in content_of(version.content).wordings:
        ClaimWording.objects.create(claim=claim, version=version, lang=one.lang, text=one.text, footnote=one.footnote)
    before = claim.replaces
    if before is not None:
        before = _held(before)
        if before.state == ClaimState.APPROVED:
            before.state, before.version = move(CLAIM, before.state, "replace").value, before.version + 1
            before.save()


# found in texts


@dataclass(frozen=True, slots=True)
class Hit:
    """An approved wording in a text."""

    found: Found
    wording: ClaimWording

    @property
    def references(self) -> list[dict[str, str]]:
        """Where it is written."""
        return list(self.wording.version.content["references"])


@dataclass(frozen=True, slots=True)
class Likeness:
    """A sentence that looks like an approved wording."""

    near: Near
    wording: ClaimWording


def found_in(draft: Draft, text: str, now: datetime) -> tuple[list[Hit], list[Likeness]]:
    """The claims that stand in a text of this draft word for word, and the sentences that come near one."""
    rows = queries.wordings_for(draft.product_id, draft.market, draft.lang, market_day(draft.market, now)) if draft.product_id else []
    return compared(rows, text)


def compared(rows: Sequence[ClaimWording], text: str) -> tuple[list[Hit], list[Likeness]]:
    """The wordings of these that stand in a text, and the sentences that come near one."""
    if not rows:
        return [], []
    known, by_key = queries.as_wordings(rows), {row.pk: row for row in rows}
    found = find(text, known)
    hits = [Hit(one, by_key[one.wording.key]) for one in found]
    return hits, [Likeness(one, by_key[one.wording.key]) for one in near(text, known, found)]


def signed_rows(draft: Draft, text: str, now: datetime) -> list[dict[str, Plain]]:
    """What the signed bytes say of the claims in a text; empty when there is none."""
    return [_signed_row(hit) for hit in found_in(draft, text, now)[0]]


def _signed_row(hit: Hit) -> dict[str, Plain]:
    version = hit.wording.version
    return {
        "claim": hit.wording.claim.code,
        "digest": version.digest,
        "wording": hit.wording.text,
        "footnote": hit.wording.footnote,
        "footnote_there": hit.found.footnote_there,
        "references": [{str(name): str(value) for name, value in row.items()} for row in hit.references],
    }


def link(version: DraftVersion, now: datetime) -> list[ClaimUse]:
    """Keep which claims stand in a saved text. Call inside the act that saved it."""
    hits, _near = found_in(version.draft, version.text, now)
    rows = [
        ClaimUse(
            version=version,
            claim=hit.wording.claim,
            wording=hit.wording,
            start=hit.found.start,
            end=hit.found.end,
            footnote_there=hit.found.footnote_there,
        )
        for hit in hits
    ]
    return ClaimUse.objects.bulk_create(rows)
