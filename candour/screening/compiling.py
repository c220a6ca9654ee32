"""A release made as flat tables: the shipped packs once for every company, one language after the other, then the names of products.

No two languages are in memory as tries at once, and a new product costs no language anything. What is made is kept (`kept_release`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from candour.core.collecting import uncollected
from candour.packs.language_schema import language_folders
from candour.screening import kept_file
from candour.screening.engine import ScreeningRelease, Vocabulary, all_names, name_forms, named_and_parts, pack_matchers
from candour.screening.kept_release import PACKS, RELEASE, load, loaded, packs_key, told_meaning, told_of_pack
from candour.screening.kernel_fresh import kernel
from candour.screening.language_model import LanguageModel
from candour.screening.matcher import Matcher
from candour.screening.model import Models
from candour.screening.phrase_tables import FIRST_PACK, Phrases
from candour.screening.products import ProductDictionary
from candour.screening.trie_tables import Fill, added, fill_of, with_names, with_small_words


@dataclass(frozen=True, slots=True)
class _Shipped:
    """The packs: what is told of them by code, what their phrases mean in that order, their tables and words."""

    packs: dict[str, Any]
    meanings: list[list[Any]]
    tables: Phrases
    vocabulary: Vocabulary


def made(own: ProductDictionary | None, models: Models, hearing: LanguageModel | None, key: str) -> ScreeningRelease | None:
    """A release over a company's products, made and kept under a key ("" for none); None where the kernel can't be loaded.

    One process of a machine makes it; who comes meanwhile waits and reads it.
    """
    found = kernel()
    if found is None:
        return None
    with kept_file.alone(RELEASE):
        return load(key, models, hearing) or _made(own, models, hearing, key, fill_of(found))


def _made(own: ProductDictionary | None, models: Models, hearing: LanguageModel | None, key: str, fill: Fill) -> ScreeningRelease:
    with uncollected():  # all that is made is kept, or let go as a whole
        shipped, every = _shipped(fill), all_names(own)
        named, words = Matcher(name_forms(every, shipped.vocabulary)), every.names()
        tables = with_names(shipped.tables, named, words, fill)
    name, parts = named_and_parts(every, models, hearing)
    told = {
        "name": name,
        "parts": parts,
        "packs": shipped.packs,
        "meanings": [[told_meaning(what) for what in named.meanings], *shipped.meanings],
        "product_words": sorted(words),
    }
    del shipped, named
    if key and kept_file.write(RELEASE, key, told, tables._asdict()) and (kept := load(key, models, hearing)):
        return kept  # its pages are shared with every process that reads the file
    return loaded(kept_file.Kept(told, tables._asdict()), models, hearing)


def _shipped(fill: Fill) -> _Shipped:
    key = packs_key()
    kept = kept_file.read(PACKS, key) if key else None
    try:
        if kept:
            return _read(kept)
    except (KeyError, TypeError, ValueError):
        pass  # written by other hands
    shipped = _compiled(fill)
    words = {"said": sorted(shipped.vocabulary.said), "stems": sorted(shipped.vocabulary.stems)}
    if key:
        kept_file.write(PACKS, key, {"packs": shipped.packs, "meanings": shipped.meanings, **words}, shipped.tables._asdict())
    return shipped


def _read(kept: kept_file.Kept) -> _Shipped:
    told = kept.told
    return _Shipped(told["packs"], told["meanings"], Phrases(**kept.arrays), Vocabulary(set(told["said"]), set(told["stems"])))


def _compiled(fill: Fill) -> _Shipped:
    packs, meanings, vocabulary = {}, [], Vocabulary()
    tables = with_small_words(len(language_folders()), fill)
    for table, (pack, matcher) in enumerate(pack_matchers(vocabulary), FIRST_PACK):
        packs[pack.code] = told_of_pack(pack)
        meanings.append([told_meaning(what) for what in matcher.meanings])
        tables = added(tables, table, matcher, fill)
    return _Shipped(packs, meanings, tables, vocabulary)
