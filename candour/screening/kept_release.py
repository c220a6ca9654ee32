"""A screening release as it is kept between starts: the flat tables of its phrases, what they mean, and of the packs what a post asks for.

Read in a few hundredths of a second where compiling takes seconds. Its answers are those of `engine.compiled_release`: what finds phrases
in the tables (`FlatMatcher`) finds what `Matcher` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from candour.packs.language_schema import (
    CONCEPTS,
    CUES,
    LANGUAGES,
    MEDICINES,
    PERSONAL,
    SIGNS,
    LanguagePack,
    TimeWords,
    language_files,
    language_folders,
    load_language,
    signs,
)
from candour.screening import kept_file, personal, products
from candour.screening.engine import ScreeningRelease
from candour.screening.flat_matcher import FlatMatcher
from candour.screening.language_model import LanguageModel
from candour.screening.model import Models, model_bytes
from candour.screening.phrase_tables import FIRST_PACK, NAMED, Phrases
from candour.screening.products import Product, ProductDictionary
from candour.screening.reading import Cue, SignHit, Symptom, TimeWord
from candour.screening.sources import code_digest, digest_of
from candour.screening.uses import USES

#: The kinds of files: whole releases, and what all of them share.
RELEASE, PACKS = "release", "packs"
#: Every file but those of the models that decides what a release finds and is named; examples decide nothing.
_FILES = (CONCEPTS, CUES, MEDICINES, SIGNS, PERSONAL, products.ORDINARY, products.SUBSTANCES, products.MEDICINES, USES)


@dataclass(frozen=True)
class KeptPack:
    """A language pack without its phrases and examples: who asks for those is given what the pack's folder says."""

    code: str
    name: str
    level: str
    spaced: bool
    accents: str
    time: TimeWords
    patterns: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(_whole(self.code), name)


@cache
def _whole(code: str) -> LanguagePack:
    return load_language(LANGUAGES / code)


def key_of(judgement: bytes, own: ProductDictionary | None, models: Models, hearing: LanguageModel | None) -> str:
    """Digest of everything that enters a release: the code, the files of the packs, the company's own products, the models.

    "" where no digest of the code can be had: then nothing is kept.
    """
    said = [own.digest if own else "shipped", hearing.digest if hearing else ""]
    return _key([judgement, *(part.encode() for part in said), model_bytes(models)])


def packs_key() -> str:
    """The same of what no company's products change; "" likewise."""
    return _key([])


def _key(said: list[bytes]) -> str:
    code = code_digest()
    return digest_of([code.encode(), *said], (*_FILES, *language_files())) if code else ""


def load(key: str, models: Models, hearing: LanguageModel | None) -> ScreeningRelease | None:
    """The release kept under a key, None where there is none."""
    kept = kept_file.read(RELEASE, key) if key else None
    try:
        return loaded(kept, models, hearing) if kept else None
    except (KeyError, TypeError, ValueError):
        return None  # written by other hands


def loaded(kept: kept_file.Kept, models: Models, hearing: LanguageModel | None) -> ScreeningRelease:
    """A release over what was kept. Raises KeyError, TypeError or ValueError for what is none."""
    told, tables = kept.told, Phrases(**kept.arrays)
    if set(told["packs"]) != {folder.name for folder in language_folders()}:
        raise ValueError("kept with other packs than are shipped")
    packs = {code: cast(LanguagePack, _pack(code, row)) for code, row in told["packs"].items()}
    meanings = [[_meaning(*row) for row in rows] for rows in told["meanings"]]
    named, *own = [FlatMatcher(tables, number, rows) for number, rows in zip(_numbers(len(packs)), meanings, strict=True)]
    return ScreeningRelease(
        told["name"],
        packs,
        dict(zip(sorted(packs), own, strict=True)),
        named,
        personal.compile_scan(tuple(packs.values())),
        frozenset(told["product_words"]),
        models,
        hearing,
        told["parts"],
    )


def _numbers(packs: int) -> list[int]:
    """Of the tables: the named products first, then the packs by code."""
    return [NAMED, *range(FIRST_PACK, FIRST_PACK + packs)]


def kept_tables(release: ScreeningRelease) -> Phrases | None:
    """The tables a release was loaded with, if all that finds something in it reads them; None for one that was compiled."""
    tables = release.named.tables if isinstance(release.named, FlatMatcher) else None
    own = [release.matchers[code] for code in sorted(release.packs)]
    numbers = _numbers(len(own))
    reads = all(
        isinstance(one, FlatMatcher) and one.tables is tables and one.number == number
        for one, number in zip([release.named, *own], numbers, strict=True)
    )
    return tables if reads else None


def told_of_pack(pack: LanguagePack) -> dict[str, Any]:
    """What a post asks of a pack, as JSON."""
    time = {"numbers": pack.time.numbers, "days": pack.time.days, "now": list(pack.time.now)}
    return {name: getattr(pack, name) for name in ("name", "level", "spaced", "accents", "patterns")} | {"time": time}


def _pack(code: str, row: dict[str, Any]) -> KeptPack:
    time = row["time"]
    words = TimeWords.model_construct(numbers=time["numbers"], days=time["days"], now=tuple(time["now"]))
    return KeptPack(code, row["name"], row["level"], row["spaced"], row["accents"], words, row["patterns"])


def told_meaning(what: Any) -> list[Any]:
    """A meaning as JSON: its kind, then what it is made of."""
    if isinstance(what, Product):
        return ["product", what.product, what.kind, what.market, what.ambiguous]
    if isinstance(what, SignHit):
        return ["sign", what.key]
    return [_NAMES[type(what)], *what]


def _meaning(kind: str, *said: Any) -> Any:
    return _KINDS[kind](*said)


def _sign(key: str) -> SignHit:
    return SignHit(key, signs()[key])


_NAMES = {Cue: "cue", Symptom: "symptom", TimeWord: "time"}
_KINDS: dict[str, Any] = {"product": Product, "sign": _sign, **{name: kind for kind, name in _NAMES.items()}}
