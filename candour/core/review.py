"""Who must review and sign a draft: audience, product status, market and kind of message give the route."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from candour.core.terms import Audience, ProductStatus


class ReviewRole(StrEnum):
    MEDICAL = "medical"
    LEGAL = "legal"
    REGULATORY = "regulatory"


class MessageKind(StrEnum):
    POST = "post"
    REPLY_TEMPLATE = "reply_template"
    HOLDING_STATEMENT = "holding_statement"
    FREE_REPLY = "free_reply"


@dataclass(frozen=True, slots=True)
class Route:
    """Roles that must seal in parallel, and the business hours they have."""

    roles: tuple[ReviewRole, ...]
    hours: int
    why: str


def route(kind: MessageKind, status: ProductStatus, audience: Audience) -> Route:
    """Review route. Product messages need all three roles; one free reply needs a medical reviewer within the working day.

    Source: 21 CFR 314.81(b)(3)(i) and ABPI 8.1 ask for a documented review before use; who sits in it is company practice (MLR).
    """
    if kind == MessageKind.FREE_REPLY:
        return Route((ReviewRole.MEDICAL,), 2, "one reply outside the approved templates")
    if status == ProductStatus.NONE:
        return Route((ReviewRole.LEGAL, ReviewRole.REGULATORY), 16, "no product named")
    hours = 24 if audience == Audience.PUBLIC else 32
    return Route((ReviewRole.MEDICAL, ReviewRole.LEGAL, ReviewRole.REGULATORY), hours, "a product is named")
