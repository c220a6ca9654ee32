"""Hygiene of text that comes from outside: what is taken out, what is kept and flagged, how HTML becomes words.

Nothing here judges a post. The bytes as received are kept beside the cleaned text (HeardPost.raw).
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import nh3
import regex

#: Left by PostgreSQL (NUL), by XML (C0) and by screens (C1): none of them carries words. Tab and line feed stay.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
#: Explicit directional formatting characters (Unicode Standard Annex 9, section 2). The plain marks LRM, RLM, ALM are ordinary in Arabic.
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_COMPUTED = re.compile(r"^(?:[\t\r\n]|[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_FORMULA = re.compile(r"^[=+\-@\t\r]")

_BLOCK_END = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr|blockquote|pre|ul|ol|table)\s*>", re.IGNORECASE)
_MANY_BREAKS = re.compile(r"\n{3,}")
_CLUSTER = regex.compile(r"\X")


def clean_text(raw: str) -> str:
    """The text without characters that carry no words: NUL and other controls go, a lone surrogate becomes U+FFFD, CRLF and CR
    become LF. Bidi controls, emoji and combining marks stay. Cleaning twice changes nothing."""
    if raw.isprintable():  # then there is nothing of all that in it: every control and surrogate counts as unprintable
        return raw
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def text_flags(raw: str) -> tuple[str, ...]:
    """What a reader should know about a text as received: "nul", "control", "surrogate", "bidi", "formula"; empty when ordinary."""
    found = {
        "nul": "\x00" in raw,
        "control": bool(_CONTROLS.search(raw.replace("\x00", ""))),
        "surrogate": bool(_SURROGATES.search(raw)),
        "bidi": bool(_BIDI.search(raw)),
        "formula": bool(_FORMULA.match(raw)),
    }
    return tuple(name for name, present in found.items() if present)


def harmless_cell(text: str) -> str:
    """The text as a spreadsheet cell that no program takes for a formula (CSV injection): a leading = + - @, tab or line end, also
    in its full-width form or behind blanks and invisible signs, gets an apostrophe."""
    return f"'{text}" if _COMPUTED.match(text) else text


def html_to_text(markup: str) -> str:
    """The words of an HTML fragment: scripts and styles are dropped with their content, blocks and <br> become line breaks."""
    flat = re.sub(r"[ \t\r\n]+", " ", markup)
    broken = _BLOCK_END.sub("\n", flat)
    stripped = nh3.clean(broken, tags=set(), clean_content_tags={"script", "style"})
    lines = (line.strip() for line in clean_text(html.unescape(stripped)).split("\n"))
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip()


def grapheme_count(text: str) -> int:
    """Number of characters as a reader counts them (extended grapheme clusters, Unicode Standard Annex 29)."""
    return sum(1 for _ in _CLUSTER.finditer(text))


def utc_instant(words: str) -> datetime | None:
    """An ISO 8601 instant as UTC, or None when the words are none. One without a zone is taken as UTC."""
    try:
        instant = datetime.fromisoformat(words.strip())
    except ValueError:
        return None
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except (OverflowError, ValueError):  # the first and last day of the calendar
        return None
