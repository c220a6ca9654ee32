"""What a signature would change, rule by rule: what was shipped anew, what the company says of it, and what judges afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from candour.flows.rule_record import fields_that_differ
from candour.packs.loader import load_bundle, overlays_in, without_overlays
from candour.packs.market import MarketPack, Rule
from candour.packs.schema import Change, OverlayFile


@dataclass(frozen=True, slots=True)
class OurWord:
    """What the company says of a rule: `act` is change, add or retire; `what` the fields it sets; `file` the overlay that says it last."""

    act: str
    file: str
    reason: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpgradeRow:
    """One rule in three columns. `was` and `shipped` are the shipped rule behind the active release and today's, `active` and `result` what
    judges now and after the signature; None where there is none. `news` and `differs` name the fields in which each pair differs.

    `both` is True where the shipped rule changed in a field that the company sets: a person must read whether its word still fits.
    """

    id: str
    was: Rule | None
    shipped: Rule | None
    ours: OurWord | None
    active: Rule | None
    result: Rule | None
    news: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule | None:
        """The rule as it is best read: as it will judge, else as it is shipped, else as it judged."""
        return self.result or self.shipped or self.active

    @property
    def both(self) -> bool:
        return self.ours is not None and bool(set(self.news) & set(self.ours.what))

    @property
    def moved(self) -> bool:
        """Whether the signature changes anything of this rule, or the company's word meets something shipped anew."""
        return bool(self.differs or self.both) or (self.active is None) is not (self.result is None)


def upgrade(active: MarketPack | None, shipped: MarketPack, result: MarketPack) -> list[UpgradeRow]:
    """Every rule the signature of `result` would change or the company speaks of, in the order of ids."""
    was = _as_shipped(active.bundle) if active else None
    ours = our_words(result)
    packs = (active, was, shipped, result)
    names = sorted({name for pack in packs if pack for name in pack.by_id} | ours.keys())
    rows = [_row(name, active, was, shipped, result, ours.get(name)) for name in names]
    return [row for row in rows if row.ours or (active is not None and row.moved)]


def _row(
    name: str, active: MarketPack | None, was: MarketPack | None, shipped: MarketPack, result: MarketPack, ours: OurWord | None
) -> UpgradeRow:
    before, now = was.by_id.get(name) if was else None, shipped.by_id.get(name)
    judged, judges = active.by_id.get(name) if active else None, result.by_id.get(name)
    news = fields_that_differ(before, now) if before and now else ()
    differs = fields_that_differ(judged, judges) if judged and judges else ()
    return UpgradeRow(name, before, now, ours, judged, judges, news, differs)


@lru_cache(maxsize=8)
def _as_shipped(bundle: bytes) -> MarketPack:
    return without_overlays(load_bundle(bundle))


def our_words(pack: MarketPack) -> dict[str, OurWord]:
    """What the company's overlays in a pack say, by rule id; a later overlay has the last word."""
    said: dict[str, OurWord] = {}
    for file, overlay in overlays_in(pack).items():
        said |= _said(file, overlay)
    return said


def _said(file: str, overlay: OverlayFile) -> dict[str, OurWord]:
    said = {one.rule: OurWord("retire", file, one.reason) for one in overlay.retire}
    said |= {one.rule: OurWord("change", file, one.reason, _fields(one)) for one in overlay.change}
    return said | {rule.id: OurWord("add", file, overlay.title) for rule in overlay.rule}


def _fields(change: Change) -> tuple[str, ...]:
    set_here = {"severity": change.severity, "words": change.suggestion or change.suggestions, "params": change.params}
    return tuple(name for name, value in set_here.items() if value)
