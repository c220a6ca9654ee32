"""The product dictionary: brand names, substances, codes, class nicknames and misspellings, as rows of the customer's own.

CSV columns: `product,kind,term,market,ambiguous`. A row's term may be several words. `ambiguous` (1, true, yes) marks a term that is also a
common word: it counts only beside other signs of a medicine. A row of kind `indication` is no product: its term is a lay word for what
the product is for, and lets screening tell the disease from a reaction. Of all kinds but `substance` and `indication`, names that aren't
ambiguous are also found inflected, transliterated and misspelt (`product_forms`). Names of others' products get the kind `competitor`.
Without a dictionary the shipped names of substances and medicines serve. Beside one of the customer's own, the shipped names of medicines
still tell that somebody speaks of a medicine, though none of theirs (`ELSEWHERE`).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from candour.screening.medicine_forms import national, written
from candour.screening.product_forms import GERMANIC, SHORTEST_INFLECTED, inflected, misspelt, transliterated, unclaimed
from candour.screening.words import fold_words

COLUMNS = ("product", "kind", "term", "market", "ambiguous")
INDICATION = "indication"
COMPETITOR = "competitor"
SUBSTANCES = Path(__file__).parent.parent / "packs" / "substances.tsv"
#: Names under which people everywhere know the commonest medicines, by substance; `?` marks those that are another word as well.
MEDICINES = SUBSTANCES.parent / "medicines.tsv"
#: Kind of a shipped name, and of one that is named beside a customer's own products.
MEDICINE, ELSEWHERE = "medicine", "medicine of others"
#: Words of everyday writing in many languages; no misspelling that is one of them is taken for a product.
ORDINARY = SUBSTANCES.parent / "ordinary_words.txt"
#: Substances come in thousands and are written as text books do: endings of German and English alone.
SUBSTANCE = "substance"
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

    def forms(self, ordinary: Callable[[str, str], bool] = lambda word, name: False) -> Iterator[tuple[tuple[str, ...], Product]]:
        """Word sequences to match: the terms, their inflected and transliterated forms, and misspellings nobody else claims.

        `ordinary(word, name)`: whether a word means something else than the name it begins with ("": than any); no misspelling does.
        """
        rows = [(words, row.product) for row in self.terms if (words := fold_words(row.term))]
        for words, product in rows:
            yield words, product
            yield from ((form, product) for form in _inflected(words, product))
            if product.kind in (MEDICINE, ELSEWHERE) and not product.ambiguous and len(words) == 1:
                yield from ((form, product) for form in _as_written(words[0], ordinary))
        own = [(words[0], product) for words, product in rows if len(words) == 1 and _may_vary(product)]
        taken = {word for words, _ in rows for word in words} | (_substance_words() if own else set())
        by_name = {product.product: product for _, product in reversed(own)}
        others = unclaimed(((form, product.product) for word, product in own for form in (*transliterated(word), *misspelt(word))), taken)
        for form, name in others:
            folded = fold_words(form)
            if not ordinary(form, ""):
                yield folded, by_name[name]

    def names(self) -> frozenset[str]:
        """Names of one word, as a hashtag may begin with them."""
        return frozenset(words[0] for row in self.terms if row.product.kind != INDICATION and len(words := fold_words(row.term)) == 1)


def _may_vary(product: Product) -> bool:
    return product.kind not in (INDICATION, SUBSTANCE, MEDICINE, ELSEWHERE) and not product.ambiguous


def _as_written(word: str, ordinary: Callable[[str, str], bool]) -> Iterator[tuple[str, ...]]:
    """A shipped name with the endings of its script; no ending may make another word of it."""
    for form in written(word):
        if form != word and not ordinary(form, word if form.startswith(word) else ""):
            yield (form,) if form.isascii() and form.isalpha() and form.islower() else fold_words(form)  # most are: folded already


@cache
def _substance_words() -> set[str]:
    return {word for row in shipped_substances().terms for word in fold_words(row.term)}


@cache
def everyday_words() -> frozenset[str]:
    """The shipped everyday words, folded (origin and licence: NOTICE)."""
    return frozenset(ORDINARY.read_text(encoding="utf-8").split())


def _inflected(words: tuple[str, ...], product: Product) -> Iterator[tuple[str, ...]]:
    last = words[-1]
    if not product.ambiguous and product.kind not in (INDICATION, MEDICINE, ELSEWHERE):
        endings = inflected(last) if _may_vary(product) else (last + ending for ending in GERMANIC)
        if len(last) >= SHORTEST_INFLECTED and last.isalpha():
            yield from ((*words[:-1], form) for form in endings)
    if len(words) > 1:
        joined = "".join(words)
        if len(joined) >= SHORTEST_INFLECTED:
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
    return products_in(Path(path).read_bytes())


def products_in(content: bytes) -> ProductDictionary:
    """The same from the bytes of such a file."""
    try:
        text = content.decode("utf-8-sig")
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


@cache
def shipped_substances() -> ProductDictionary:
    """The names of substances and medicines that come with Candour (origin and licence: NOTICE)."""
    substances = _parse(SUBSTANCES.read_text(encoding="utf-8"), "\t").terms
    return dictionary([*substances, *_beside(substances, MEDICINE)])


def with_medicines_of_others(products: ProductDictionary) -> ProductDictionary:
    """A customer's dictionary and, beside it, the shipped names that it does not hold itself."""
    return dictionary([*products.terms, *(row for row in _beside(products.terms, ELSEWHERE) if not row.product.ambiguous)])


def _beside(terms: Iterable[ProductTerm], kind: str) -> Iterator[ProductTerm]:
    """Shipped names of medicines that are none of these terms."""
    own = {fold_words(row.term) for row in terms}
    return (row for row in _medicines(kind) if fold_words(row.term) not in own)


def _medicines(kind: str) -> Iterator[ProductTerm]:
    """Each shipped name of a medicine, and the national forms of its substance."""
    for line in MEDICINES.read_text(encoding="utf-8").splitlines()[1:]:
        substance, names = line.split("\t")
        for name in names.split("|"):
            yield ProductTerm(name.removesuffix("?"), Product(substance, kind, ambiguous=name.endswith("?")))
        for name in (substance, *national(substance)):
            yield ProductTerm(name, Product(substance, kind))
