"""A post as read: which hits stand, and in what light each symptom is told.

A symptom alone is no adverse event. It counts less or not at all when it is denied, feared, asked about, what the medicine is taken for,
gone because of the medicine, or older than the medicine.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from candour.packs.language_schema import Sign, cue_roles
from candour.screening.matcher import Hit
from candour.screening.products import ELSEWHERE, INDICATION
from candour.screening.uses import treats
from candour.screening.words import Words


class Cue(NamedTuple):
    role: str


class Symptom(NamedTuple):
    concept: str


class TimeWord(NamedTuple):
    """A word for now, or for a unit of so many days."""

    days: float
    now: bool


class SignHit(NamedTuple):
    key: str
    sign: Sign


class Since(NamedTuple):
    """Something began this many days back; the words are first..last-1."""

    days: float
    first: int
    last: int


_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc\uff66-\uff9f]+")
NEGATION_REACH = 6
NEGATION_REACH_BACK = 3
INDICATION_REACH = 3
RELIEF_REACH_AFTER = 4
RELIEF_REACH_BEFORE = 3
CHAIN_REACH = 2
#: Words that must stand before a question behind a comma to be a telling of their own.
FEWEST_TOLD = 4
#: Cues a question opens with, and those that are one wherever they stand in a clause: Japanese asks at the end.
OPENING, ASKING = ("question", "suspected", "wish"), ("suspected", "wish")
#: Cues that make of what they stand beside no telling; those of a question count for nothing that was told before it.
SUPPOSING = ("hypothetical", "feared", "general")
#: Cues of which one must stand before a telling ends, unless a product does; and in it: who, what was done, what came of it.
TAKING = ("use", "taken", "anchor")
USING = ("drug", *TAKING)
TELLING = ("self", "other", "pronoun", "use", "taken", "cause", "experience", "strong_experience", "anchor", "onset")
#: Cues that swallow a symptom of the same words: "afraid of" tells of no anxiety, "sick of it" of no sickness.
_EXPLAINING = frozenset({"mask", "feared"})
#: What they never swallow: "pills for the pain" tells of no pain, and still of a medicine.
_STAYS = "drug"
#: One bit per cue role, so that one look tells which of many roles stand in a sentence.
_BITS = {role: 1 << at for at, role in enumerate(cue_roles())}


def bits(*roles: str) -> int:
    """The bits of so many cue roles together."""
    return sum(_BITS[role] for role in set(roles))


_NEGATING, _SET_ASIDE = bits("negation", "denial", "negation_after"), bits("set_aside")
_BUSY = bits("contrast", "self", "negation", "use", "cause")


@dataclass(slots=True)
class Reading:
    """Hits of one post by kind; cue hits by role and sentence."""

    words: Words
    #: Words one word of a spaced language stands for: 3 where every character is a word.
    scale: int = 1
    symptoms: list[Hit] = field(default_factory=list)
    rules: list[Hit] = field(default_factory=list)
    products: list[Hit] = field(default_factory=list)
    #: First words of symptoms that deny something themselves ("can't sleep"): a denial before them says nothing new of them.
    denying: set[int] = field(default_factory=set)
    #: Words that are a term of kind `indication` in the dictionary.
    indications: set[int] = field(default_factory=set)
    #: Concepts that the medicines named in the post are taken for.
    purposes: set[str] = field(default_factory=set)
    _product_starts: list[int] = field(default_factory=list)
    cues: dict[str, dict[int, list[Hit]]] = field(default_factory=dict)
    #: Bits of the roles whose cues stand in a sentence, and of those anywhere in the post.
    said: dict[int, int] = field(default_factory=dict)
    roles: int = 0
    #: What the model adds to the log-odds of everything told in the post.
    leaning: float = 0.0
    #: Log-odds per light of that model; None: those of the phrases.
    lights: Mapping[str, float] | None = None
    #: Finds the words a reaction without a known symptom is read from, where the model hears one.
    sounding: Callable[[], tuple[int, int]] | None = None
    #: Time words by sentence, in order.
    times: dict[int, list[Hit]] = field(default_factory=dict)
    #: The first word that speaks of use, and of a wish to take something, once they were asked for.
    _used_from: int | None = None
    _wish: int | None = None
    #: What they come to, by sentence, once it was asked for.
    since: dict[int, list[Since]] = field(default_factory=dict)

    def in_sentence(self, role: str, sentence: int) -> Sequence[Hit]:
        """Cues of a role in a sentence, in order."""
        by_sentence = self.cues.get(role)
        return by_sentence.get(sentence, ()) if by_sentence else ()

    def anywhere(self, role: str) -> Iterator[Hit]:
        """Cues of a role in the whole post, in order."""
        for hits in self.cues.get(role, {}).values():
            yield from hits

    def nearest_product(self, hit: Hit) -> Hit | None:
        """The product fewest words away; of two as near the earlier."""
        if not self.products:
            return None
        if len(self._product_starts) != len(self.products):
            self._product_starts = [product.first for product in self.products]
        at = bisect_left(self._product_starts, hit.first)
        around = self.products[max(0, at - 1) : at + 2]
        return min(around, key=lambda product: max(hit.first - product.last, product.first - hit.last), default=None)

    def has(self, *roles: str) -> bool:
        return any(role in self.cues for role in roles)

    def asked(self, sentence: int) -> bool:
        """Whether a sentence is a question: by its mark, or by how it begins."""
        if sentence in self.words.asked:
            return True
        asking = self.in_sentence("question", sentence)
        return bool(asking) and asking[0].first == self.words.sentence_starts[sentence]

    def asks_from(self, sentence: int) -> int:
        """The word from which a sentence asks: where a question with its mark opens behind a comma, else its first. What stands before it
        is told where somebody did or had something, with a medicine spoken of by then or suspected in the question, and nothing is only
        supposed, feared or said of people in general."""
        start = self.words.sentence_starts[sentence]
        if sentence not in self.words.asked:
            return start
        cues = [(cue.first, role) for role in OPENING for cue in self.in_sentence(role, sentence)]
        for at, role in sorted(cues):
            opens = self._clause_start(at, start)
            if role in ASKING or at - opens < 2:  # "..., how long" and "..., and how long"
                return opens if opens - start >= FEWEST_TOLD and self._tells(sentence, opens) else start
        return start

    def _clause_start(self, word: int, start: int) -> int:
        """The first word of the clause a word stands in, from the word `start` on."""
        clauses = self.words.clause
        while word > start and clauses[word - 1] == clauses[word]:
            word -= 1
        return word

    def _tells(self, sentence: int, end: int) -> bool:
        """Whether the words of a sentence before `end` are a telling."""

        def said(roles: Sequence[str]) -> bool:
            return any(cue.first < end for role in roles for cue in self.in_sentence(role, sentence))

        used = self._spoken_of(end) or any(cue.first >= end for cue in self.in_sentence("suspected", sentence))
        return used and said(TELLING) and not said(SUPPOSING)

    def _spoken_of(self, end: int) -> bool:
        """Whether a medicine is spoken of before a word of the post."""
        if self._used_from is None:  # once: a long post has many questions
            self._used_from = min((cue.first for role in USING for cue in self.anywhere(role)), default=len(self.words.starts))
        return self._used_from < end or bool(self.products and self.products[0].first < end)

    def _told_beside(self, at: int) -> bool:
        """Whether use is told in another clause than that of a word."""
        clauses = self.words.clause
        return any(clauses[cue.first] != clauses[at] for role in TAKING for cue in self.anywhere(role))

    def wished_from(self) -> int:
        """The word from which somebody asks whether to take a medicine that nobody spoke of before, else -1: also where use is told in
        another clause, or by the very words ("can I take it again"), or a medicine is suspected."""
        if self._wish is None:
            at = min((cue.first for cue in self.anywhere("wish")), default=-1)
            again = any(cue.first == at for cue in self.anywhere("taken"))
            self._wish = -1 if at < 0 or again or self.has("suspected") or self._told_beside(at) else at
        return -1 if self._spoken_of(self._wish) else self._wish


def read(words: Words, hits: Iterable[Hit], scale: int = 1) -> Reading:
    """Sort hits by kind and drop those that a longer phrase explains ("no appetite" holds no negation)."""
    reading = Reading(words, scale)
    told, others = _sorted_out(reading, hits)
    if told:
        covered = [0] * len(words.starts)
        reading.symptoms, masks = _without_overlaps(told, covered)
        reading.denying = {told[number - 1].first for hit in others if hit.what.role == "negation" and (number := covered[hit.first])}
        others = [hit for hit in others if not _explained(hit, covered, told)] + masks
    others.sort(key=_PLACE)
    _take_cues(reading, others)
    if len(reading.products) > 1:
        reading.products = _longest(reading.products)
    if reading.roles & _SET_ASIDE:
        reading.rules = _not_set_aside(reading)
    return reading


_PLACE = itemgetter(0, 1)
_DRUG = Cue("drug")
_MASK = "mask"


def _sorted_out(reading: Reading, hits: Iterable[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Cues and symptoms: those that may explain others, and the others. All else is put where it belongs."""
    told: list[Hit] = []
    others: list[Hit] = []
    clauses = reading.words.clause
    for hit in hits:
        what = hit.what
        kind = type(what)
        if kind is Cue:
            if what.role != _MASK or clauses[hit.first] == clauses[hit.last - 1]:  # no turn of speech reaches across a comma
                (told if what.role in _EXPLAINING else others).append(hit)
        elif kind is Symptom:
            told.append(hit)
        elif kind is SignHit:
            reading.rules.append(hit)
        elif kind is TimeWord:
            reading.times.setdefault(reading.words.sentence[hit.first], []).append(hit)
        elif what.kind == ELSEWHERE:  # somebody else's medicine: told of, and no product of ours
            if not _inside_katakana(reading.words, hit):
                others.append(Hit(hit.first, hit.last, _DRUG))
                reading.purposes |= treats(what.product)
        else:
            _take(reading, hit)
    return told, others


def _take_cues(reading: Reading, hits: list[Hit]) -> None:
    sentences, cues, said = reading.words.sentence, reading.cues, reading.said
    for hit in hits:
        first, _, what = hit
        role, sentence = what[0], sentences[first]
        by_sentence = cues.get(role)
        if by_sentence is None:
            cues[role] = {sentence: [hit]}
        elif sentence in by_sentence:
            by_sentence[sentence].append(hit)
        else:
            by_sentence[sentence] = [hit]
        said[sentence] = said.get(sentence, 0) | _BITS[role]
    for found in said.values():
        reading.roles |= found


def _not_set_aside(reading: Reading) -> list[Hit]:
    """Rule hits without those that are part of a turn of speech ("thanks for nothing" is no praise)."""
    turns = {at for turn in reading.anywhere("set_aside") for at in range(turn.first, turn.last)}
    return [hit for hit in reading.rules if turns.isdisjoint(range(hit.first, hit.last))]


def _take(reading: Reading, hit: Hit) -> None:
    if hit.what.kind == INDICATION:
        reading.indications.update(range(hit.first, hit.last))
    elif not _inside_katakana(reading.words, hit):
        reading.products.append(hit)
        reading.purposes |= treats(hit.what.product)


def _inside_katakana(words: Words, hit: Hit) -> bool:
    """Whether a name in katakana is only part of a longer katakana word: there the script, not a blank, ends a word."""
    text, (start, end) = words.text, words.stretch(hit.first, hit.last)
    before, behind = text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]
    return any(len(pair) == 2 and _KATAKANA.fullmatch(pair) for pair in (before, behind))


def _without_overlaps(told: list[Hit], covered: list[int]) -> tuple[list[Hit], list[Hit]]:
    """Longest first; a mask wins over a symptom of the same words. Marks the words taken; gives the symptoms in order, and the masks."""
    told.sort(key=lambda hit: (hit.first - hit.last, isinstance(hit.what, Symptom), hit.first))
    kept, masks = [], []
    for number, hit in enumerate(told, 1):
        if not any(covered[hit.first : hit.last]):
            covered[hit.first : hit.last] = [number] * (hit.last - hit.first)
            if isinstance(hit.what, Symptom):
                kept.append(hit)
            else:
                masks.append(hit)
    return sorted(kept, key=lambda hit: hit.first), masks


def _explained(hit: Hit, covered: list[int], told: list[Hit]) -> bool:
    number = covered[hit.first]
    if not number or covered[hit.last - 1] != number:
        return False
    by = told[number - 1]
    if isinstance(by.what, Symptom) and isinstance(hit.what, Cue) and hit.what.role == "drug" and hit.first > by.first:
        return False  # the medicine amid the words of a symptom ("does not tolerate the pills")
    if isinstance(by.what, Cue):
        return not (isinstance(hit.what, Cue) and hit.what.role == _STAYS)
    return (by.first, by.last) != (hit.first, hit.last)


def _longest(products: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(products, key=lambda hit: (hit.first, -hit.last, hit.what.product)):
        if not kept or hit.first >= kept[-1].last or (hit.first, hit.last) == (kept[-1].first, kept[-1].last):
            kept.append(hit)
    return kept


def negated(reading: Reading, hit: Hit) -> bool:
    """Whether a hit is denied: a denial shortly before it in the same clause, or right behind it."""
    words = reading.words
    sentence = words.sentence[hit.first]
    if not reading.said.get(sentence, 0) & _NEGATING:
        return False
    denying = hit.first in reading.denying
    for cue in () if denying else reading.in_sentence("negation", sentence):
        if cue.last <= hit.first and hit.first - cue.last <= NEGATION_REACH * reading.scale and not _cut_off(reading, cue.last, hit.first):
            return True
    if any(cue.last <= hit.first and not _contrasted(reading, cue.last, hit.first) for cue in reading.in_sentence("denial", sentence)):
        return True
    for cue in () if denying else reading.in_sentence("negation_after", sentence):
        behind = 0 <= cue.first - hit.last <= NEGATION_REACH_BACK * reading.scale and words.clause[cue.first] == words.clause[hit.last - 1]
        if behind and not any(hit.last < joint.last and joint.first < cue.first for joint in reading.in_sentence("joint", sentence)):
            return True
    return False


def _cut_off(reading: Reading, start: int, end: int) -> bool:
    """A clause border or a contrast word ends the reach of a denial."""
    clause = reading.words.clause
    if clause[start - 1] != clause[end]:
        return True
    return _contrasted(reading, start, end)


def _contrasted(reading: Reading, start: int, end: int) -> bool:
    return any(start <= cue.first < end for cue in reading.in_sentence("contrast", reading.words.sentence[end]))


def chained(reading: Reading, previous: Hit, hit: Hit) -> bool:
    """Whether two symptoms stand in one enumeration ("no nausea, headache or rash")."""
    words = reading.words
    if words.sentence[previous.first] != words.sentence[hit.first] or hit.first - previous.last > CHAIN_REACH * reading.scale:
        return False
    if not reading.said.get(words.sentence[hit.first], 0) & _BUSY:
        return True
    between = range(previous.last, hit.first)
    busy = ("contrast", "self", "negation", "use", "cause")
    sentence = words.sentence[hit.first]
    return not any(cue.first in between for role in busy for cue in reading.in_sentence(role, sentence))


def relieved(reading: Reading, hit: Hit) -> bool:
    """Whether the symptom is told as gone or helped ("my headache is gone", "helps with the pain")."""
    return _beside(reading, hit, "relief")


def unchanged(reading: Reading, hit: Hit) -> bool:
    """Whether the symptom is told as there before and still there ("the itch is just the same")."""
    return _beside(reading, hit, "unchanged")


def _beside(reading: Reading, hit: Hit, role: str) -> bool:
    words = reading.words
    for cue in reading.in_sentence(role, words.sentence[hit.first]):
        if cue.last <= hit.first and _contrasted(reading, cue.last, hit.first):
            continue  # "it is as it was, but it makes me sick"
        after, before = cue.first - hit.last, hit.first - cue.last
        near = 0 <= after <= RELIEF_REACH_AFTER * reading.scale or 0 <= before <= RELIEF_REACH_BEFORE * reading.scale
        if near and words.clause[cue.first] == words.clause[hit.first]:
            return True
    return False


def indicated(reading: Reading, hit: Hit) -> bool:
    """Whether the symptom is what the medicine is for ("for my migraine", "gegen Kopfschmerzen")."""
    sentence = reading.words.sentence[hit.first]
    for cue in reading.in_sentence("indication", sentence):
        near = 0 <= hit.first - cue.last <= INDICATION_REACH * reading.scale and not _cut_off(reading, cue.last, hit.first)
        if near and not _told_anew(reading, sentence, cue.last, hit.first):
            return True
    return False


def _told_anew(reading: Reading, sentence: int, start: int, end: int) -> bool:
    """Whether a joint with more than the symptom behind it opens another half of the sentence ("for my exam and nearly fell asleep")."""
    return any(start <= joint.first and joint.last < end for joint in reading.in_sentence("joint", sentence))
