"""The facts behind the route: what a market adds, and a product without a status."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from candour.core.review import MessageKind, ReviewRole
from candour.core.states import SealState
from candour.flows import past_limit, submit
from candour.flows.answers import Refusal
from candour.flows.routing import ways_in
from candour.packs.loader import load_market, shipped_markets
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW


@pytest.mark.parametrize("market", shipped_markets())
def test_every_shipped_market_names_reviewers_that_exist(market: str) -> None:
    ways_in(load_market(market))


def test_the_united_kingdom_always_asks_medicine() -> None:
    assert ways_in(load_market("uk")).asks == (ReviewRole.MEDICAL,)
    assert ways_in(None).asks == ()


def test_a_reviewer_that_does_not_exist_is_said_to_who_can_mend_it() -> None:
    pack = load_market("de")
    wrong = replace(pack, params=MappingProxyType(dict(pack.params) | {"review_asks": "medical sales"}))
    with pytest.raises(Refusal, match="medical sales") as refused:
        ways_in(wrong)
    assert "review_asks" in refused.value.remedy


def test_a_product_without_a_status_here_is_reviewed_like_one_under_investigation(ground: Ground) -> None:
    draft = g.written(ground, "Zovirexa ist unser neuer Name.", product=factories.product("Zovirexa"))
    running = submit.submit(ground.author, factories.settle(ground.author, draft, NOW), draft.version, NOW)
    assert (running.tier, running.reasons[0]) == ("high", "investigational")
    assert running.seals.filter(role="medical", advisory=False).exists()


def test_a_template_of_low_risk_is_due_sooner_than_a_post(ground: Ground) -> None:
    made = submit.create_draft(
        ground.author, title="Dank", account=ground.account, product=None, lang="de", text="Guten Tag, danke.", now=NOW,
        kind=MessageKind.REPLY_TEMPLATE.value,
    )  # fmt: skip
    fast = submit.submit(ground.author, made, made.version, NOW)
    slow = g.submitted(ground)
    assert fast.due_at.date() == NOW.date(), "the fast lane is decided on the same day"
    assert fast.due_at < slow.due_at


def test_advice_that_is_not_given_is_no_notice(ground: Ground) -> None:
    draft = submit.create_draft(
        ground.author, title="Migräne", account=ground.account, product=None, lang="de", text="Migräne hat viele Gesichter.", now=NOW
    )
    running = submit.submit(ground.author, draft, draft.version, NOW)
    running.refresh_from_db()
    told = {hit.act for hit in past_limit.seals(running.due_at)}
    assert told == {"seal.legal", "seal.regulatory"}
    assert running.seals.get(role="medical").state == SealState.WAITING
