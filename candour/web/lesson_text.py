"""Lessons as HTML: the small part of Markdown that courses use. Everything is escaped first, so a course can't bring markup of its own."""

from __future__ import annotations

import re

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_BLANK_LINE = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"^[-*] ", re.MULTILINE)
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def lesson_html(body: str) -> SafeString:
    """Paragraphs, lists of lines that begin with "- ", and **bold**; other marks of Markdown stand as they were typed."""
    blocks = [block.strip("\n") for block in _BLANK_LINE.split(body.strip())]
    return format_html_join("\n", "{}", ((_block(block),) for block in blocks if block.strip()))


def _block(block: str) -> SafeString:
    if not _ITEM.match(block):
        return format_html("<p>{}</p>", _inline(block))
    items = [item for item in _ITEM.split(block) if item.strip()]
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_inline(item),) for item in items)))


def _inline(text: str) -> SafeString:
    words = escape(" ".join(text.split()))
    return mark_safe(_BOLD.sub(r"<b>\1</b>", words))  # noqa: S308  escaped one line above
