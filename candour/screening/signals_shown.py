"""Signals of what the words for a picture show: the same face, hand or room at two times or on two sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from candour.screening.signals import CodeSignal, PieceSpan, Reading
from candour.screening.signals_text import is_spaceless, tokens

Bounds = tuple[int, int]

#: Shorter words stand twice in any text.
_LONG = 5
#: Words of the picture itself; that they stand twice shows nothing.
_PICTURE = (
    *("photo", "picture", "image", "panel", "slide", "frame", "caption", "captioned", "label", "labelled", "labeled", "foto", "bild"),
    *("imagen", "immagine", "imagem", "fotos", "bilder", "links", "rechts", "right", "gauche", "droite", "izquierda", "derecha", "billede"),
    *("sinistra", "destra", "esquerda", "direita", "vänster", "höger", "venstre", "højre", "first", "second", "dated", "reads", "words"),
)
#: Of two times, two sides, "the same" and a thing named twice.
_ENOUGH = 2


def _before_after_told(reading: Reading) -> tuple[PieceSpan, ...]:
    """Two times, two sides or "the same": any two of them, or one with a thing that is named twice.

    A wall or a meadow may be shown twice; it is a body that tells of a treatment.
    """
    folded = reading.texts["image_text"]
    if not reading.places("picture_body", "image_text"):
        return ()
    sides, times, same = (reading.places(name, "image_text") for name in ("picture_places", "picture_times", "picture_same"))
    shown = [_different(folded.text, sides), _different(folded.text, times), bool(same)]
    if sum(shown) + _named_twice(reading, [*sides, *times]) < _ENOUGH or not any(shown[:2]):
        return ()
    return reading.spans("before_after_told", {"image_text": [*sides, *times, *same]})


def _different(text: str, places: list[Bounds]) -> bool:
    return len({text[start:end] for start, end in places}) > 1


def _named_twice(reading: Reading, besides: list[Bounds]) -> bool:
    """Whether a word other than names, sides and times stands twice."""
    text = reading.texts["image_text"].text
    left_out = {start for start, _ in besides} | {start for found in reading.named("image_text") for start, _ in found}
    words = Counter(
        text[start:end]
        for start, end in tokens(text)
        if end - start >= _LONG and start not in left_out and not is_spaceless(text[start]) and text[start:end] not in _PICTURE
    )
    return max(words.values(), default=0) > 1


SHOWN_SIGNALS: Mapping[str, CodeSignal] = MappingProxyType({"before_after_told": _before_after_told})
