"""Who must sign: never nobody, never without medicine where a product is named, and never more for less risk."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.review import FAST_HOURS, ROUTES, MessageKind, ReviewRole, Roles, Tier, Ways, risk, route
from candour.core.terms import Audience, ProductStatus, Severity

M, L, R = ReviewRole.MEDICAL, ReviewRole.LEGAL, ReviewRole.REGULATORY
TIERS = list(Tier)
ALL = list(itertools.product(MessageKind, ProductStatus, Audience))
SOME_ROLES = st.lists(st.sampled_from(ReviewRole), unique=True, max_size=3).map(tuple)
WAYS = st.builds(Ways, SOME_ROLES, SOME_ROLES)


@pytest.mark.parametrize(
    ("kind", "status", "audience", "tier", "roles", "hours"),
    [
        (MessageKind.POST, ProductStatus.RX, Audience.PUBLIC, Tier.HIGH, {M, L, R}, 32),
        (MessageKind.POST, ProductStatus.OTC, Audience.PUBLIC, Tier.USUAL, {M, L, R}, 24),
        (MessageKind.POST, ProductStatus.RX, Audience.HCP, Tier.USUAL, {M, L, R}, 32),
        (MessageKind.REPLY_TEMPLATE, ProductStatus.OTC, Audience.PUBLIC, Tier.LOW, {M, L, R}, 8),
        (MessageKind.REPLY_TEMPLATE, ProductStatus.NONE, Audience.PUBLIC, Tier.LOW, {L, R}, 4),
        (MessageKind.HOLDING_STATEMENT, ProductStatus.DEVICE, Audience.BOTH, Tier.USUAL, {M, L, R}, 32),
        (MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, Tier.LOW, {L, R}, 8),
        (MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, Tier.USUAL, {L, R}, 16),
        (MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, Tier.HIGH, {M, L, R}, 24),
        (MessageKind.FREE_REPLY, ProductStatus.NONE, Audience.PUBLIC, Tier.LOW, {M}, 2),
        (MessageKind.FREE_REPLY, ProductStatus.INV, Audience.PUBLIC, Tier.HIGH, {M, R}, 4),
    ],
)
def test_the_route(kind: MessageKind, status: ProductStatus, audience: Audience, tier: Tier, roles: set[ReviewRole], hours: int) -> None:
    way = route(kind, status, audience, tier=tier)
    assert (set(way.roles), way.hours, bool(way.why)) == (roles, hours, True)


def test_the_table_has_a_row_for_everything() -> None:
    assert set(ROUTES) == set(itertools.product(MessageKind, (False, True)))
    assert all(set(row) == set(Tier) for row in ROUTES.values())


@pytest.mark.parametrize(("kind", "status", "audience"), ALL)
@given(tier=st.sampled_from(Tier), ways=WAYS)
def test_somebody_always_signs_and_a_product_is_never_published_without_medicine(
    kind: MessageKind, status: ProductStatus, audience: Audience, tier: Tier, ways: Ways
) -> None:
    way = route(kind, status, audience, tier=tier, ways=ways)
    assert way.roles
    assert len(way.roles) == len(set(way.roles))
    assert not set(way.roles) & set(way.advisory), "who seals is not asked for advice as well"
    assert set(ways.asks) <= set(way.roles)
    assert way.hours > 0
    assert status == ProductStatus.NONE or M in way.roles


@pytest.mark.parametrize(("kind", "status", "audience"), ALL)
@given(ways=WAYS)
def test_a_lower_risk_never_asks_more_than_a_higher_one(kind: MessageKind, status: ProductStatus, audience: Audience, ways: Ways) -> None:
    ladder = [route(kind, status, audience, tier=tier, ways=ways) for tier in TIERS]
    for lower, higher in itertools.pairwise(ladder):
        assert set(lower.roles) <= set(higher.roles)
        assert {*lower.roles, *lower.advisory} <= {*higher.roles, *higher.advisory}
        assert lower.hours <= higher.hours


@given(
    st.sampled_from(MessageKind),
    st.sampled_from(ProductStatus),
    st.sampled_from(Audience),
    st.lists(st.sampled_from(Severity), max_size=4),
    st.sampled_from(Severity),
)
def test_one_more_finding_never_lowers_the_risk(
    kind: MessageKind, status: ProductStatus, audience: Audience, found: list[Severity], more: Severity
) -> None:
    before, after = risk(kind, status, audience, found), risk(kind, status, audience, [*found, more])
    assert TIERS.index(before.tier) <= TIERS.index(after.tier)
    assert after.reasons


@pytest.mark.parametrize(
    ("status", "audience", "found", "tier", "reasons"),
    [
        (ProductStatus.INV, Audience.HCP, [], Tier.HIGH, ("investigational",)),
        (ProductStatus.RX, Audience.PUBLIC, [], Tier.HIGH, ("prescription_public",)),
        (ProductStatus.RX, Audience.HCP, [], Tier.USUAL, ("product",)),
        (ProductStatus.NONE, Audience.PUBLIC, ["H"], Tier.HIGH, ("high_finding",)),
        (ProductStatus.NONE, Audience.PUBLIC, ["M"], Tier.USUAL, ("finding",)),
        (ProductStatus.NONE, Audience.PUBLIC, ["L"], Tier.LOW, ("no_product", "nothing_found")),
    ],
)
def test_the_risk_says_why(status: ProductStatus, audience: Audience, found: list[str], tier: Tier, reasons: tuple[str, ...]) -> None:
    answer = risk(MessageKind.POST, status, audience, found)
    assert (answer.tier, answer.reasons) == (tier, reasons)


def test_answers_without_risk_take_the_fast_lane() -> None:
    answers = (MessageKind.REPLY_TEMPLATE, MessageKind.FREE_REPLY)
    for kind, status in itertools.product(answers, (ProductStatus.NONE, ProductStatus.OTC)):
        way = route(kind, status, Audience.PUBLIC, tier=risk(kind, status, Audience.PUBLIC).tier)
        assert way.fast and way.hours <= FAST_HOURS


def test_the_fast_lane_is_not_for_risky_posts() -> None:
    assert not route(MessageKind.POST, ProductStatus.RX, Audience.PUBLIC, tier=Tier.HIGH).fast


def test_a_market_may_add_a_reviewer_and_advice() -> None:
    ways = Ways(asks=(M,), advises=(M, R))
    way = route(MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, ways=ways)
    assert (way.roles, way.advisory) == ((M, L, R), ())
    roles: Roles = route(MessageKind.POST, ProductStatus.NONE, Audience.PUBLIC, ways=Ways(advises=(M,))).advisory
    assert roles == (M,)
    assert route(MessageKind.FREE_REPLY, ProductStatus.NONE, Audience.PUBLIC, ways=Ways(advises=(L,))).advisory == ()
