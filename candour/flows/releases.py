"""Which release judges now: the activated market packs and the screening release over the company's own product names."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.flows.proof import proven
from candour.journal.acting import acting
from candour.journal.signatures import Proof, Secret, record_signature
from candour.packs.loader import UnknownMarket, load_bundle, load_market, market_id, overlays_in
from candour.packs.market import MarketPack
from candour.packs.ours import FOLDER, OverlayError, with_ours
from candour.people.models import User
from candour.registry.models import PackRelease
from candour.registry.queries import current_release, product_dictionary
from candour.screening import engine
from candour.screening.checks import SampleOutcome, try_rule
from candour.screening.engine import ScreeningRelease
from candour.screening.products import Product, ProductDictionary, ProductTerm, dictionary


def screening_release() -> ScreeningRelease:
    """Language packs with the company's product names; compiled once per process and dictionary, whichever threads ask."""
    rows = product_dictionary()
    with _COMPILING:
        return _compiled(json.dumps(rows, sort_keys=True, ensure_ascii=False))


#: Who comes while another thread compiles waits for its result instead of making another.
_COMPILING = threading.Lock()


@lru_cache(maxsize=4)
def _compiled(rows: str) -> ScreeningRelease:
    return engine.release(_dictionary(rows))


def _dictionary(rows: str) -> ProductDictionary | None:
    terms = [
        ProductTerm(row["term"], Product(row["product"], row["kind"], row["market"], bool(row["ambiguous"]))) for row in json.loads(rows)
    ]
    return dictionary(terms) if terms else None


def screening_name() -> str:
    """Name of the release that `screening_release` would give, without compiling it."""
    return _named(json.dumps(product_dictionary(), sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=4)
def _named(rows: str) -> str:
    return engine.release_name(_dictionary(rows))


def active_pack(market: str, at: datetime) -> MarketPack | None:
    """The activated release of a market's rules; None where none is active or nobody wrote a pack."""
    try:
        release = current_release("market", market_id(market), at)
    except UnknownMarket:
        return None
    return _loaded(release) if release else None


def market_pack(market: str, at: datetime) -> MarketPack:
    """The same, but refuses where none is active: nothing is judged by rules nobody signed."""
    pack = active_pack(market, at)
    if pack is None:
        raise Refusal(
            _("No rules are active for %(market)s.") % {"market": market.upper()},
            remedy=_("The centre of excellence activates the market's pack."),
            remedy_url=reverse("registry"),
        )
    return pack


#: Packs of this process by the hash of their bytes; a release never changes, so its bytes are read once.
_PACKS: dict[str, MarketPack] = {}
_MOST_PACKS = 32


def _loaded(release: PackRelease) -> MarketPack:
    if release.sha256 not in _PACKS:
        if len(_PACKS) >= _MOST_PACKS:
            _PACKS.clear()
        _PACKS[release.sha256] = load_bundle(release.content.encode())
    return _PACKS[release.sha256]


def proposed_pack(market: str) -> MarketPack:
    """What a signature would let judge: the shipped pack with the company's own changes. Raises PackError where those can't be used."""
    return with_ours(load_market(market), own_rules())


def own_rules() -> Path:
    """The folder of the company's own rules."""
    return Path(settings.DATA) / FOLDER


def activate_market(
    by: User, market: str, secret: Secret, now: datetime, *, effective_at: datetime | None = None, seen: str = ""
) -> PackRelease:
    """Sign and activate the pack of a market, shipped rules with the company's changes; these bytes judge, whatever is shipped later.

    `seen` is the digest of the release the person was shown; another one by now is not signed. A pack whose own texts it judges wrongly,
    or whose company changes can't be used, is refused, and what is active goes on.
    """
    ask(by, "pack.activate", market, now)
    _proposed(market, seen)
    return activate_proven(by, market, proven(by, secret, now), now, effective_at=effective_at, seen=seen)


def activate_proven(
    by: User, market: str, proof: Proof, now: datetime, *, effective_at: datetime | None = None, seen: str = ""
) -> PackRelease:
    """The same for somebody who has proven who they are in this request already."""
    ask(by, "pack.activate", market, now)
    pack = _proposed(market, seen)
    with acting(by, "pack.activate", f"{pack.release_name}"):
        signature = record_signature(by, pack.bundle, subject="pack", key=pack.release_name, meaning="activates these rules", proof=proof)
        return PackRelease.objects.create(
            kind="market",
            pack=pack.id,
            version=pack.version,
            sha256=hashlib.sha256(pack.bundle).hexdigest(),
            content=pack.bundle.decode(),
            effective_at=effective_at or now,
            signature=signature,
        )


def _proposed(market: str, seen: str) -> MarketPack:
    """The release to sign, or a refusal that says what keeps it from judging."""
    remedy = _("Whoever keeps the company's own rules corrects the file; the active release goes on.")
    try:
        pack = proposed_pack(market)
    except OverlayError as fault:
        raise Refusal(str(fault), remedy=remedy, status=409) from fault
    if seen and seen != pack.digest:
        raise Refusal(_("The rules have changed since your page was made."), remedy=_("Read the new changes below, then sign."), status=409)
    wrong = wrong_samples(pack)
    if wrong:
        named = {"rule": wrong[0].rule, "text": wrong[0].text[:80]}
        raise Refusal(_("%(rule)s judges one of its own texts the other way: “%(text)s”.") % named, remedy=remedy, status=409)
    return pack


def wrong_samples(pack: MarketPack) -> list[SampleOutcome]:
    """Texts that the company's added rules judge against their own word; shipped rules are proven before they are shipped."""
    ours = overlays_in(pack).keys()
    return [one for rule in pack.rules if rule.home in ours for one in try_rule(rule, pack) if not one.sound]
