"""Code signals: product, use, risk, disclosure and text facts that no list of phrases can answer alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from candour.packs.market import Lexicon
from candour.screening.pieces import Piece
from candour.screening.signals import CodeSignal, Facts, PieceSpan, Reading, bare_of, compiled
from candour.screening.signals_appeal import APPEAL_SIGNALS
from candour.screening.signals_context import CONTEXT_SIGNALS
from candour.screening.signals_heard import HEARD_SIGNALS
from candour.screening.signals_label import LABEL_SIGNALS
from candour.screening.signals_piece import PIECE_SIGNALS
from candour.screening.signals_product import exact_places
from candour.screening.signals_shown import SHOWN_SIGNALS
from candour.screening.signals_statement import STATEMENT_SIGNALS
from candour.screening.signals_text import FoldedText, fold, is_spaceless, tokens

OWN_TEXTS = ("post_text", "image_text", "link_text", "adopted_text")
_LATE = re.compile(r"\b(after|below|under|end|bottom|fold|more|last|hidden|unter|nach|ende)\b")
_READ_WORDS = 8
_COMMON_SHARE = 10
_READ_SIGNALS = 2
#: Signals of words so short that other languages hold them by chance.
_SHORT_WORDS = frozenset({"first_person", "form_words", "turn_words", "arrival_words", "limit_words"})


def read_signals(piece: Piece, lexicon: Lexicon) -> Facts:
    """All signals of a piece under one lexicon. Takes time in proportion to the length of its texts."""
    reading = Reading(piece, compiled(lexicon))
    spans: dict[str, tuple[PieceSpan, ...]] = {}
    anywhere = reading.anywhere
    for name, by_code in reading.wordings.read:
        if by_code:
            answer = CODE_SIGNALS[name](reading)
            if answer:
                spans[name] = answer if isinstance(answer, tuple) else ()
        elif name in anywhere and (found := reading.words(name)):
            spans[name] = found
    texts = {name: bare_of(folded) for name, folded in reading.texts.items()}
    return Facts(piece, lexicon, MappingProxyType(spans), MappingProxyType(_numbers(reading)), MappingProxyType(texts))


def _numbers(reading: Reading) -> dict[str, int]:
    piece = reading.piece
    numbers = {"author_followers": piece.author_followers, "text_length": len(piece.post_text)}
    offset = _disclosure_offset(reading)
    return numbers if offset is None else {**numbers, "disclosure_offset": offset}


def _disclosure_offset(reading: Reading) -> int | None:
    """Where the first accepted disclosure stands in the post, or in the description of it; None if there is none."""
    places = reading.places("disclosure_words", "post_text")
    offsets = [reading.texts["post_text"].place(*place)[0] for place in places]
    described = _described_disclosure(reading)
    if described and not _platform_only(reading):
        offsets.append(10_000 if _LATE.search(described.casefold()) else 0)
    return min(offsets, default=None)


def _described_disclosure(reading: Reading) -> str:
    """The disclosure field, if it names an accepted word."""
    stated = reading.piece.disclosure
    if not stated:
        return ""
    words = reading.wordings.signals["disclosure_words"]
    return stated if next(words.places(fold(stated).text), None) else ""


def _platform_only(reading: Reading) -> bool:
    stated = reading.piece.disclosure.casefold()
    return "label" in stated and ("platform" in stated or "network" in stated)


def _disclosure_platform(reading: Reading) -> bool:
    return _platform_only(reading) and not reading.places("disclosure_words", "post_text")


def _product(reading: Reading, signal: str, names: tuple[str, ...]) -> tuple[PieceSpan, ...]:
    return reading.spans(signal, {text: exact_places(names, reading.texts[text]) for text in OWN_TEXTS})


def _brand_named(reading: Reading) -> tuple[PieceSpan, ...]:
    return _product(reading, "brand_named", reading.names.brands)


def _generic_named(reading: Reading) -> tuple[PieceSpan, ...]:
    """The filed generic name; where none is filed, a name in brackets directly behind the brand."""
    names = reading.names
    if names.generics:
        return _product(reading, "generic_named", names.generics)
    found = {}
    for text in OWN_TEXTS:
        folded = reading.texts[text]
        found[text] = [_bracket(folded, end) for _, end in exact_places(names.brands, folded)]
    return reading.spans("generic_named", {text: [place for place in places if place] for text, places in found.items()})


def _bracket(folded: FoldedText, at: int) -> tuple[int, int] | None:
    rest = folded.text[at : at + 60]
    opened = len(rest) - len(rest.lstrip())
    close = rest.find(")")
    if rest[opened : opened + 1] == "(" and close > opened + 4 and rest[opened + 1].isalpha():
        return at + opened + 1, at + close
    return None


def _hidden_letters(reading: Reading) -> tuple[PieceSpan, ...]:
    why = reading.wordings.lexicon.signals["hidden_letters"].meaning
    found = []
    for text in ("post_text", "image_text", "link_text"):
        original = reading.texts[text].original
        found += [PieceSpan(start, end, original[start:end], why, text) for start, end in reading.texts[text].hidden]
    return tuple(found)


def _language_unread(reading: Reading) -> bool:
    """Many letters of an alphabet without wordings, or a longer text with hardly a common word of a shipped language."""
    text = reading.texts["post_text"].text
    letters = [letter for letter in text if letter.isalpha()]
    spaceless = sum(1 for letter in letters if is_spaceless(letter))
    if reading.wordings.reads_spaceless and spaceless * 2 > len(letters):
        return False
    foreign = sum(1 for letter in letters if letter > "\u024f")
    if foreign > 5 and foreign * 3 > len(letters):
        return True
    words = [text[start:end] for start, end in tokens(text) if not text[start:end].isdigit()]
    common = sum(1 for word in words if word in reading.wordings.function_words)
    return len(words) >= _READ_WORDS and common * _COMMON_SHARE < len(words) and _signals_read(reading) < _READ_SIGNALS


def _signals_read(reading: Reading) -> int:
    """How many signals of words were understood in the post: a short text of set phrases is read though it holds no common words."""
    words = (name for name, declared in reading.wordings.lexicon.signals.items() if declared.kind == "words" and name not in _SHORT_WORDS)
    return sum(1 for name in words if reading.places(name, "post_text"))


_CODE: Mapping[str, CodeSignal] = {
    "product_exact": lambda reading: reading.spans("product_exact", {text: reading.named(text)[0] for text in OWN_TEXTS}),
    "product_alias": lambda reading: reading.spans("product_alias", {text: reading.named(text)[1] for text in OWN_TEXTS}),
    "brand_named": _brand_named,
    "generic_named": _generic_named,
    "disclosure": lambda reading: _disclosure_offset(reading) is not None,
    "disclosure_platform": _disclosure_platform,
    "hidden_letters": _hidden_letters,
    "language_unread": _language_unread,
}

#: Every code signal of packs/signals has exactly one entry; a test holds the two lists equal.
CODE_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType(
    {**_CODE, **APPEAL_SIGNALS, **LABEL_SIGNALS, **PIECE_SIGNALS, **CONTEXT_SIGNALS, **HEARD_SIGNALS, **STATEMENT_SIGNALS, **SHOWN_SIGNALS}
)
