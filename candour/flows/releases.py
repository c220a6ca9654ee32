"""Which release judges now: the activated market packs and the screening release over the company's own product names."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache

from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.journal.signatures import sign_bytes
from candour.packs.loader import load_bundle, load_market, market_id
from candour.packs.market import MarketPack
from candour.people.models import User
from candour.registry.models import PackRelease
from candour.registry.queries import current_release, product_dictionary
from candour.screening import engine
from candour.screening.engine import ScreeningRelease
from candour.screening.products import Product, ProductTerm, dictionary


def screening_release() -> ScreeningRelease:
    """Language packs with the company's product names; compiled once per process and dictionary."""
    rows = product_dictionary()
    return _compiled(json.dumps(rows, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=4)
def _compiled(rows: str) -> ScreeningRelease:
    terms = [
        ProductTerm(row["term"], Product(row["product"], row["kind"], row["market"], bool(row["ambiguous"]))) for row in json.loads(rows)
    ]
    return engine.release(dictionary(terms)) if terms else engine.release()


def market_pack(market: str, at: datetime) -> MarketPack:
    """The activated release of a market's rules. Refuses when none is active: nothing is judged by rules nobody signed."""
    release = current_release("market", market_id(market), at)
    if release is None:
        raise Refusal(
            f"No rules are active for {market.upper()}.",
            remedy="The centre of excellence activates the market's pack.",
            remedy_url="/registry/",
        )
    return _loaded(release.sha256, release.content)


@lru_cache(maxsize=32)
def _loaded(sha256: str, content: str) -> MarketPack:
    return load_bundle(content.encode())


def activate_market(by: User, market: str, secret: str, now: datetime, *, effective_at: datetime | None = None) -> PackRelease:
    """Sign and activate the shipped pack of a market; from then on these bytes judge, whatever a later upgrade ships."""
    pack = load_market(market)
    with acting(by, "pack.activate", f"{pack.release_name}"):
        signature = sign_bytes(
            by, pack.bundle, subject="pack", key=pack.release_name, meaning="activates these rules", secret=secret, now=now
        )
        return PackRelease.objects.create(
            kind="market",
            pack=pack.id,
            version=pack.version,
            sha256=hashlib.sha256(pack.bundle).hexdigest(),
            content=pack.bundle.decode(),
            effective_at=effective_at or now,
            signature=signature,
        )
