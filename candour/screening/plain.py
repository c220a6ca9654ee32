"""Advice for clear, consistent and friendly words: readability, terms readers may not know, tone, and a brand's own voice.

Advice only: no verdict ever depends on it. Readability is LIX (Björnsson 1968): words per sentence plus the share of words of more than
six letters; it needs no syllables, so it works in every language written with blanks. Time grows with the length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from candour.packs.plain import Voice, load_plain
from candour.packs.plain_schema import Kind, Passive, PlainFile
from candour.screening.language import declared, identify

#: A shorter text has no readability worth a number.
ENOUGH_WORDS = 40
LONG_WORD = 6
#: One passive is style; several are a habit.
MANY_PASSIVES = 2
#: So many places of one kind are shown; the rest helps nobody.
MOST_PLACES = 8
_TOKEN = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?…。]+[\"'”’»)\]]*(?=\s|$)|\n+")
#: Not words of a sentence: addresses, mentions, tags.
_NO_WORDS = re.compile(r"https?://\S+|www\.\S+|[@#][\w.]+")
_EXCLAMATIONS = re.compile(r"[!！]\s?[!！][!！\s]*")
_MARKS = re.compile(r"[®™©℠]")


@dataclass(frozen=True, slots=True)
class Place:
    """Words of the text: `text[start:end] == words`; `say` is what to write instead ("" where only the writer knows)."""

    start: int
    end: int
    words: str
    say: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """One kind of advice with its places, and for readability and long sentences the number found and the number advised."""

    kind: Kind
    places: tuple[Place, ...] = ()
    found: int = 0
    most: int = 0

    def as_row(self) -> dict[str, Any]:
        """As `candour check --advice` writes it."""
        places = [{"start": one.start, "end": one.end, "words": one.words, "say": one.say} for one in self.places]
        return {"kind": self.kind, "places": places, "found": self.found, "most": self.most}


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    folded: str
    first: bool


def advise(
    text: str,
    language: str,
    voice: Voice | None = None,
    *,
    to_professionals: bool = False,
    leave: Iterable[str] = (),
) -> tuple[Advice, ...] | None:
    """Advice on a text, most helpful kinds first; None where nobody has written the words of its language.

    `to_professionals`: their terms are no jargon, and length is no hurdle. `leave`: texts that must stand as they are (the mandatory text,
    product names); they are not looked at.
    """
    plain = load_plain(language.split("-")[0].casefold())
    if plain is None:
        return None
    voice = voice or Voice()
    looked = _blanked(text, leave)
    sentences = _sentences(looked)
    tokens = [token for sentence in sentences for token in sentence]
    found = [*_voiced(text, tokens, voice), *_toned(looked, tokens, sentences, plain, voice)]
    if not to_professionals:
        found = [*_read(looked, tokens, sentences, plain, voice), *found]
    return tuple(found)


def _blanked(text: str, leave: Iterable[str]) -> str:
    """The text with what is not looked at as blanks, so that every place keeps its number."""
    for words in sorted({words.strip() for words in leave if words.strip()}, key=len, reverse=True):
        at = text.find(words)
        while at >= 0:
            text = text[:at] + " " * len(words) + text[at + len(words) :]
            at = text.find(words, at + len(words))
    return _NO_WORDS.sub(lambda match: " " * len(match[0]), text)


def _sentences(text: str) -> list[list[_Token]]:
    sentences, start = [], 0
    for end in [*_SENTENCE_END.finditer(text), None]:
        stop = end.end() if end else len(text)
        tokens = list(_tokens(text, start, stop))
        if tokens:
            sentences.append(tokens)
        start = stop
    return sentences


def _tokens(text: str, start: int, stop: int) -> Iterator[_Token]:
    for number, match in enumerate(_TOKEN.finditer(text, start, stop)):
        yield _Token(match.start(), match.end(), match[0], match[0].casefold(), number == 0)


# clear


def _read(text: str, tokens: list[_Token], sentences: list[list[_Token]], plain: PlainFile, voice: Voice) -> Iterator[Advice]:
    jargon = _replaced(text, tokens, plain.language, "jargon")
    if jargon:
        yield Advice("jargon", jargon)
    most = voice.sentence_words or plain.long_sentence
    long = [sentence for sentence in sentences if len(sentence) > most]
    if long:
        places = tuple(_place(text, one[0], one[-1]) for one in long[:MOST_PLACES])
        yield Advice("long_sentence", places, max(len(sentence) for sentence in long), most)
    hard = lix(tokens, len(sentences))
    if hard is not None and hard > plain.hard:
        yield Advice("hard_text", (), hard, plain.hard)


def lix(tokens: list[_Token], sentences: int) -> int | None:
    """The LIX of a text, rounded; None for one too short to say."""
    words = [token for token in tokens if not token.word.isdigit()]
    if len(words) < ENOUGH_WORDS or not sentences:
        return None
    long = sum(1 for token in words if len(token.word) > LONG_WORD)
    return round(len(words) / sentences + 100 * long / len(words))


def readability(text: str) -> int | None:
    """The LIX of a text; None for one too short to say."""
    sentences = _sentences(_blanked(text, ()))
    return lix([token for sentence in sentences for token in sentence], len(sentences))


# consistent and friendly


def _toned(text: str, tokens: list[_Token], sentences: list[list[_Token]], plain: PlainFile, voice: Voice) -> Iterator[Advice]:
    passives = tuple(place for sentence in sentences for place in _passives(text, sentence, plain.passive))
    if len(passives) >= MANY_PASSIVES:
        yield Advice("passive", passives[:MOST_PLACES], len(passives))
    for kind in ("hedge", "cold"):
        if places := _replaced(text, tokens, plain.language, kind):
            yield Advice("hedge" if kind == "hedge" else "cold", places)
    if shouting := _shouting(text, sentences):
        yield Advice("shouting", shouting)
    if rows := tuple(Place(one.start(), one.end(), one[0].strip()) for one in _EXCLAMATIONS.finditer(text)):
        yield Advice("exclamations", rows[:MOST_PLACES])
    yield from _addressed(text, tokens, plain, voice)


def _passives(text: str, sentence: list[_Token], kinds: Iterable[Passive]) -> Iterator[Place]:
    used = -1
    for number, token in enumerate(sentence):
        if number <= used:
            continue
        for kind in kinds:
            end = _participle(sentence, number, kind) if token.folded in kind.before else None
            if end is not None:
                used = end
                yield _place(text, token, sentence[end])
                break


def _participle(sentence: list[_Token], at: int, kind: Passive) -> int | None:
    """The number of the participle that makes a passive with the word at `at`, if there is one."""
    for number in range(at + 1, min(at + 1 + kind.reach, len(sentence))):
        if sentence[number].folded in kind.stops:
            return None
        if _is_participle(sentence[number].folded, kind):
            followed = {token.folded for token in sentence[number + 1 : number + 4]}
            return number if not kind.after or followed & set(kind.after) else None
    return None


def _is_participle(word: str, kind: Passive) -> bool:
    if word in kind.words:
        return True
    return len(word) > 4 and word.startswith(kind.starts) and word.endswith(kind.endings) and word not in kind.not_words


def _shouting(text: str, sentences: list[list[_Token]]) -> tuple[Place, ...]:
    """Rows of words in capitals; one alone may be a name or an abbreviation."""
    places = []
    for sentence in sentences:
        row: list[_Token] = []
        for token in [*sentence, None]:
            if token is not None and len(token.word) > 2 and token.word.isupper():
                row.append(token)
                continue
            if len(row) > 1 and any(len(one.word) > 3 for one in row):
                places.append(_place(text, row[0], row[-1]))
            row = []
    return tuple(places[:MOST_PLACES])


def _addressed(text: str, tokens: list[_Token], plain: PlainFile, voice: Voice) -> Iterator[Advice]:
    forms = {"formal": _spoken(text, tokens, plain.address.formal), "informal": _spoken(text, tokens, plain.address.informal)}
    wrong = forms["informal" if voice.address == "formal" else "formal"] if voice.address else ()
    if wrong:
        yield Advice("address_other", wrong)
    elif not voice.address and forms["formal"] and forms["informal"]:
        yield Advice("address_mixed", (forms["formal"][0], forms["informal"][0]))


def _spoken(text: str, tokens: list[_Token], phrases: tuple[str, ...]) -> tuple[Place, ...]:
    exact = {phrase for phrase in phrases if phrase[0].isupper()}
    places = [_place(text, token, token) for token in tokens if token.word in exact and not token.first]
    search = _search(tuple((phrase, "") for phrase in phrases if phrase not in exact))
    return tuple(sorted([*places, *search.places(text, tokens)], key=lambda place: place.start)[:MOST_PLACES])


# a brand's own voice


def _voiced(text: str, tokens: list[_Token], voice: Voice) -> Iterator[Advice]:
    if avoided := _search(tuple(voice.avoid.items())).places(text, tokens):
        yield Advice("avoid", avoided)
    own = tuple((_MARKS.sub("", words).strip(), words) for words in voice.use)
    spelled = tuple(place for place in _search(own).places(text, tokens) if not _spelled(text, place))
    if spelled:
        yield Advice("spelling", spelled)


def _spelled(text: str, place: Place) -> bool:
    """Whether the words stand as the brand writes them, its mark (®) included."""
    return text.startswith(place.say, place.start)


# phrases


def _replaced(text: str, tokens: list[_Token], language: str, kind: str) -> tuple[Place, ...]:
    return _shipped_search(language, kind).places(text, tokens)


@lru_cache(maxsize=64)
def _shipped_search(language: str, kind: str) -> _Search:
    plain = load_plain(language)
    if plain is None:
        return _Search(())
    if kind == "hedge":
        return _Search(tuple((phrase, "") for phrase in plain.hedges))
    return _Search(tuple((plain.jargon if kind == "jargon" else plain.cold).items()))


@lru_cache(maxsize=64)
def _search(phrases: tuple[tuple[str, str], ...]) -> _Search:
    return _Search(phrases)


class _Search:
    """Phrases with what to say instead, found word by word; the longest wins, and no word counts twice."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self.exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self.free: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrase, say in phrases:
            words = tuple(
                f"{match[0].casefold()}{'*' if phrase[match.end() : match.end() + 1] == '*' else ''}" for match in _TOKEN.finditer(phrase)
            )
            if words:
                home, key = (self.free, words[0][:-1]) if words[0].endswith("*") else (self.exact, words[0])
                home.setdefault(key, []).append((words, say))
        self.lengths = sorted({len(stem) for stem in self.free}, reverse=True)

    def places(self, text: str, tokens: list[_Token]) -> tuple[Place, ...]:
        """Where phrases stand, at most some places."""
        found: list[Place] = []
        at = 0
        while at < len(tokens) and len(found) < MOST_PLACES:
            words, say = self._at(tokens, at)
            if words:
                found.append(_place(text, tokens[at], tokens[at + words - 1], say))
            at += words or 1
        return tuple(found)

    def _at(self, tokens: list[_Token], at: int) -> tuple[int, str]:
        """How many words of a phrase begin here, and what to say instead; 0 for none."""
        word = tokens[at].folded
        candidates = list(self.exact.get(word, ()))
        for length in self.lengths:
            candidates += self.free.get(word[:length], ()) if len(word) >= length else ()
        fitting = [(len(words), say) for words, say in candidates if _fits(words, tokens, at)]
        return max(fitting, key=lambda one: one[0], default=(0, ""))


def _fits(words: tuple[str, ...], tokens: list[_Token], at: int) -> bool:
    if at + len(words) > len(tokens):
        return False
    pairs = zip(words, tokens[at : at + len(words)], strict=True)
    return all(token.folded.startswith(word[:-1]) if word.endswith("*") else token.folded == word for word, token in pairs)


def _place(text: str, first: _Token, last: _Token, say: str = "") -> Place:
    return Place(first.start, last.end, text[first.start : last.end], say)


def language_of(text: str, hint: str = "") -> str:
    """The language of a text as far as advice needs it: a declared one is believed. "und" where it can't be told."""
    return declared(hint) or identify(text, [token.folded for token in _tokens(text, 0, len(text))])


def samples_wrong(language: str) -> Mapping[str, str]:
    """The shipped texts of a language that get other advice than they say, with what they got; empty where all are sound."""
    plain = load_plain(language)
    wrong: dict[str, str] = {}
    for hit in plain.hit if plain else ():
        kinds = [one.kind for one in advise(hit.text, language) or ()]
        if hit.kind not in kinds:
            wrong[hit.text] = f"{hit.kind}: {kinds}"
    for miss in plain.miss if plain else ():
        if kinds := [one.kind for one in advise(miss.text, language) or ()]:
            wrong[miss.text] = str(kinds)
    return wrong
