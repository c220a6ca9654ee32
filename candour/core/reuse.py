"""May a proven message be used in another market? Differences in, one answer out: live with one signature, ask these roles, or refused.

Nothing here reads a database or a rule: who calls it says what differs. The roles that a difference asks stand in the tables below.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from candour.core.review import ReviewRole
from candour.core.terms import Severity

#: How many words a minute somebody reads who answers for them, and the minutes a question and a signature cost. Own estimates.
WORDS_A_MINUTE = 120
QUESTION_MINUTES = 4
SIGNING_MINUTES = 2


class Answer(StrEnum):
    LIVE = "live"
    ASK = "ask"
    REFUSED = "refused"


class Aspect(StrEnum):
    """In what two markets can differ for one message."""

    TEXT = "text"
    RULE = "rule"
    STATUS = "status"
    LABEL = "label"
    AUDIENCE = "audience"
    CHANNEL = "channel"


#: What a rule looks at (the group of its signals) and the role that answers for it. Groups that are left out decide nothing by themselves.
ROLE_OF_MATTER: Mapping[str, ReviewRole] = MappingProxyType(
    {
        "claim": ReviewRole.MEDICAL,
        "risk": ReviewRole.MEDICAL,
        "use": ReviewRole.MEDICAL,
        "heard": ReviewRole.MEDICAL,
        "author": ReviewRole.LEGAL,
        "corp": ReviewRole.LEGAL,
        "disclosure": ReviewRole.LEGAL,
        "reply": ReviewRole.LEGAL,
        "style": ReviewRole.LEGAL,
        "flag": ReviewRole.REGULATORY,
        "status": ReviewRole.REGULATORY,
        "text": ReviewRole.REGULATORY,
    }
)
#: A rule about nothing but the medicine's name, the reader or the act is a matter of what may be said where.
ROLE_OF_OTHER_RULES = ReviewRole.REGULATORY
#: The roles of the other aspects; None stands for everybody on the route of the message.
ROLES_OF_ASPECT: Mapping[Aspect, tuple[ReviewRole, ...] | None] = MappingProxyType(
    {
        Aspect.TEXT: None,
        Aspect.AUDIENCE: None,
        Aspect.LABEL: (ReviewRole.MEDICAL,),
        Aspect.STATUS: (ReviewRole.REGULATORY,),
        Aspect.CHANNEL: (),
    }
)


@dataclass(frozen=True, slots=True)
class Side:
    """A message as it stands in one market. `label` holds what the label says by part, `status` is empty where no product is named."""

    market: str
    lang: str
    audience: str
    network: str
    status: str = ""
    flags: frozenset[str] = frozenset()
    label: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleFound:
    """A rule of the target market that counts there and did not at home. `missing` and `shown` are groups of signals."""

    rule: str
    severity: Severity
    missing: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: which, about what, whom it concerns. `blocks` refuses the reuse; `adapts` waits for the author."""

    aspect: Aspect
    about: str
    roles: tuple[ReviewRole, ...]
    before: str = ""
    after: str = ""
    blocks: bool = False
    adapts: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `asked` is each role with its differences, `refused_by` the rules that forbid it, `adapt` what the author mends first."""

    answer: Answer
    asked: tuple[tuple[ReviewRole, tuple[Difference, ...]], ...]
    refused_by: tuple[str, ...]
    adapt: tuple[Difference, ...]
    signatures: int
    minutes: int

    @property
    def roles(self) -> tuple[ReviewRole, ...]:
        return tuple(role for role, _about in self.asked)


def roles_of_rule(found: RuleFound) -> tuple[ReviewRole, ...]:
    """Who answers for a rule: by what it misses, else by the words it marks, else regulatory. Rules ask one role or several, never none."""
    for groups in (found.missing, found.shown):
        roles = {ROLE_OF_MATTER[group] for group in groups if group in ROLE_OF_MATTER}
        if roles:
            return _in_order(roles)
    return (ROLE_OF_OTHER_RULES,)


def differences(
    source: Side,
    target: Side,
    rules: Iterable[RuleFound],
    route: Sequence[ReviewRole],
    *,
    text: tuple[str, str] | None = None,
    too_long: tuple[int, int] | None = None,
) -> tuple[Difference, ...]:
    """Everything that differs between two ends. `route` is whom a new message would need in the target market.

    `text` is (before, after) where the words are not proven the same, `too_long` (letters, limit) where the channel takes no text so long.
    """
    found = [_rule(one) for one in rules if one.severity != Severity.ADVICE]
    if text is not None:
        found.append(_aspect(Aspect.TEXT, route, *text))
    if source.audience != target.audience:
        found.append(_aspect(Aspect.AUDIENCE, route, source.audience, target.audience))
    if (source.status, source.flags) != (target.status, target.flags):
        found.append(_aspect(Aspect.STATUS, route, _status(source), _status(target)))
    if parts := _other_parts(source, target):
        found.append(_aspect(Aspect.LABEL, route, _said(source, parts), _said(target, parts), ",".join(parts)))
    if too_long is not None:
        found.append(Difference(Aspect.CHANNEL, target.network, (), str(too_long[0]), str(too_long[1]), adapts=True))
    return tuple(sorted(found, key=lambda one: (not one.blocks, list(Aspect).index(one.aspect), one.about)))


def _rule(found: RuleFound) -> Difference:
    return Difference(Aspect.RULE, found.rule, roles_of_rule(found), blocks=found.severity == Severity.BLOCK)


def _aspect(aspect: Aspect, route: Sequence[ReviewRole], before: str, after: str, about: str = "") -> Difference:
    roles = ROLES_OF_ASPECT[aspect]
    return Difference(aspect, about or aspect.value, _in_order(route) if roles is None else roles, before, after)


def _other_parts(source: Side, target: Side) -> list[str]:
    """Parts of the label that say something else, or stand on one side only."""
    here, there = dict(source.label), dict(target.label)
    return [part for part in {**here, **there} if _plain(here.get(part, "")) != _plain(there.get(part, ""))]


def _said(side: Side, parts: Sequence[str]) -> str:
    said = dict(side.label)
    return "; ".join(said[part] for part in parts if part in said)


def _status(side: Side) -> str:
    return ", ".join([side.status, *sorted(side.flags)])


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _in_order(roles: Iterable[ReviewRole]) -> tuple[ReviewRole, ...]:
    given = set(roles)
    return tuple(role for role in ReviewRole if role in given)


def decide(found: Sequence[Difference], words: int) -> Decision:
    """The answer to these differences, for a message of so many words.

    A difference that blocks refuses, whatever else differs. Otherwise each role of a difference is asked about its own differences, and
    nobody else; without any, one local signature will do.
    """
    adapt = tuple(one for one in found if one.adapts)
    blocking = tuple(one.about for one in found if one.blocks)
    if blocking:
        return Decision(Answer.REFUSED, (), blocking, adapt, 0, 0)
    asked = tuple((role, mine) for role in ReviewRole if (mine := tuple(one for one in found if role in one.roles)))
    reading = math.ceil(words / WORDS_A_MINUTE)
    if not asked:
        return Decision(Answer.LIVE, (), (), adapt, 1, reading + SIGNING_MINUTES)
    minutes = sum(reading + SIGNING_MINUTES + QUESTION_MINUTES * len(mine) for _role, mine in asked)
    return Decision(Answer.ASK, asked, (), adapt, len(asked), minutes)
