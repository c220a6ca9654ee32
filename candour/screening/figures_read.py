"""Numbers with their units as two languages write them: 1,5 mg and 1.5 mg are the same amount, 1,500 mg is it in one language only."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from candour.packs.translation_words import Speech, speech_of, units

_PHONE = re.compile(r"(?<![\w.,])(?:\+\d|0\d|1-\d)[\d\s()/\u2011-]{5,}\d")
_BLANKS = re.compile("[\u202f\u2009]")
_UNIT = re.compile(r"\s?(°\s?c\b|[%٪]|[^\W\d_]+(?:/[^\W\d_]+)?(?:\s(?:cent|cento|ciento)\b)?)")
_WORD = re.compile(r"[^\W\d_]+")
#: A unit that people leave out where it goes without saying: under 12, from 18 on.
_UNSAID = frozenset({"", "year"})


class Amount(NamedTuple):
    """A number in figures, without thousands signs and trailing zeros, and its unit; a telephone number has the unit `phone`."""

    number: str
    unit: str

    def told(self) -> str:
        return f"{self.number} {self.unit}".strip() if self.unit != "phone" else self.number


def amounts(text: str, lang: str) -> list[Amount]:
    """Every number of a text in order, digits of any script and small numbers in words included."""
    speech = speech_of(lang)
    plain = unicodedata.normalize("NFKC", _BLANKS.sub("\u00a0", text)).casefold()
    plain = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain)
    phones = [Amount("".join(re.findall(r"[+\d]", found[0])), "phone") for found in _PHONE.finditer(plain)]
    rest = _PHONE.sub(" ", plain)
    found = [(one.start(), _amount(one, rest, speech)) for one in _figures(speech).finditer(rest)]
    found += [(word.start(), _spelled(word, rest, speech)) for word in _WORD.finditer(rest) if word[0] in speech.words]
    return phones + [amount for _at, amount in sorted(found)]


def _figures(speech: Speech) -> re.Pattern[str]:
    blank = r"[ \u00a0]" if speech.spaces else "\u00a0"
    return re.compile(rf"\d+(?:[.,'’٫٬]\d+|{blank}\d{{3}}(?!\d))*")


def _amount(found: re.Match[str], text: str, speech: Speech) -> Amount:
    return Amount(plain_number(found[0], speech.decimal), _unit_behind(text, found.end()))


def _spelled(word: re.Match[str], text: str, speech: Speech) -> Amount:
    return Amount(speech.words[word[0]], _unit_behind(text, word.end()))


def _unit_behind(text: str, at: int) -> str:
    known, found = units(), _UNIT.match(text, at)
    if found is None:
        return ""
    word = " ".join(found[1].split())
    parts = word.replace("° c", "°c").split("/")
    named = [known.get(part, known.get(part.split()[0], "")) for part in parts]
    return "/".join(named) if all(named) else named[0]


def plain_number(written: str, decimal: str) -> str:
    """`written` in figures with a point: `1.500` of a language with a decimal comma is 1500, `1,5` is 1.5; dates keep their points."""
    written = written.replace("٫", decimal).replace("٬", "").replace("'", "").replace("’", "")
    written = re.sub(r"\s", "", written)
    other = "." if decimal == "," else ","
    groups = written.split(other)
    if len(groups) > 1 and decimal not in groups[0] and _thousands(groups, decimal):
        written = written.replace(other, "")
    written = written.replace(other, ".").replace(decimal, ".")
    whole, point, part = written.partition(".")
    if "." in part:
        return written
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{part.rstrip('0')}" if point and part.rstrip("0") else whole


def _thousands(groups: list[str], decimal: str) -> bool:
    middle, last = groups[1:-1], groups[-1].partition(decimal)[0]
    return len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in [*middle, last])


def same_unit(one: str, other: str) -> bool:
    """Years go without saying; any other unit stands in both texts or in none."""
    return one == other or {one, other} <= _UNSAID
