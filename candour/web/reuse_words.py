"""How a reuse is told: the answer in one line, each difference in a sentence, what the machine found in a translation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from candour.core.reuse import Answer, Aspect, Decision
from candour.flows.reuse import needs_certificate
from candour.flows.travel import UNTRANSLATED, Look
from candour.screening.translation import Mismatch
from candour.web.message_words import AUDIENCE
from candour.web.registry import STATUS
from candour.web.words import ROLE
from candour.web.words import Look as Shown

ANSWER: dict[str, Shown] = {
    Answer.LIVE: Shown(pgettext_lazy("reuse", "usable now, one signature"), "approved", "seal"),
    Answer.ASK: Shown(pgettext_lazy("reuse", "after a check of the differences"), "review", "eye"),
    Answer.REFUSED: Shown(pgettext_lazy("reuse", "blocked"), "blocked", "ban"),
}
#: The message itself may not be used any more, in no market.
NEVER = Shown(pgettext_lazy("reuse", "never"), "blocked", "ban")
ASPECT: dict[str, str | Promise] = {
    Aspect.TEXT: gettext_lazy("Words"),
    Aspect.RULE: gettext_lazy("Rule"),
    Aspect.STATUS: gettext_lazy("Status of the product"),
    Aspect.LABEL: gettext_lazy("Label"),
    Aspect.AUDIENCE: gettext_lazy("Audience"),
    Aspect.CHANNEL: gettext_lazy("Channel"),
}
LABEL_PART: dict[str, str | Promise] = {
    "indication": gettext_lazy("what it is for"),
    "limits": gettext_lazy("its limits"),
    "serious_risks": gettext_lazy("its serious risks"),
}
FLAG: dict[str, str | Promise] = {
    "boxed_warning": gettext_lazy("boxed warning"),
    "black_triangle": gettext_lazy("additional monitoring"),
    "narcotic": gettext_lazy("narcotic"),
    "reimbursed": gettext_lazy("reimbursed"),
}
MISMATCH: dict[str, str | Promise] = {
    "product": gettext_lazy("Names of products differ"),
    "number": gettext_lazy("Numbers differ"),
    "unit": gettext_lazy("Units differ"),
    "claim": gettext_lazy("Claims differ"),
    "use": gettext_lazy("Diseases differ"),
    "negation": gettext_lazy("Negations differ"),
    "mandatory": gettext_lazy("Risk information differs"),
    "link": gettext_lazy("Links differ"),
    "empty": gettext_lazy("A sentence is missing"),
    "unread": gettext_lazy("The machine can't read this language"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as it is read: its kind, what it says, both sides, whom it asks, and the finding of the rule it is about."""

    aspect: str
    title: str | Promise
    before: str
    after: str
    roles: tuple[str | Promise, ...]
    finding: Mapping[str, Any] | None
    blocks: bool


def lines(differences: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Differences as they are stored, with the target's findings they stand for."""
    by_rule = {row["rule"]: row for row in findings}
    return [_line(one, by_rule.get(one["about"]) if one["aspect"] == Aspect.RULE else None) for one in differences]


def _line(one: Mapping[str, Any], finding: Mapping[str, Any] | None) -> Line:
    aspect, title = one["aspect"], ASPECT.get(one["aspect"], one["aspect"])
    if aspect == Aspect.LABEL:
        parts = ", ".join(str(LABEL_PART.get(part, part)) for part in one["about"].split(","))
        title = _("The label says something else of %(parts)s") % {"parts": parts}
    if aspect == Aspect.CHANNEL:
        title = _("The channel takes %(limit)s characters, the text has %(count)s") % {"limit": one["after"], "count": one["before"]}
    roles = tuple(ROLE.get(role, role) for role in one["roles"])
    plain = aspect not in (Aspect.CHANNEL, Aspect.RULE)
    told = (_side(aspect, one["before"]), _side(aspect, one["after"])) if plain else ("", "")
    return Line(aspect, title, *told, roles, finding, bool(one["blocks"]))


def _side(aspect: str, words: str) -> str:
    if aspect == Aspect.AUDIENCE:
        return str(AUDIENCE.get(words, words))
    if aspect == Aspect.STATUS:
        return ", ".join(str(STATUS.get(word) or FLAG.get(word, word)) for word in words.split(", ")) or str(_("none"))
    return words


def headline(look: Look) -> str:
    """The answer in one line: "1 signature, about 4 minutes, 2 rules differ"."""
    if look.decision.answer == Answer.REFUSED:
        return told(look.decision)
    if look.standing == UNTRANSLATED:
        return _("After a certified translation: %(answer)s") % {"answer": told(look.hoped)}
    if needs_certificate(look):
        return _("%(answer)s; with a certified translation: %(hoped)s") % {"answer": told(look.decision), "hoped": told(look.hoped)}
    return told(look.decision)


def told(decision: Decision) -> str:
    """A decision in words, without what leads to it."""
    if decision.answer == Answer.REFUSED:
        count = len(decision.refused_by)
        return ngettext("%(rules)s forbids it", "%(rules)s forbid it", count) % {"rules": ", ".join(decision.refused_by)}
    if decision.answer == Answer.LIVE:
        said = [ngettext("%(count)s signature", "%(count)s signatures", 1) % {"count": 1}, _minutes(decision.minutes)]
        return ", ".join(said)
    questions = sum(len(mine) for _role, mine in decision.asked)
    said = [
        ngettext("%(count)s reviewer", "%(count)s reviewers", len(decision.asked)) % {"count": len(decision.asked)},
        ngettext("%(count)s question", "%(count)s questions", questions) % {"count": questions},
        _minutes(decision.minutes),
    ]
    return ", ".join(said)


def _minutes(count: int) -> str:
    return ngettext("about %(count)s minute", "about %(count)s minutes", count) % {"count": count}


def rules_told(look: Look) -> str:
    """How many rules differ."""
    count = len(look.news)
    return ngettext("%(count)s rule differs", "%(count)s rules differ", count) % {"count": count} if count else _("no rule differs")


def mismatch_told(one: Mismatch) -> str:
    """What the machine found, in one line."""
    said = str(MISMATCH[one.kind])
    if one.kind == "unread":
        return f"{said}: {', '.join((*one.source, *one.target))}"
    sides = [_("only in the source: %(words)s") % {"words": ", ".join(one.source)}] if one.source else []
    sides += [_("only in the translation: %(words)s") % {"words": ", ".join(one.target)}] if one.target else []
    return f"{said}; {'; '.join(sides)}" if sides else said
