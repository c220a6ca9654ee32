"""What a medicine is taken for, as concepts of the packs: told without a link to the medicine, that is the illness and no reaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from candour.screening.medicine_forms import national
from candour.screening.products import MEDICINES

#: Concepts by international name of a substance, written down from general knowledge of what it is prescribed for.
USES = Path(MEDICINES).parent / "uses.tsv"
_NOTHING: frozenset[str] = frozenset()


def treats(product: str) -> frozenset[str]:
    """The concepts a product is taken for, by its name or that of its substance; nothing for a product nobody wrote down."""
    return _by_name().get(product.casefold(), _NOTHING)


@cache
def _by_name() -> dict[str, frozenset[str]]:
    concepts = {substance: frozenset(told.split("|")) for substance, told in _rows(USES)}
    names = {name: concepts[substance] for substance in concepts for name in (substance, *national(substance))}
    for substance, brands in _rows(MEDICINES):
        if substance in concepts:
            names |= {brand.removesuffix("?"): concepts[substance] for brand in brands.split("|")}
    return names


def _rows(path: Path) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(first, second) for first, second in rows]
