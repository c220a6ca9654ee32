"""Who must review and sign a draft: audience, product status, market, kind of message and risk give the route.

The table `ROUTES` is the whole answer for a market without particularities; a market adds roles (`Ways`), never takes one away. A property
test walks every combination: never nobody, a product always with medicine, and a lower risk never asks more than a higher one.
Source: 21 CFR 314.81(b)(3)(i) and ABPI 8.1 ask for a documented review before use; who sits in it is company practice (MLR).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from candour.core.terms import Audience, ProductStatus, Severity


class ReviewRole(StrEnum):
    MEDICAL = "medical"
    LEGAL = "legal"
    REGULATORY = "regulatory"


class MessageKind(StrEnum):
    POST = "post"
    REPLY_TEMPLATE = "reply_template"
    HOLDING_STATEMENT = "holding_statement"
    FREE_REPLY = "free_reply"


class Tier(StrEnum):
    """How much can go wrong with a text."""

    LOW = "low"
    USUAL = "usual"
    HIGH = "high"


M, L, R = ReviewRole.MEDICAL, ReviewRole.LEGAL, ReviewRole.REGULATORY
Roles = tuple[ReviewRole, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """A tier and the reasons for it, by key; the screens say them in words."""

    tier: Tier
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """What a market adds: roles it always asks, and roles whose advice it wants. Pack data (`review_asks`, `review_advises`)."""

    asks: Roles = ()
    advises: Roles = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Roles that must seal in parallel, roles that may advise and hold nothing up, and the business hours they have."""

    roles: Roles
    hours: int
    why: str
    advisory: Roles = ()
    tier: Tier = Tier.USUAL

    @property
    def fast(self) -> bool:
        """True for the fast lane: decided within one working day."""
        return self.hours <= FAST_HOURS


#: Business hours within which a text of the fast lane is decided.
FAST_HOURS = 8
#: What is added where professionals read it too: references are looked up.
_PROFESSIONAL_HOURS = 8

#: (kind, is a product named) -> tier -> roles that must seal, roles that advise, business hours.
_Row = tuple[Roles, Roles, int]
ROUTES: Mapping[tuple[MessageKind, bool], Mapping[Tier, _Row]] = MappingProxyType(
    {
        (MessageKind.FREE_REPLY, False): {Tier.LOW: ((M,), (), 2), Tier.USUAL: ((M,), (), 2), Tier.HIGH: ((M, R), (), 4)},
        (MessageKind.FREE_REPLY, True): {Tier.LOW: ((M,), (), 2), Tier.USUAL: ((M,), (), 2), Tier.HIGH: ((M, R), (), 4)},
        (MessageKind.REPLY_TEMPLATE, False): {Tier.LOW: ((L, R), (), 4), Tier.USUAL: ((L, R), (), 16), Tier.HIGH: ((M, L, R), (), 24)},
        (MessageKind.REPLY_TEMPLATE, True): {Tier.LOW: ((M, L, R), (), 8), Tier.USUAL: ((M, L, R), (), 24), Tier.HIGH: ((M, L, R), (), 32)},
        (MessageKind.HOLDING_STATEMENT, False): {Tier.LOW: ((L, R), (), 8), Tier.USUAL: ((L, R), (), 16), Tier.HIGH: ((M, L, R), (), 24)},
        (MessageKind.HOLDING_STATEMENT, True): {
            Tier.LOW: ((M, L, R), (), 16), Tier.USUAL: ((M, L, R), (), 24), Tier.HIGH: ((M, L, R), (), 32)
        },
        (MessageKind.POST, False): {Tier.LOW: ((L, R), (), 8), Tier.USUAL: ((L, R), (), 16), Tier.HIGH: ((M, L, R), (), 24)},
        (MessageKind.POST, True): {Tier.LOW: ((M, L, R), (), 16), Tier.USUAL: ((M, L, R), (), 24), Tier.HIGH: ((M, L, R), (), 32)},
    }
)  # fmt: skip

_WHY = {
    MessageKind.FREE_REPLY: "one reply outside the approved templates",
}


def risk(kind: MessageKind, status: ProductStatus, audience: Audience, severities: Iterable[str] = ()) -> Risk:
    """The tier of a text and why. `severities` are those of the findings that count (not exempted), answered or not.

    High: a product under investigation, a prescription product before the public, or a finding of high severity.
    Low: no product and nothing found, or an answer to people about an over-the-counter product with nothing found.
    """
    found = set(severities) - {Severity.ADVICE.value}
    reasons = [
        key
        for key, holds in (
            ("investigational", status == ProductStatus.INV),
            ("prescription_public", status == ProductStatus.RX and audience != Audience.HCP),
            ("high_finding", bool(found & {Severity.BLOCK.value, Severity.HIGH.value})),
        )
        if holds
    ]
    if reasons:
        return Risk(Tier.HIGH, tuple(reasons))
    if found:
        return Risk(Tier.USUAL, ("finding",))
    if status == ProductStatus.NONE:
        return Risk(Tier.LOW, ("no_product", "nothing_found"))
    if status == ProductStatus.OTC and kind in (MessageKind.REPLY_TEMPLATE, MessageKind.FREE_REPLY):
        return Risk(Tier.LOW, ("otc_answer", "nothing_found"))
    return Risk(Tier.USUAL, ("product",))


def route(kind: MessageKind, status: ProductStatus, audience: Audience, *, tier: Tier = Tier.USUAL, ways: Ways | None = None) -> Route:
    """Review route: the row of the table, with what the market adds. Roles come in the order medical, legal, regulatory."""
    named = status != ProductStatus.NONE
    roles, advisory, hours = ROUTES[kind, named][tier]
    ways = ways or Ways()
    asked = {*roles, *ways.asks}
    advised = {*advisory, *(ways.advises if kind != MessageKind.FREE_REPLY else ())} - asked
    if named and audience != Audience.PUBLIC and kind != MessageKind.FREE_REPLY:
        hours += _PROFESSIONAL_HOURS
    why = _WHY.get(kind) or ("a product is named" if named else "no product named")
    return Route(_ordered(asked), hours, why, _ordered(advised), tier)


def _ordered(roles: Iterable[ReviewRole]) -> Roles:
    wanted = set(roles)
    return tuple(role for role in ReviewRole if role in wanted)
