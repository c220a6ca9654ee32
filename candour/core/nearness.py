"""How near two texts are in their words: 1 for the same words as often, 0 for none in common."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from candour.core.worddiff import words


def nearness(one: str, other: str) -> float:
    """Share of words and neighbouring word pairs in common (Dice), case and white space aside. Takes time in proportion to the lengths."""
    a, b = _counted(one), _counted(other)
    whole = a.total() + b.total()
    return 2 * (a & b).total() / whole if whole else 0.0


def _counted(text: str) -> Counter[str]:
    plain = [word.casefold() for word in words(text) if not word.isspace()]
    return Counter(plain) + Counter(f"{a} {b}" for a, b in pairwise(plain))
