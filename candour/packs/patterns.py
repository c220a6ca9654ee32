"""Patterns of packs: google-re2 between letter-aware borders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

#: In google-re2 these know ASCII only and would be blind to any word that starts or ends with an umlaut or is not Latin.
_ASCII_ONLY = re.compile(r"(?<!\\)(?:\\\\)*\\[bBwWdDsS]")
_BORDER = r"[^\pL\pM\pN]"
_MOST_HITS = 50


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
