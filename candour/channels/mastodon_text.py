"""What Mastodon's servers make of a text: how they count it, and how their HTML is read back into the words that were sent.

The instance counts every web address as 23 characters and a handle without its domain; the rest are characters as a reader counts them
(Mastodon's documentation, "Posting to your profile").
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from html.parser import HTMLParser

from candour.channels.text import clean_text, grapheme_count

#: Characters a server reserves for a web address, however long it is; an instance may name another number.
URL_COUNTS = 23

_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'\])}…]", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w=/])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?)(@[\w.:-]*\w)?", re.IGNORECASE)
_BREAKS = re.compile(r"\n{2,}")
#: Elements that carry a post's text and nothing else; any other element counts as a difference and is shown as `<tag>`.
_TEXT_TAGS = frozenset({"p", "br", "a", "span", "wbr"})
_VOID = frozenset({"br", "wbr", "img", "hr", "input"})


def counted_length(text: str, url_counts: int = URL_COUNTS) -> int:
    """Characters as Mastodon counts them."""
    without_domain = _HANDLE.sub(lambda found: f"@{found[1]}", _URL.sub("x" * url_counts, text))
    return grapheme_count(without_domain)


def normalise_live(text: str, host: str = "") -> str:
    """The form in which signed and live text are compared. A server may: take blank space off both ends, turn CRLF into LF, show any
    number of blank lines as one paragraph break, and write a handle of its own `host` with or without it. It may change nothing else."""
    own = f"@{host.lower()}"
    text = _HANDLE.sub(lambda found: f"@{found[1]}" if (found[2] or "").lower() == own else found[0], clean_text(text))
    return _BREAKS.sub("\n\n", text).strip()


def shown_text(markup: str, mentions: Mapping[str, str]) -> str:
    """The words of a post's HTML. `mentions` names the account behind each address of a mention, because the page shows `@name` alone;
    formatting nobody asked for appears as `<tag>`, so that a server that reads Markdown is seen."""
    reader = _Words(mentions)
    reader.feed(markup)
    reader.close()
    return reader.words()


class _Words(HTMLParser):
    """Collects the words of a post: paragraphs parted by a blank line, lines by a line feed."""

    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._mentions = mentions
        self._parts: list[str] = []
        self._mention: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and self._parts:
            self._parts.append("\n\n")
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "a":
            self._mention = self._mentions.get(dict(attrs).get("href") or "")
        elif tag not in _TEXT_TAGS:
            self._parts.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._mention is not None:
            self._parts.append(f"@{self._mention}")
            self._mention = None

    def handle_data(self, data: str) -> None:
        if self._mention is None:  # inside a mention the account's whole name stands for the words
            self._parts.append(data)

    def words(self) -> str:
        text = "".join(self._parts)
        # snac writes the sign before the link of a mention, Mastodon inside it
        return text.replace("@@", "@").strip()


def mentions_of(status: Mapping[str, typing.Any]) -> dict[str, str]:
    """Address to account name, of everybody a post mentions."""
    found = status.get("mentions")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return {str(row.get("url", "")): str(row.get("acct", "")) for row in rows if row.get("url") and row.get("acct")}
