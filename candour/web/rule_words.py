"""Words of market rules in the reader's language.

A pack is written in English and signed so. Its translations into a market's own language stand in the pack; those into the languages of
the screens stand in the catalogues, under the English sentence, and `in_words` finds them. What has none reads as it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext, gettext_lazy

from candour.packs.market import MarketPack, Rule
from candour.web.words import isolated

_JOINT = "; "


def in_words(english: str) -> str:
    """One sentence of a pack, or several joined by semicolons, as the reader reads it."""
    if not english or translation.get_language() in (None, "en"):
        return english
    told = gettext(english)
    return told if told != english or _JOINT not in english else _JOINT.join(gettext(part) for part in english.split(_JOINT))


def asks_of(rule: Rule) -> str:
    """The rule's question: as the pack translates it, else as the catalogue does."""
    language = _language()
    return rule.asks(language) if language in rule.words else in_words(rule.asks())


def suggestion_of(rule: Rule) -> str:
    """What would make it pass, in the same way."""
    language = _language()
    return rule.suggestion(language) if language in rule.words else in_words(rule.suggestion())


def _language() -> str:
    return (translation.get_language() or "en").split("-")[0]


def in_words_with_source(told: str) -> str:
    """`sentence (source)`: the source is a name and stays. Either may hold brackets of its own, so every cut is looked up."""
    parts = told.split(" (")
    for cut in range(1, len(parts)):
        words = " (".join(parts[:cut])
        if (there := in_words(words)) != words:
            return " (".join([there, *parts[cut:]])
    return in_words(told)


def _citation(told: str, law: str) -> str:
    """`law: gist`: the law's name stays. Without the rule at hand the gist is what stands behind the first colon that leads to one."""
    if law and told.startswith(f"{law}: "):
        return _cited(law, told[len(law) + 2 :])
    parts = told.split(": ")
    for cut in range(1, len(parts)):
        gist = ": ".join(parts[cut:])
        if in_words(gist) != gist:
            return _cited(": ".join(parts[:cut]), gist)
    return told


def _cited(law: str, gist: str) -> str:
    """The law's name keeps its own direction of writing in a line of another."""
    there = in_words(gist)
    return f"{law}: {gist}" if there == gist else f"{isolated(law)}: {there}"


def finding_in_words(row: Mapping[str, Any], pack: MarketPack | None) -> dict[str, Any]:
    """A finding (a row of the check contract) with question, reasons, suggestion and source in the reader's language.

    The market's own translation comes first, where `pack` still has the rule; `url` opens the source.
    """
    language = _language()
    rule = pack.by_id.get(row["rule"]) if pack else None
    told = dict(row) | {
        "question": in_words(row.get("asks", "")),
        "suggestion": in_words(row.get("suggestion", "")),
        "citation": _citation(row.get("citation", ""), rule.citation.law if rule else ""),
        "exempted_by": in_words_with_source(row.get("exempted_by") or ""),
        "missing": [in_words(one) for one in row.get("missing", ())],
        "spans": [dict(span) | {"why": in_words(span.get("why", ""))} for span in row["spans"]],
        "url": row.get("citation_url", "") or (rule.citation.url if rule else ""),
    }
    told["whys"] = list(dict.fromkeys(span["why"] for span in told["spans"] if span["why"]))[:3]
    if rule is not None and language in rule.words and language != "en":
        softer = row.get("suggestion", "") != rule.suggestion()
        told |= {"question": rule.asks(language)} | ({} if softer else {"suggestion": rule.suggestion(language)})
    return told


#: Names of packs that no country's catalogue knows.
TITLES = (gettext_lazy("Every market"), gettext_lazy("Listed companies"))
