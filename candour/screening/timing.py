"""What came first, the medicine or the symptom, as far as the sentence says so."""

from __future__ import annotations

from collections.abc import Iterator

from candour.packs.language_schema import TimeWords
from candour.screening.matcher import Hit
from candour.screening.reading import Reading, Since, TimeWord, bits
from candour.screening.words import Words

_ORDERING = bits("before", "then", "already", "after", "relief")
_THEN = bits("then")
TAKING = ("use", "drug", "anchor", "taken")
#: So many sentences before a symptom are looked at for a medicine.
SHORTLY = 3
TYING = ("cause", "onset", "stop", "blame")
_USE, _USED = bits(*TAKING), bits("use", "drug")
#: Two stretches of time can be compared.
FEWEST_TIMES = 2


def older_than_use(reading: Reading, hit: Hit, time: TimeWords) -> bool:
    """Whether the symptom was there before the medicine ("I had X before I took Y", "X for two years, two days ago I began Y")."""
    sentence = reading.words.sentence[hit.first]
    if reading.said.get(sentence + 1, 0) & _THEN and _told_before_the_next(reading, sentence):
        return True
    spoken = reading.said.get(sentence, 0)
    said = spoken & _ORDERING
    dated = len(reading.times.get(sentence, ())) >= FEWEST_TIMES
    if (not said and not dated) or not (spoken & _USED or reading.products):
        return False
    uses = [cue.first for role in ("use", "drug") for cue in reading.in_sentence(role, sentence)]
    uses += [product.first for product in _products(reading, sentence)]
    if not uses:
        return False
    for cues, sign in _SIGNS:
        if said & cues and sign(reading, hit, sentence, uses):
            return True
    return dated and _by_spans(reading, hit, sentence, uses, time)


def _products(reading: Reading, sentence: int) -> list[Hit]:
    if not reading.products:
        return []
    return [hit for hit in reading.products if reading.words.sentence[hit.first] == sentence]


def _by_before(reading: Reading, hit: Hit, sentence: int, uses: list[int]) -> bool:
    for cue in reading.in_sentence("before", sentence):
        if cue.first == reading.words.sentence_starts[sentence]:
            border = _clause_end(reading, cue.first)
            if hit.first >= border and any(cue.last <= use < border for use in uses):
                return True
        elif hit.first < cue.first and any(use >= cue.last for use in uses) and not any(use < hit.first for use in uses):
            return True
    return False


def _by_already(reading: Reading, hit: Hit, sentence: int, uses: list[int]) -> bool:
    """ "I was already dizzy when I began it": no use before the symptom, one behind it."""
    said = any(cue.last <= hit.first for cue in reading.in_sentence("already", sentence))
    return said and not any(use < hit.first for use in uses) and any(use >= hit.last for use in uses)


def _by_after(reading: Reading, hit: Hit, sentence: int, uses: list[int]) -> bool:
    """ "After a bad rash I began it": the symptom in the opening clause, the use behind it."""
    start = reading.words.sentence_starts[sentence]
    if not any(cue.first == start for cue in reading.in_sentence("after", sentence)) or reading.in_sentence("stop", sentence):
        return False
    border = _clause_end(reading, start)
    return hit.first < border and any(use >= border for use in uses) and not any(use < border for use in uses)


def _clause_end(reading: Reading, start: int) -> int:
    clause = reading.words.clause
    end = start
    while end < len(clause) and clause[end] == clause[start]:
        end += 1
    return end


def _by_then(reading: Reading, hit: Hit, sentence: int, uses: list[int]) -> bool:
    return any(
        hit.first <= cue.first and any(use >= cue.first for use in uses) and not any(use < hit.first for use in uses)
        for cue in reading.in_sentence("then", sentence)
    )


def _by_relief(reading: Reading, hit: Hit, sentence: int, uses: list[int]) -> bool:
    """ "A headache all day, one tablet, and it was gone": the symptom, then a use nothing puts it down to, then relief."""
    later = [use for use in uses if use >= hit.last]
    if not later or len(later) < len(uses):
        return False
    use = min(later)
    blamed = any(hit.last <= cue.first <= use for cue in reading.in_sentence("cause", sentence))
    apart = reading.words.clause[hit.last - 1] != reading.words.clause[use]
    return (apart or reading.scale > 1) and not blamed and any(cue.first > use for cue in reading.in_sentence("relief", sentence))


def treated(reading: Reading, hit: Hit) -> bool:
    """ "My throat hurts, took X and off to bed": a symptom in an earlier clause than the first medicine, with nothing from there on that
    ties the one to the other."""
    sentence = reading.words.sentence[hit.first]
    if not reading.said.get(sentence, 0) & _USED:
        return False
    clauses = reading.words.clause
    told = _told_of_medicine(reading, sentence)
    return all(clauses[at] > clauses[hit.last - 1] for at in told) and not _tied(reading, sentence, clauses[hit.first], min(told))


def treated_next(reading: Reading, hit: Hit) -> bool:
    """ "My throat hurts. Two X and off to bed": as `treated`, with the medicine in the next sentence and none shortly before."""
    sentence = reading.words.sentence[hit.first]
    if not reading.said.get(sentence + 1, 0) & _USED:
        return False
    if any(_told_of_medicine(reading, at) for at in range(max(0, sentence - SHORTLY), sentence + 1)):
        return False
    start = reading.words.sentence_starts[sentence + 1]
    use = min(_told_of_medicine(reading, sentence + 1))
    clauses = reading.words.clause
    return clauses[use] == clauses[start] and not any(_tied(reading, at, 0, use) for at in (sentence, sentence + 1))


def _told_of_medicine(reading: Reading, sentence: int) -> list[int]:
    told = [cue.first for role in TAKING for cue in reading.in_sentence(role, sentence)]
    return told + [product.first for product in _products(reading, sentence)]


def _tied(reading: Reading, sentence: int, clause: int, use: int) -> bool:
    """Whether something from a clause on puts the symptom down to the medicine, or denies the use. A word for the use itself does not."""
    clauses = reading.words.clause
    uses = {cue.first for cue in reading.in_sentence("use", sentence)}
    ties = (cue.first for role in TYING for cue in reading.in_sentence(role, sentence))
    if any(clauses[tie] >= clause and tie not in uses for tie in ties):
        return True
    return any(clauses[cue.first] == clauses[use] for cue in reading.in_sentence("negation", sentence))


def _told_before_the_next(reading: Reading, sentence: int) -> bool:
    """ "I don't sleep. That is why she prescribed it": a sentence without any use, and one that opens with the use it led to."""
    if reading.said.get(sentence, 0) & _USE or _products(reading, sentence):
        return False
    start = reading.words.sentence_starts[sentence + 1]
    return any(cue.first == start for cue in reading.in_sentence("then", sentence + 1))


def _by_spans(reading: Reading, hit: Hit, sentence: int, uses: list[int], time: TimeWords) -> bool:
    spans = reading.since.get(sentence)
    if spans is None:
        spans = reading.since[sentence] = list(_spans(reading, sentence, time))
    if len(spans) < FEWEST_TIMES:
        return False
    clause = reading.words.clause
    own = [span for span in spans if clause[span.first] == clause[hit.first]]
    if not own:
        return False
    of_use = [span for span in spans if clause[span.first] != clause[hit.first] and any(clause[use] == clause[span.first] for use in uses)]
    return bool(of_use) and own[0].days > of_use[0].days


def _spans(reading: Reading, sentence: int, time: TimeWords) -> Iterator[Since]:
    for hit in reading.times.get(sentence, ()):
        if (days := days_told(reading.words, hit.first, hit.what, time)) is not None:
            yield Since(days, hit.first if hit.what.now else hit.first - 1, hit.last)


def days_told(words: Words, first: int, what: TimeWord, time: TimeWords) -> float | None:
    """How many days a word for time tells of with the number before it in its sentence; None without one."""
    if what.now:
        return 0.0
    if first == 0 or words.sentence[first - 1] != words.sentence[first]:
        return None
    number = _number(words.word(first - 1), time)
    return None if number is None else number * what.days


def _number(word: str, time: TimeWords) -> float | None:
    if word.isascii() and word.isdigit() and len(word) < 5:
        return float(word)
    return time.numbers.get(word)


_SIGNS = (
    (bits("before"), _by_before),
    (bits("then"), _by_then),
    (bits("already"), _by_already),
    (bits("after"), _by_after),
    (bits("relief"), _by_relief),
)
