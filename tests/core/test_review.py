"""Who must sign: never nobody, never without medicine where a product is named."""

from __future__ import annotations

import itertools

import pytest

from candour.core.review import MessageKind, ReviewRole, route
from candour.core.terms import Audience, ProductStatus

M, L, R = ReviewRole.MEDICAL, ReviewRole.LEGAL, ReviewRole.REGULATORY
ALL = list(itertools.product(MessageKind, ProductStatus, Audience))


@pytest.mark.parametrize(
    ("kind", "status", "audience", "roles", "hours"),
    [
        (MessageKind.POST, ProductStatus.RX, Audience.PUBLIC, {M, L, R}, 24),
        (MessageKind.POST, ProductStatus.RX, Audience.HCP, {M, L, R}, 32),
        (MessageKind.REPLY_TEMPLATE, ProductStatus.OTC, Audience.PUBLIC, {M, L, R}, 24),
        (MessageKind.HOLDING_STATEMENT, ProductStatus.DEVICE, Audience.BOTH, {M, L, R}, 32),
        (MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, {L, R}, 16),
        (MessageKind.FREE_REPLY, ProductStatus.NONE, Audience.PUBLIC, {M}, 2),
        (MessageKind.FREE_REPLY, ProductStatus.INV, Audience.PUBLIC, {M}, 2),
    ],
)
def test_the_route(kind: MessageKind, status: ProductStatus, audience: Audience, roles: set[ReviewRole], hours: int) -> None:
    way = route(kind, status, audience)
    assert (set(way.roles), way.hours, bool(way.why)) == (roles, hours, True)


@pytest.mark.parametrize(("kind", "status", "audience"), ALL)
def test_somebody_always_signs_and_a_product_is_never_published_without_medicine(
    kind: MessageKind, status: ProductStatus, audience: Audience
) -> None:
    way = route(kind, status, audience)
    assert way.roles
    assert len(way.roles) == len(set(way.roles))
    assert way.hours > 0
    assert status == ProductStatus.NONE or M in way.roles
