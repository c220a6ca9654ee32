"""Reads of claims: what a reader may see, which wordings hold for a text, and where a claim is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from candour.core.claims import Wording
from candour.core.rights import functions_for
from candour.core.states import ClaimState, DraftState, PublicationState
from candour.messages.models import (
    ApprovedMessage,
    Claim,
    ClaimSeal,
    ClaimUse,
    ClaimVersion,
    ClaimWording,
    Draft,
    DraftVersion,
    Publication,
)
from candour.people.rights import Held, Place, may

_OPEN_DRAFT = (DraftState.WRITING.value, DraftState.CHANGES.value, DraftState.IN_REVIEW.value)
_NOT_LEFT = (PublicationState.HELD.value, PublicationState.WAITING.value, PublicationState.BY_HAND.value)
_OVER = (PublicationState.TAKEN_BACK.value, PublicationState.TAKEN_DOWN.value, PublicationState.FAILED.value)


def places_of(claim: Claim) -> list[Place]:
    """Where a claim holds: one place per market."""
    return [Place(market, claim.product.brand.key, None) for market in claim.markets]


def claims_visible_to(held: Iterable[Held]) -> QuerySet[Claim]:
    """Claims of the markets and brands the reader sees in the library, by number."""
    wanted, answer = functions_for("library.see"), Q(pk__in=[])
    for grant in held:
        if grant.function in wanted:
            mine = ~Q(pk__in=[])
            mine &= Q(markets__contains=[grant.market]) if grant.market else mine
            mine &= Q(product__brand__key=grant.brand) if grant.brand else mine
            answer |= mine
    return every_claim().filter(answer)


def every_claim() -> QuerySet[Claim]:
    """All claims by number, for whoever holds the machine."""
    return Claim.objects.select_related("product__brand", "owner", "replaces").order_by("number")


def claim_for(held: Iterable[Held], number: int) -> Claim | None:
    """One claim, or None when there is none for this reader."""
    return claims_visible_to(held).filter(number=number).first()


def may_everywhere(held: Iterable[Held], act: str, claim: Claim) -> bool:
    """May somebody do this in every market of the claim?"""
    grants = tuple(held)
    return all(may(grants, act, place) for place in places_of(claim))


def next_number() -> int:
    """The number of the next claim. Inside the transaction that makes it; others wait for its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('claim numbers', 0))")
    return (Claim.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def newest_claim_version(claim: Claim) -> ClaimVersion:
    """The newest saved state of a claim."""
    return claim.versions.select_related("author").order_by("-number").first()


def claim_seals(version: ClaimVersion) -> dict[str, ClaimSeal]:
    """Role to the signature over this version."""
    return {seal.role: seal for seal in version.seals.select_related("signature", "person")}


def standing(claim: Claim, on: date) -> str:
    """How a claim stands on a day: draft, approved, expired, replaced or withdrawn."""
    return "expired" if claim.state == ClaimState.APPROVED and claim.review_on < on else claim.state


def wordings_for(product_id: int | None, market: str, lang: str, on: date) -> list[ClaimWording]:
    """Wordings that may be said of a product in a market and language on a day."""
    if product_id is None:
        return []
    approved = {"claim__state": ClaimState.APPROVED.value, "claim__review_on__gte": on}
    rows = ClaimWording.objects.filter(claim__product=product_id, claim__markets__contains=[market], lang=lang, **approved)
    return list(rows.select_related("claim", "version").order_by("claim__number", "pk"))


def wordings_visible_to(held: Iterable[Held], on: date, most: int = 500) -> list[ClaimWording]:
    """Approved wordings of the claims a reader may see, the newest claims first."""
    seen = claims_visible_to(held).filter(state=ClaimState.APPROVED, review_on__gte=on).order_by().values("pk")
    rows = ClaimWording.objects.filter(claim__in=seen).select_related("claim", "version")
    return list(rows.order_by("-claim__number", "pk")[:most])


def as_wordings(rows: Iterable[ClaimWording]) -> list[Wording]:
    """The same for the search."""
    return [Wording(row.pk, row.text, row.footnote) for row in rows]


def uses_in(version: DraftVersion) -> list[ClaimUse]:
    """Claims that stood in a saved text, in its order."""
    return list(version.claims.select_related("claim", "wording__version").order_by("start"))


def claim_family(claim: Claim) -> list[Claim]:
    """A claim and those whose place it took: what was approved with an earlier one says the same."""
    found = [claim]
    while (before := found[-1].replaces) is not None and before not in found:
        found.append(Claim.objects.select_related("product__brand", "replaces").get(pk=before.pk))
    return found


class Said(NamedTuple):
    """Where a claim is said."""

    drafts: list[Draft]
    messages: list[ApprovedMessage]
    scheduled: list[Publication]
    live: list[Publication]


def where_said(*claims: Claim) -> Said:
    """Drafts whose newest text says it, approved messages that do, and what of these waits or stands somewhere. Of one claim or of
    several."""
    newest = DraftVersion.objects.filter(draft=OuterRef("pk")).order_by("-number").values("pk")[:1]
    saying = ClaimUse.objects.filter(claim__in=[claim.pk for claim in claims]).values("version")
    drafts = Draft.objects.filter(state__in=_OPEN_DRAFT).annotate(last=Subquery(newest)).filter(last__in=saying)
    messages = ApprovedMessage.objects.filter(version__in=saying, withdrawn_at=None)
    out = Publication.objects.filter(message__version__in=saying).exclude(state__in=_OVER)
    out = out.select_related("account", "message__account", "message__product__brand")
    waiting, standing_now = out.filter(state__in=_NOT_LEFT), out.exclude(state__in=_NOT_LEFT)
    related = ("account", "product__brand")
    return Said(
        list(drafts.select_related(*related, "owner").order_by("pk")),
        list(messages.select_related(*related).order_by("pk")),
        list(waiting.order_by("due_at", "pk")),
        list(standing_now.order_by("due_at", "pk")),
    )


def in_claim_state(claims: QuerySet[Claim], state: str, on: date) -> QuerySet[Claim]:
    """Those that stand so on a day; any other word leaves the list as it is."""
    if state == "expired":
        return claims.filter(state=ClaimState.APPROVED, review_on__lt=on)
    if state == ClaimState.APPROVED:
        return claims.filter(state=ClaimState.APPROVED, review_on__gte=on)
    return claims.filter(state=state) if state in set(ClaimState) else claims


def claims_with(claims: QuerySet[Claim], words: str) -> QuerySet[Claim]:
    """Those whose title, or a wording or reference of whose versions, holds these letters."""
    inside = ClaimVersion.objects.filter(content__icontains=words).values("claim")
    return claims.filter(Q(title__icontains=words) | Q(pk__in=inside))


def contents_of(claims: Sequence[Claim]) -> dict[int, dict[str, Any]]:
    """Claim to the content of its newest version."""
    rows = ClaimVersion.objects.filter(claim__in=[claim.pk for claim in claims]).order_by("claim_id", "-number").distinct("claim_id")
    return {row.claim_id: row.content for row in rows}
