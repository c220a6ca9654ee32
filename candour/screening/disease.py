"""Is a symptom the disease itself? What the company's products are for, said without a causal link to one, is no adverse event.

Two sources: terms of kind `indication` in the product dictionary (lay words from the registry), and the built-in lists of concepts.toml:
`indications` count by themselves, `complaints` only beside words of living with a disease. New, worse or more often since a medicine is
an adverse event again (EU GVP Module VI: worsening of an indication that follows use is suspected).
"""

from __future__ import annotations

import tomllib
from functools import cache

from candour.packs.language_schema import CONCEPTS
from candour.screening.matcher import Hit
from candour.screening.reading import Reading, bits, relieved
from candour.screening.timing import treated, treated_next

#: Cues by which a sentence speaks of a medicine or its use.
_SPEAKING = bits("use", "drug", "taken")


@cache
def concepts_of(table: str) -> frozenset[str]:
    rows: list[str] = tomllib.loads(CONCEPTS.read_text(encoding="utf-8"))[table]
    return frozenset(rows)


def is_remedied(reading: Reading, hit: Hit, concept: str) -> bool:
    """Whether the symptom is what somebody took the medicine for, as what is told first and the order of the telling say."""
    if concept in concepts_of("remedied") and treated(reading, hit):
        return True
    return concept in concepts_of("ailments") and treated_next(reading, hit)


def is_disease(reading: Reading, hit: Hit, concept: str) -> bool:
    """Whether the symptom is the disease somebody lives with, rather than something a medicine did."""
    sentence = reading.words.sentence[hit.first]
    return _may_be(reading, hit, concept, sentence) and not linked(reading, sentence)


def is_purpose(reading: Reading, hit: Hit, concept: str) -> bool:
    """Whether the symptom is what a medicine named in the post is taken for: told as gone, or with nothing in the sentence that ties it to
    the medicine."""
    return concept in reading.purposes and (relieved(reading, hit) or not linked(reading, reading.words.sentence[hit.first]))


def _may_be(reading: Reading, hit: Hit, concept: str, sentence: int) -> bool:
    if concept in concepts_of("indications"):
        return True
    if reading.indications and not reading.indications.isdisjoint(range(hit.first, hit.last)):
        return True
    return concept in concepts_of("complaints") and bool(reading.in_sentence("living", sentence))


def linked(reading: Reading, sentence: int) -> bool:
    """Whether the sentence ties its symptom to a medicine: onset words, use as time anchor, stopping, or a cause beside a medicine."""
    if reading.in_sentence("onset", sentence) or reading.in_sentence("stop", sentence):
        return True
    if any(reading.in_sentence("anchor", near) for near in (sentence, sentence - 1)):
        return True
    return bool(reading.in_sentence("cause", sentence)) and spoken(reading, sentence)


def spoken(reading: Reading, sentence: int) -> bool:
    """Whether the sentence itself speaks of a product, a medicine or its use."""
    if reading.said.get(sentence, 0) & _SPEAKING:
        return True
    return bool(reading.products) and any(reading.words.sentence[product.first] == sentence for product in reading.products)


def medicine_told(reading: Reading) -> bool:
    """Whether the post gives any sign that a medicine was taken: a product, a word for medicines, or something taken."""
    return bool(reading.products) or reading.has("drug", "taken", "anchor")
