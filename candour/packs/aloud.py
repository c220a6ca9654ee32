"""A rule read aloud from its file: one plain paragraph that says when it counts, when not, how it weighs and where it stands.

The sentences are templates with named values, to be translated where they are shown; the values (meanings of signals, sources) are the
pack's own words. Nothing is made up here: every sentence stands for a field of the rule's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from candour.core.placeholders import gettext_noop as _
from candour.core.terms import Audience, Severity
from candour.packs.loader import PackError
from candour.packs.market import MarketPack, Rule
from candour.packs.rules import All, AnyOf, Expression, Name, Not


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence: a template to translate and its named values. A value that is itself to be translated stands in `words`."""

    template: str
    values: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        listed = {name: _listed(parts) for name, parts in self.words.items()}
        return self.template % {**self.values, **listed}


_REACH = {
    "rx": _("prescription medicines"),
    "otc": _("medicines without prescription"),
    "inv": _("medicines that are not authorised yet"),
    "dev": _("medical devices"),
    "none": _("products that are neither medicine nor device"),
    "aware": _("a disease without naming a product"),
    "corp": _("news of the company"),
    "care": _("answers to people"),
    "engage": _("words of others that we like, share or pin"),
    "infl": _("people who are paid to speak"),
    "all": _("whatever is said"),
}
_READERS = {
    Audience.PUBLIC: _("the public"),
    Audience.HCP: _("health professionals"),
    Audience.BOTH: _("anybody"),
}
_WEIGHT = {
    Severity.BLOCK: _("It blocks: only a change of the text helps."),
    Severity.HIGH: _("It asks for the sign-off of medical, legal or regulatory reviewers."),
    Severity.MEDIUM: _("It asks a reviewer for an answer."),
    Severity.ADVICE: _("It is advice and holds nothing up."),
}
_SOFTER = {
    Severity.BLOCK: _("It blocks where the check finds %(condition)s."),
    Severity.HIGH: _("It asks for a sign-off where the check finds %(condition)s."),
    Severity.MEDIUM: _("It asks a reviewer for an answer where the check finds %(condition)s."),
    Severity.ADVICE: _("It is only advice where the check finds %(condition)s."),
}
_GATES = {
    "form2253": _("the entry of Form FDA 2253"),
    "authority_number": _("the authority's number"),
    "campaign_approval": _("the approval of the campaign"),
    "certificate": _("the certificate"),
    "register_number": _("the number of the register"),
    "contract": _("the contract"),
    "consent": _("the consent"),
}
NEEDS_LOCAL_REVIEW = _("It was written from general knowledge; a local reviewer must check it before anybody relies on it.")


def sentences(rule: Rule, pack: MarketPack) -> tuple[Told, ...]:
    """The sentences of a rule of `pack`, in the order a person reads them."""
    return (*_when(rule, pack), *_weighs(rule, pack), *_stands(rule))


def paragraph(rule: Rule, pack: MarketPack) -> str:
    """The same in English, as one paragraph."""
    return " ".join(str(told) for told in sentences(rule, pack))


def found(pack: MarketPack, asked: str) -> tuple[Rule, ...]:
    """The rules meant by `asked`: the one of that id, else all whose id begins with it at a hyphen. Raises PackError for none."""
    wanted = asked.strip().upper()
    if wanted in pack.by_id:
        return (pack.by_id[wanted],)
    meant = tuple(rule for rule in pack.rules if rule.id.startswith(f"{wanted}-"))
    if not meant:
        raise PackError(f"{pack.title} has no rule {asked}: look it up with `candour packs show {pack.id}`.")
    return meant


def _told(template: str, words: Mapping[str, tuple[str, ...]] | None = None, **values: str) -> Told:
    return Told(template, values, words or {})


def _when(rule: Rule, pack: MarketPack) -> Iterator[Told]:
    reach = tuple(_REACH[kind] for kind in _REACH if kind in rule.applies)
    yield _told(_("%(id)s asks: %(asks)s"), id=rule.id, asks=rule.asks())
    yield _told(_("It is about %(reach)s, read by %(readers)s."), {"reach": reach, "readers": (_READERS[rule.audience],)})
    yield _told(_("It counts where the check finds %(condition)s."), condition=condition(rule.when, pack))
    if rule.exemptions:
        reasons = [f"{_bare(reason.why)} ({reason.citation})" for reason in rule.exemptions]
        yield _told(_("It does not count for any of these reasons: %(reasons)s."), reasons="; ".join(reasons))
    for name, value in sorted(settings_read(rule, pack).items()):
        yield _told(_("Its setting %(name)s is %(value)s."), name=name, value=f"“{value}”" if isinstance(value, str) else str(value))


def _weighs(rule: Rule, pack: MarketPack) -> Iterator[Told]:
    if rule.kind == "gate":
        yield _told(_("Before publication it asks for %(entry)s; the text itself it does not hold up."), {"entry": (_GATES[rule.gate],)})
    else:
        yield _told(_WEIGHT[rule.severity])
    if rule.kind == "question":
        yield _told(_("No text answers it: it is put to a reviewer."))
    for soft in rule.soften:
        yield _told(_SOFTER[soft.severity], condition=condition(soft.when, pack))


def _stands(rule: Rule) -> Iterator[Told]:
    if rule.implements:
        yield _told(_("It carries out %(rules)s."), rules=", ".join(sorted(rule.implements)))
    if rule.valid_from:
        yield _told(_("It binds from %(day)s."), day=rule.valid_from.isoformat())
    if rule.valid_to:
        yield _told(_("It binds until %(day)s."), day=rule.valid_to.isoformat())
    if rule.changed:
        yield _told(_("It was changed (%(change)s)."), change=_bare(rule.changed))
    yield _told(_("To pass: %(suggestion)s"), suggestion=rule.suggestion())
    yield _told(_("Source: %(law)s, %(about)s."), law=rule.citation.law, about=_bare(rule.citation.about))
    if rule.needs_local_review:
        yield _told(NEEDS_LOCAL_REVIEW)


def _bare(words: str) -> str:
    return words.rstrip(". ")


def settings_read(rule: Rule, pack: MarketPack) -> dict[str, bool | int | float | str]:
    """Every setting the rule reads, with its value in this pack: its own and those of the signals in its conditions."""
    read = dict(rule.params)
    for name in names_read(rule, pack):
        signal = pack.lexicon.signals[name]
        for setting in (signal.at_least, signal.below, signal.param):
            value = pack.param(setting, rule, signal.default) if setting else None
            if setting and value is not None:
                read[setting] = value
    return read


def names_read(rule: Rule, pack: MarketPack) -> tuple[str, ...]:
    """Every signal the rule's conditions stand on, those behind derived signals included, in the order they are met."""
    conditions = [rule.when, *(one.when for one in rule.exemptions), *(one.when for one in rule.soften)]
    waiting = [name for condition in conditions for name, _wanted in condition.names()]
    met: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in met:
            met[name] = None
            waiting += [inner for inner, _wanted in pack.lexicon.derived[name].names()] if name in pack.lexicon.derived else []
    return tuple(met)


def condition(expression: Expression, pack: MarketPack) -> str:
    """A condition in the meanings of its signals, English: “a claim” and not “risks in the post”."""
    if isinstance(expression, Name):
        return f"“{pack.lexicon.signals[expression.name].meaning}”"
    if isinstance(expression, Not):
        return f"not {_inner(expression.part, pack)}"
    if isinstance(expression, All):
        return _all_of(expression, pack)
    return " or ".join(_inner(part, pack) for part in expression.parts)


def _all_of(expression: All, pack: MarketPack) -> str:
    """What must be there, then what must not: two or more absent signals are read as "none of"."""
    absent = [part.part for part in expression.parts if isinstance(part, Not) and isinstance(part.part, Name)]
    if len(absent) < 2:
        return " and ".join(_inner(part, pack) for part in expression.parts)
    none = f"none of {', '.join(condition(part, pack) for part in absent)}"
    there = [_inner(part, pack) for part in expression.parts if not (isinstance(part, Not) and isinstance(part.part, Name))]
    return f"{' and '.join(there)}, but {none}" if there else none


def _inner(part: Expression, pack: MarketPack) -> str:
    return f"({condition(part, pack)})" if isinstance(part, All | AnyOf) else condition(part, pack)


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
