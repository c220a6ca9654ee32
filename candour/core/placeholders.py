"""Typed placeholders of reply templates: `{first_name}`. Filling is the only change a signed template allows."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
#: What may stand in a placeholder: letters, digits, spaces and a little punctuation; no line breaks, no links, no markup.
_PLAIN = re.compile(r"[^\n\r{}<>]{1,80}")
KINDS: dict[str, re.Pattern[str]] = {
    "first_name": re.compile(r"[^\W\d_][\w .’'\-]{0,39}"),
    "signer": re.compile(r"[^\W\d_][\w .’'\-]{0,59}"),
    "phone": re.compile(r"\+?[\d ()/\-]{3,24}"),
    "emergency": re.compile(r"\+?[\d ]{2,14}"),
    "private_contact": re.compile(r"[^\n\r{}<>]{3,120}"),
    "leaflet": re.compile(r"[\w.\-/:]{4,120}"),
    "reporting_route": re.compile(r"[^\n\r{}<>]{4,160}"),
}


def names_in(template: str) -> list[str]:
    """Placeholder names in order of first appearance."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(template)))


def fill(template: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The template with its placeholders filled, and the first problem in words (empty when there is none).

    A value must fit its placeholder's type; a missing one is a problem; values for unknown placeholders are a problem too.
    """
    wanted = names_in(template)
    for name in wanted:
        value = values.get(name, "")
        if not KINDS.get(name, _PLAIN).fullmatch(value):
            return template, f"“{value}” does not fit {{{name}}}." if value else f"{{{name}}} is empty."
    if extra := sorted(set(values) - set(wanted)):
        return template, f"The template has no {{{extra[0]}}}."
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template), ""


def parts(template: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """The template cut into fixed words ("", text) and placeholders (name, value or empty), for showing which words are filled in."""
    cut: list[tuple[str, str]] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template):
        cut += [("", template[end : found.start()]), (found[1], values.get(found[1], ""))]
        end = found.end()
    return [part for part in [*cut, ("", template[end:])] if part[0] or part[1]]
