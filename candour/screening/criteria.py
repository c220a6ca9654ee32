"""The four minimum criteria of an individual case: patient, reporter, product, event, each with its words or with what was looked for.

Source of the rule: EU GVP Module VI, VI.B.2 (validation of reports). Screening finds words; a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from candour.core.terms import Span
from candour.screening.result import Screened

NAMES = ("patient", "reporter", "product", "event")
_LOOKED_FOR = {
    "patient": "not found: looked for a person who used it, an age or a sex",
    "reporter": "not found: looked for a name, handle or contact",
    "product": "not found: looked for the names in the product dictionary",
    "event": "not found: looked for a symptom or reaction told of somebody",
}
#: Author names that web forms and networks give to people who gave none.
_NAMELESS_WORDS = (
    "gast guest anonymous anonym anonymus anon unknown unbekannt user besucher visitor nutzer benutzer someone jemand none null n/a na - ? "
    "invité anonyme anónimo ospite gość гость ゲスト 匿名 زائر deleted [deleted] <user> webform formular"
)
_NAMELESS = frozenset(_NAMELESS_WORDS.split())


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. `words`: what names it; `spans`: where, empty when it is the author's handle; `note`: what was looked for."""

    name: str
    found: bool
    words: tuple[str, ...]
    spans: tuple[Span, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Criteria:
    patient: Criterion
    reporter: Criterion
    product: Criterion
    event: Criterion

    def __iter__(self) -> Iterator[Criterion]:
        return iter((self.patient, self.reporter, self.product, self.event))

    @property
    def complete(self) -> bool:
        """All four found: a valid case (a person still decides)."""
        return all(one.found for one in self)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(one.name for one in self if not one.found)


def nameless(author: str) -> bool:
    """Whether an author name identifies nobody."""
    bare = author.strip().lstrip("@").casefold()
    return not bare or bare.rstrip("0123456789_- ") in _NAMELESS or bare in _NAMELESS or bare.isdigit()


def criteria(screened: Screened, author: str) -> Criteria:
    """The four criteria of a screened post by `author` (handle or name as the channel gives it, "" when it gives none)."""
    reporter = _criterion("reporter", screened.reporter)
    if not nameless(author):
        reporter = Criterion("reporter", True, (author.strip(), *reporter.words), reporter.spans, "")
    products = tuple(mention.span for mention in screened.mentions)
    return Criteria(_criterion("patient", screened.patient), reporter, _criterion("product", products), _criterion("event", screened.event))


def missing_in_text(patient: bool, reporter: bool, product: bool, event: bool) -> tuple[str, ...]:
    """Names of the criteria the text alone doesn't give."""
    return _MISSING[patient, reporter, product, event]


_MISSING = {
    found: tuple(name for name, there in zip(NAMES, found, strict=True) if not there) for found in product((False, True), repeat=len(NAMES))
}


def _criterion(name: str, spans: tuple[Span, ...]) -> Criterion:
    words = tuple(dict.fromkeys(span.words for span in spans))
    return Criterion(name, bool(spans), words, spans, "" if spans else _LOOKED_FOR[name])
