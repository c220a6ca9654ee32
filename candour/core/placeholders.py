"""Typed placeholders of reply templates: `{first_name}`. Filling is the only change a signed template allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
#: No value may break the line, carry markup or a control or direction character (Unicode Standard Annex 9), whatever its type.
_BANNED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff{}<>]")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
#: What may stand in a placeholder of no particular type: a few words.
_PLAIN = re.compile(r".{1,80}")
#: Types of values; only those in _MAY_LINK may hold a web address.
KINDS: dict[str, re.Pattern[str]] = {
    "first_name": re.compile(r"[^\W\d_][\w .’'\-]{0,39}"),
    "signer": re.compile(r"[^\W\d_][\w .’'\-]{0,59}"),
    "phone": re.compile(r"\+?[\d ()/\-]{3,24}"),
    "emergency": re.compile(r"\+?[\d ]{2,14}"),
    "private_contact": re.compile(r".{3,120}"),
    "leaflet": re.compile(r"[\w.\-/:]{4,120}"),
    "reporting_route": re.compile(r".{4,160}"),
}
_MAY_LINK = frozenset({"private_contact", "leaflet", "reporting_route"})


def gettext_noop(text: str) -> str:
    """Marks a sentence for the translation catalogue; it is translated where it is shown."""
    return text


_DOES_NOT_FIT = gettext_noop("“%(value)s” does not fit %(name)s.")
_IS_EMPTY = gettext_noop("%(name)s is empty.")
_NOT_WANTED = gettext_noop("The template has no %(name)s.")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a template can't be filled: a sentence to translate and its named values."""

    template: str
    params: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.params


def names_in(template: str) -> list[str]:
    """Placeholder names in order of first appearance."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(template)))


def fits(name: str, value: str) -> bool:
    """Does the value have its placeholder's type?"""
    if _BANNED.search(value) or (name not in _MAY_LINK and _LINK.search(value)):
        return False
    return KINDS.get(name, _PLAIN).fullmatch(value) is not None


def fill(template: str, values: Mapping[str, str]) -> tuple[str, Misfit | None]:
    """The template with its placeholders filled, or unchanged together with the first thing that does not fit.

    A value must fit its placeholder's type; a missing one is a misfit; values for unknown placeholders are one too.
    """
    wanted = names_in(template)
    for name in wanted:
        value = values.get(name, "")
        if not value:
            return template, Misfit(_IS_EMPTY, {"name": f"{{{name}}}"})
        if not fits(name, value):
            return template, Misfit(_DOES_NOT_FIT, {"value": value, "name": f"{{{name}}}"})
    if extra := sorted(set(values) - set(wanted)):
        return template, Misfit(_NOT_WANTED, {"name": f"{{{extra[0]}}}"})
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template), None


def parts(template: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """The template cut into fixed words ("", text) and placeholders (name, value or empty), for showing which words are filled in."""
    cut: list[tuple[str, str]] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template):
        cut += [("", template[end : found.start()]), (found[1], values.get(found[1], ""))]
        end = found.end()
    return [part for part in [*cut, ("", template[end:])] if part[0] or part[1]]
