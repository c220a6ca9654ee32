"""What a screening release is made of, part by part, so that two releases can be told apart by what changed between them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from candour.packs.language_schema import CONCEPTS, CUES, MEDICINES, PERSONAL, SIGNS, language_files
from candour.screening.language_model import LanguageModel
from candour.screening.model import Models, model_bytes
from candour.screening.products import ORDINARY, ProductDictionary
from candour.screening.uses import USES

#: Parts that are no language.
JUDGEMENT, SHARED, MODEL, HEARING, PRODUCTS = "judgement", "shared", "model", "hearing", "products"
_LENGTH = 12


def parts_of(judgement: bytes, products: ProductDictionary, models: Models, hearing: LanguageModel | None) -> dict[str, str]:
    """A short SHA-256 of every part: the judgement's rules and weights, what all languages share, each language by its code, the models and
    the model of languages ("" without one), and the product names."""
    parts = {JUDGEMENT: _short(judgement), SHARED: _of(CONCEPTS, CUES, MEDICINES, SIGNS, PERSONAL, ORDINARY, USES)}
    parts |= {PRODUCTS: _short(products.digest.encode()), MODEL: _short(model_bytes(models)) if models else ""}
    parts[HEARING] = _short(hearing.digest.encode()) if hearing else ""
    folders: dict[str, list[Path]] = {}
    for path in language_files():
        folders.setdefault(path.parent.name, []).append(path)
    return parts | {code: _of(*paths) for code, paths in folders.items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The parts that differ, languages last and by code."""
    first = (JUDGEMENT, SHARED, MODEL, HEARING, PRODUCTS)
    names = [*first, *sorted((set(before) | set(after)) - set(first))]
    return tuple(name for name in names if before.get(name) != after.get(name))


def _of(*paths: Path) -> str:
    return _short(b"\x1f".join(path.read_bytes() for path in paths))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_LENGTH]
