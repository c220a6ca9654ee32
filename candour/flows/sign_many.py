"""Several seals at once, by one proof: only where the decisions are one and the same, and nothing is open in any of them.

Each text still gets a signature of its own over its own bytes. All are signed or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from candour.core.terms import Severity
from candour.flows.answers import Refusal
from candour.flows.landing import drifted
from candour.flows.proof import proven
from candour.flows.review import checked, refuse_unseen_drift, set_seal
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.journal.signatures import Secret
from candour.messages.models import Seal
from candour.messages.queries import open_notes
from candour.people.models import User

#: Signatures by one proof; more than a person reads in one sitting is not a decision.
MOST = 20


@dataclass(frozen=True, slots=True)
class Sameness:
    """What must be equal for several decisions to be one: role, market, kind, language, product, tier and the roles asked."""

    role: str
    market: str
    kind: str
    lang: str
    product: int | None
    tier: str
    asked: tuple[str, ...]


def sameness(seal: Seal) -> Sameness:
    """What this decision is, to be compared with others."""
    review, draft = seal.review, seal.review.draft
    asked = tuple(sorted(review.seals.values_list("role", flat=True)))
    return Sameness(seal.role, draft.market, draft.kind, draft.lang, draft.product_id, review.tier, asked)


def why_alone(seal: Seal) -> str:
    """Why this seal is signed on its own page; empty when it may be one of several."""
    review = seal.review
    if any(row["severity"] != Severity.ADVICE and not row["exempted_by"] for row in review.check_run.findings):
        return _("The rules found something in it.")
    if open_notes(review.draft).exists():
        return _("It has open notes.")
    if seal.about:
        return _("Only a part of it is asked.")
    if review.version.claims.filter(footnote_there=False).exists():
        return _("A claim in it stands without its footnote.")
    if drifted(review.version):
        return _("A page behind its links has changed.")
    return ""


def groups(seals: Iterable[Seal]) -> list[list[Seal]]:
    """Seals that may be set together, by identical decision; only groups of at least two."""
    found: dict[Sameness, list[Seal]] = {}
    for seal in seals:
        if not why_alone(seal):
            found.setdefault(sameness(seal), []).append(seal)
    return [group[:MOST] for group in found.values() if len(group) > 1]


def sign_many(by: User, seals: Sequence[Seal], digests: Mapping[int, str], secret: Secret, now: datetime) -> list[Signature]:
    """Sign every seal over the digest that was shown for it. One secret, one signature each, all or none.

    Refused when the decisions are not identical, when anything is open in one of them, and for every reason that refuses a single one.
    """
    # in one order whoever signs, so that two people who sign the same texts at once never wait for each other
    seals = sorted(seals, key=lambda seal: seal.review.draft_id)
    _refuse_unlike(seals)
    with acting(by, "seal.check"):
        for seal in seals:
            checked(by, seal, digests.get(seal.pk, ""), now)
    for seal in seals:
        refuse_unseen_drift(by, seal, "", now)
    proof = proven(by, secret, now)
    with acting(by, f"seal.{seals[0].role}", "together"):
        signed = [set_seal(by, seal, digests.get(seal.pk, ""), proof, now) for seal in seals]
        _refuse_unlike(seals)
    return signed


def _refuse_unlike(seals: Sequence[Seal]) -> None:
    if not 1 < len(seals) <= MOST:
        raise Refusal(_("Choose between 2 and %(most)s texts to sign together.") % {"most": MOST}, status=400)
    if len({sameness(seal) for seal in seals}) > 1:
        raise Refusal(_("These decisions are not the same; each is signed on its own page."), status=409)
    for seal in seals:
        if why := why_alone(seal):
            raise Refusal(_("“%(title)s” is signed on its own page: %(why)s") % {"title": seal.review.draft.title, "why": why}, status=409)
