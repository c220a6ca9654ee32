"""Patterns of packs: google-re2 between letter-aware borders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

#: In google-re2 these know ASCII only and would be blind to any word that starts or ends with an umlaut or is not Latin.
_ASCII_ONLY = re.compile(r"(?<!\\)(?:\\\\)*\\[bBwWdDsS]")
_BORDER = r"[^\pL\pM\pN]"
_MOST_HITS = 50
_NEGATED = re.compile(r"\[\^|\\P|\\p\{\^|\\[Qx]")
_ASCII_PART = {"L": "A-Za-z", "Lu": "A-Z", "Ll": "a-z", "N": "0-9", "Nd": "0-9", "M": ""}
_CLASS = re.compile(r"\\p(L|N|M|\{(?:Lu|Ll|L|N|Nd|M)\})")


def bordered(pattern: str) -> re2._Regexp:
    """Compile a pack's pattern between letter-aware borders; group 1 is the pattern itself.

    Raises ValueError for the ASCII-only classes and for what re2 can't compile.
    """
    found = _ASCII_ONLY.search(pattern)
    if found:
        raise ValueError(f"Replace {found.group()[-2:]} in {pattern!r}: it knows ASCII only; use \\pL, \\pN or a written-out class.")
    try:
        compiled = re2.compile(rf"(?:^|{_BORDER})({pattern})(?:$|{_BORDER})")
    except re2.error as error:
        raise ValueError(f"Correct the pattern {pattern!r}: {error}.") from error
    if compiled.groups != 1:
        raise ValueError(f"Use (?: ) in place of ( ) in the pattern {pattern!r}: the loader needs the only group.")
    return compiled


def coarse(pattern: str) -> str:
    """A pattern that finds all that `pattern` finds and little else, without borders; compiled in a tenth of the time.

    Every class of letters, marks or digits takes all characters beyond ASCII in. A negated class can't be widened so; then as it is.
    """
    if _NEGATED.search(pattern):
        return pattern
    parts = re.split(r"((?<!\\)\[(?:[^\]\\]|\\.)*\])", pattern)
    return "".join(_widened(part, inside=at % 2 == 1) for at, part in enumerate(parts))


def _widened(part: str, *, inside: bool) -> str:
    def wide(match: re.Match[str]) -> str:
        letters = _ASCII_PART[match.group(1).strip("{}")] + r"\x{80}-\x{10FFFF}"
        return letters if inside else f"[{letters}]"

    return _CLASS.sub(wide, part)


def find_bordered(compiled: re2._Regexp, text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every hit. The search restarts behind the pattern, so that one border may serve two hits.

    At most 50: each search costs the length of the text, and nobody reads more.
    """
    position = 0
    for _ in range(_MOST_HITS):
        match = compiled.search(text, position)
        if not match:
            return
        start, end = match.span(1)
        yield start, end
        position = max(end, position + 1)
