"""What a reader of each network sees of a text before they open it, and how that network counts it.

For networks with a connector the counting is the channel's own. Limits and folds of the others are general knowledge of 2026, not verified
against the live networks; they move, so a fold is where a reader roughly stops and never a reason to refuse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from candour.channels.mastodon_text import URL_COUNTS

_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'\])}…]", re.IGNORECASE)
#: Bytes of UTF-8 that Bluesky takes besides its characters.
BLUESKY_BYTES = 3000


class Habit(NamedTuple):
    """`limit`: characters it takes; `fold`: characters, and lines, after which it hides the rest behind a word such as "more"."""

    limit: int | None = None
    fold: int | None = None
    lines: int | None = None


HABITS: Mapping[str, Habit] = MappingProxyType(
    {
        "x": Habit(280),
        "linkedin": Habit(3000, 210, 3),
        "instagram": Habit(2200, 125, 2),
        "facebook": Habit(63_206, 477, 5),
        "tiktok": Habit(2200, 100, 2),
        "youtube": Habit(5000, 150, 3),
        "mastodon": Habit(500, None, None),
        "bluesky": Habit(300, None, None),
    }
)


def counted_by_hand(network: str, text: str) -> int:
    """Characters of a network we have no connector to: X counts an address as 23 and a wide letter as two, the rest count code points."""
    if network != "x":
        return len(text)
    without = _URL.sub("x" * URL_COUNTS, unicodedata.normalize("NFC", text))
    return sum(2 if _is_wide(letter) else 1 for letter in without)


def _is_wide(letter: str) -> bool:
    """Outside the ranges that X counts as one: Latin and its neighbours, and general punctuation."""
    code = ord(letter)
    return not (code <= 0x10FF or 0x2000 <= code <= 0x200D or 0x2010 <= code <= 0x201F or 0x2032 <= code <= 0x2037)


def folded(network: str, text: str) -> tuple[str, str]:
    """(what is seen, what stands behind the fold); both together are the text."""
    habit = HABITS.get(network, Habit())
    at = min(_after_lines(text, habit.lines), habit.fold or len(text), len(text))
    if 0 < at < len(text) and not text[at].isspace():  # a word is not cut in two where it can be helped
        space = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at))
        at = space if space > at // 2 else at
    return text[:at], text[at:]


def _after_lines(text: str, lines: int | None) -> int:
    if lines is None:
        return len(text)
    at = -1
    for _line in range(lines):
        at = text.find("\n", at + 1)
        if at < 0:
            return len(text)
    return at


def card_link(text: str) -> str:
    """The address of which a network shows a card: the first one in the text, empty for none."""
    found = _URL.search(text)
    return found[0] if found else ""
