"""One text, the rules of every market it concerns: each market judges by its own release, with the product's status and label there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from candour.core.terms import ProductStatus
from candour.flows.releases import active_pack, market_pack
from candour.packs.market import MarketPack
from candour.registry.models import Product
from candour.registry.queries import company, label_on, market_day, status_on
from candour.screening.checks import CheckResult, check_in_markets
from candour.screening.concerned import Concerned, concerned, topics_of
from candour.screening.pieces import Piece

_FLAGS = ("boxed_warning", "black_triangle", "narcotic", "reimbursed")


#: A piece as it is in a market, the rules active there, and the day it is there.
Asked = tuple[Piece, MarketPack, date]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer, the releases that gave it by pack, the markets concerned with reasons, and those whose rules nobody activated."""

    result: CheckResult
    releases: dict[str, str]
    concerned: tuple[Concerned, ...]
    unjudged: tuple[str, ...] = field(default=())


def product_facts(product: Product | None, market: str, on: date) -> dict[str, object]:
    """The fields of a piece that the registry knows: name, status, label and flags of the product in a market on a date."""
    if product is None:
        return {"product": "", "product_status": ProductStatus.NONE.value, "indication": "", "risk_text": "", "flags": []}
    status, label = status_on(product, market, on), label_on(product, market, on)
    return {
        "product": f"{product.name} ({product.substance})" if product.substance else product.name,
        "product_status": status.status if status else ProductStatus.NONE.value,
        "indication": label.indication if label else "",
        "risk_text": label.serious_risks if label else "",
        "flags": [name for name in _FLAGS if status and getattr(status, name)],
    }


def judge(facts: Callable[[str, date], Piece], market: str, now: datetime, *, owner: str = "", targeting: Iterable[str] = ()) -> Judgement:
    """Judge a piece by its market and by every other it concerns. `facts` gives the piece as it is in a market on a day there.

    Refuses where the own market has no active rules; another market without active rules is told in `unjudged`, never passed over.
    """
    market_pack(market, now)
    asked, places, unjudged = asked_of(facts, market, now, owner=owner, targeting=targeting)
    return Judgement(check_in_markets(asked), {used.id: used.release_name for _, used, _ in asked}, places, unjudged)


def asked_of(
    facts: Callable[[str, date], Piece], market: str, now: datetime, *, owner: str = "", targeting: Iterable[str] = ()
) -> tuple[list[Asked], tuple[Concerned, ...], tuple[str, ...]]:
    """Who judges a piece at an instant: the piece as it is in each market with the active rules and the day there, its own market first;
    every market concerned with the reasons; and those of them whose rules nobody activated."""
    today = market_day(market, now)
    piece = _listed(facts(market, today))
    places = concerned(piece, owner=owner, targeting=targeting)
    asked: list[Asked] = []
    unjudged = []
    for one in [*(place.market for place in places), *topics_of(piece)]:
        pack = active_pack(one, now)
        if pack is None:
            unjudged.append(one)
        elif one == piece.market:
            asked.append((piece, pack, today))
        else:
            asked.append((_there(facts, one, piece, now), pack, market_day(one, now)))
    return asked, places, tuple(unjudged)


def _there(facts: Callable[[str, date], Piece], market: str, piece: Piece, now: datetime) -> Piece:
    """The piece as it is in another market; a topic reads it as it is at home."""
    return piece if market in topics_of(piece) else _listed(facts(market, market_day(market, now)))


def _listed(piece: Piece) -> Piece:
    """Pieces of a company whose shares are traded say so."""
    here = company()
    return replace(piece, flags=piece.flags | {"listed"}) if here and here.listed else piece
