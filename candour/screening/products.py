"""The product dictionary: brand names, substances, codes, class nicknames and misspellings, as rows of the customer's own.

CSV columns: `product,kind,term,market,ambiguous`. A row's term may be several words. `ambiguous` (1, true, yes) marks a term that is also a
common word: it counts only beside other signs of a medicine. A row of kind `indication` is no product: its term is a lay word for what
the product is for, and lets screening tell the disease from a reaction. Without a dictionary the shipped substance names serve.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from candour.screening.words import fold_words

COLUMNS = ("product", "kind", "term", "market", "ambiguous")
INDICATION = "indication"
SUBSTANCES = Path(__file__).parent.parent / "packs" / "substances.tsv"
#: What German, English and hashtags hang on a name: genitive, plural, compounds ("Zovellarks", "Zovellarktabletten").
_ENDINGS = ("s", "es", "n", "tablette", "tabletten", "tropfen", "pen", "pens", "spritze", "spritzen", "salbe", "kapsel", "kapseln", "spray")
_SHORTEST_INFLECTED = 5
_YES = frozenset({"1", "true", "yes", "y", "ja", "x"})
_NO = frozenset({"", "0", "false", "no", "n", "nein"})


class ProductsError(ValueError):
    """The product file can't be used; the message says what to change in which line."""


@dataclass(frozen=True, slots=True)
class Product:
    """What a term stands for."""

    product: str
    kind: str
    market: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class ProductTerm:
    """One row of the dictionary."""

    term: str
    product: Product


@dataclass(frozen=True, slots=True)
class ProductDictionary:
    """Rows and a digest over them, which enters the name of the screening release."""

    terms: tuple[ProductTerm, ...]
    digest: str

    def forms(self) -> Iterator[tuple[tuple[str, ...], Product]]:
        """Word sequences to match, inflected forms included."""
        for row in self.terms:
            words = fold_words(row.term)
            if words:
                yield words, row.product
                yield from ((form, row.product) for form in _inflected(words, row.product))


def _inflected(words: tuple[str, ...], product: Product) -> Iterator[tuple[str, ...]]:
    last = words[-1]
    if len(last) >= _SHORTEST_INFLECTED and not product.ambiguous and last.isalpha():
        for ending in _ENDINGS:
            yield (*words[:-1], last + ending)
    if len(words) > 1:
        joined = "".join(words)
        if len(joined) >= _SHORTEST_INFLECTED:
            yield (joined,)


def dictionary(rows: Iterable[ProductTerm]) -> ProductDictionary:
    """A dictionary from rows already checked; duplicates fall together, order doesn't matter."""
    unique = sorted(set(rows), key=_row_key)
    digest = hashlib.sha256("\n".join("\x1f".join(map(str, _row_key(row))) for row in unique).encode()).hexdigest()
    return ProductDictionary(tuple(unique), digest)


def _row_key(row: ProductTerm) -> tuple[str, str, str, str, bool]:
    return (row.term, row.product.product, row.product.kind, row.product.market, row.product.ambiguous)


def read_products(path: Path) -> ProductDictionary:
    """Read the customer's CSV (UTF-8, with or without byte-order mark). Raises ProductsError naming the line."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProductsError(f"Save the product file as UTF-8: byte {error.start} can't be read.") from error
    return _parse(text, ",")


def _parse(text: str, delimiter: str) -> ProductDictionary:
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    missing = [name for name in ("product", "term") if name not in (reader.fieldnames or ())]
    if missing:
        raise ProductsError(f"Give the product file the columns {','.join(COLUMNS)}: {', '.join(missing)} not found.")
    return dictionary(_row(line, reader.line_num) for line in reader)


def _row(line: dict[str, str | None], number: int) -> ProductTerm:
    product, term = ((line.get(name) or "").strip() for name in ("product", "term"))
    if not product or not term:
        raise ProductsError(f"Fill in product and term in line {number} of the product file.")
    flag = (line.get("ambiguous") or "").strip().casefold()
    if flag not in _YES | _NO:
        raise ProductsError(f"Write 1 or 0 under ambiguous in line {number} of the product file, not {flag!r}.")
    return ProductTerm(
        term, Product(product, (line.get("kind") or "").strip() or "product", (line.get("market") or "").strip(), flag in _YES)
    )


def shipped_substances() -> ProductDictionary:
    """The substance names that come with Candour (origin and licence: NOTICE)."""
    return _parse(SUBSTANCES.read_text(encoding="utf-8"), "\t")
