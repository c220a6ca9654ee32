"""Who reviews this draft in its market, and whose earlier signature stands: the facts behind core.review and core.reentry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from candour.core.reentry import changed_parts, reentry
from candour.core.review import MessageKind, ReviewRole, Roles, Route, Ways, risk, route
from candour.core.terms import Audience, ProductStatus
from candour.flows.answers import Refusal
from candour.flows.exact import parts_of
from candour.flows.releases import active_pack
from candour.messages.models import CheckRun, Draft, DraftVersion, Review, Seal
from candour.messages.withdrawal_queries import was_stopped
from candour.packs.market import MarketPack
from candour.registry.queries import market_day, status_on


@dataclass(frozen=True, slots=True)
class Way:
    """The route of a draft and the keys of the reasons for its tier."""

    route: Route
    reasons: tuple[str, ...]


def way_of(draft: Draft, run: CheckRun, now: datetime) -> Way:
    """The review route by audience, status of the product in the market today, kind, risk, and what the market adds."""
    found = status_on(draft.product, draft.market, market_day(draft.market, now)) if draft.product else None
    kind, status = MessageKind(draft.kind), ProductStatus(found.status if found else ProductStatus.NONE)
    if draft.product and status == ProductStatus.NONE:
        status = ProductStatus.INV  # a product we name that is nothing here yet is reviewed like one under investigation
    audience = Audience(draft.audience)
    tier = risk(kind, status, audience, [row["severity"] for row in run.findings if not row["exempted_by"]])
    ways = ways_in(active_pack(draft.market, now))
    return Way(route(kind, status, audience, tier=tier.tier, ways=ways), tier.reasons)


def ways_in(pack: MarketPack | None) -> Ways:
    """What a market's release adds to the route: parameters `review_asks` and `review_advises`, roles separated by blanks."""
    if pack is None:
        return Ways()
    return Ways(_roles(pack, "review_asks"), _roles(pack, "review_advises"))


def _roles(pack: MarketPack, name: str) -> Roles:
    words = str(pack.param(name, default="")).split()
    try:
        return tuple(ReviewRole(word) for word in words)
    except ValueError:
        raise Refusal(
            _("The rules of %(market)s ask for a reviewer that does not exist: %(roles)s.")
            % {"market": pack.title, "roles": " ".join(words)},
            remedy=_("The centre of excellence corrects %(name)s and activates the rules again.") % {"name": name},
            status=409,
        ) from None


def kept_roles(draft: Draft, asked: Sequence[ReviewRole], version: DraftVersion, review: Review) -> Mapping[ReviewRole, Seal]:
    """Role to the earlier seal that stands for it in this round: signed, and nothing that concerns the role changed since.

    None stands where a withdrawal stopped the last round: what it was given on is gone. A person who has written or submitted any of the
    draft by now has no seal that stands: four eyes.
    """
    last = draft.reviews.exclude(pk=review.pk).order_by("-id").first()
    if last is None or was_stopped(draft, last.submitted_at):
        return {}
    writers = set(draft.versions.values_list("author", flat=True)) | set(draft.reviews.values_list("submitted_by", flat=True))
    signed = {
        ReviewRole(seal.role): source for seal in last.seals.all() if (source := signed_seal(seal)) and source.person_id not in writers
    }
    after = parts_of(bytes(version.exact))
    since = {role: changed_parts(parts_of(bytes(seal.review.version.exact)), after) for role, seal in signed.items()}
    return {role: signed[role] for role in reentry(asked, since).keep}


def signed_seal(seal: Seal) -> Seal | None:
    """The seal that carries the signature: itself, or the earlier one it keeps; None when nobody signed."""
    if seal.signature_id is not None:
        return seal
    return seal.kept
