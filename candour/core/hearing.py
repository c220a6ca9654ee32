"""How people hear: of what kind a matter is, by which way it reaches a person, and when a digest is due.

Safety reaches everybody at once; a person chooses for everything else, and what was never chosen follows from the functions held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from candour.core.clocks import BusinessCalendar, has_passed, local_day
from candour.core.rights import Function


class Group(StrEnum):
    """Kinds of matters, as a person chooses for them."""

    SAFETY = "safety"
    REVIEWS = "reviews"
    TEXTS = "texts"
    PUBLICATION = "publication"
    CASES = "cases"
    PAUSES = "pauses"
    AUTHORITY = "authority"
    LIMITS = "limits"


class How(StrEnum):
    """`drawer`: on the page of notices only; `digest`: there, and in the next mail that gathers; `mail`: there, and by mail at once."""

    DRAWER = "drawer"
    DIGEST = "digest"
    MAIL = "mail"


class Rhythm(StrEnum):
    """When mails gather: once on a working day when it begins, or once an hour while the office is open."""

    DAILY = "daily"
    HOURLY = "hourly"


F, G, H = Function, Group, How
_AUTHOR = dict.fromkeys((G.TEXTS, G.REVIEWS, G.PUBLICATION, G.AUTHORITY, G.LIMITS), H.DIGEST)
_REVIEWER = {G.REVIEWS: H.MAIL, G.PUBLICATION: H.DIGEST, G.TEXTS: H.DIGEST}
#: What a function hears how when its holder has chosen nothing; of several functions the quickest way. Not named: the drawer.
USUAL: Mapping[Function, Mapping[Group, How]] = MappingProxyType(
    {
        F.COMMUNITY_MANAGER: {G.CASES: H.MAIL, G.PUBLICATION: H.DIGEST, G.PAUSES: H.DIGEST, G.LIMITS: H.MAIL},
        F.DRUG_SAFETY: {G.CASES: H.MAIL, G.LIMITS: H.MAIL},
        F.QUALITY: {G.CASES: H.MAIL, G.LIMITS: H.MAIL},
        F.MEDICAL_INFORMATION: {G.CASES: H.MAIL, G.LIMITS: H.MAIL},
        F.AUTHOR: {**_AUTHOR, G.PAUSES: H.MAIL},
        F.MEDICAL_REVIEWER: {**_REVIEWER, G.LIMITS: H.DIGEST},
        F.LEGAL_REVIEWER: {**_REVIEWER, G.LIMITS: H.DIGEST},
        F.REGULATORY_REVIEWER: {**_REVIEWER, G.AUTHORITY: H.DIGEST, G.LIMITS: H.DIGEST},
        F.COUNTRY_LEAD: {G.PUBLICATION: H.DIGEST, G.PAUSES: H.MAIL, G.LIMITS: H.DIGEST},
        F.COE_LEAD: {G.PAUSES: H.MAIL, G.LIMITS: H.DIGEST},
        F.ADMINISTRATOR: {G.LIMITS: H.MAIL},
    }
)  # fmt: skip
#: Who answers people outside hears within the hour, everybody else in the morning.
HOURLY = frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.QUALITY, F.MEDICAL_INFORMATION})
_QUICKEST = (How.MAIL, How.DIGEST, How.DRAWER)


def usual(functions: Iterable[Function], group: Group) -> How:
    """How the holder of these functions hears of a kind when nothing was chosen."""
    if group == Group.SAFETY:
        return How.MAIL
    ways = {USUAL.get(function, {}).get(group, How.DRAWER) for function in functions}
    return next((way for way in _QUICKEST if way in ways), How.DRAWER)


def hears(chosen: Mapping[str, str], functions: Iterable[Function], group: Group) -> How:
    """What counts: safety always by mail; else what was chosen, else the usual. A choice that is no way counts as none."""
    if group != Group.SAFETY and chosen.get(group) in set(How):
        return How(chosen[group])
    return usual(functions, group)


def rhythm_of(chosen: str, functions: Iterable[Function]) -> Rhythm:
    """The rhythm chosen, else the usual of these functions."""
    if chosen in set(Rhythm):
        return Rhythm(chosen)
    return Rhythm.HOURLY if HOURLY & set(functions) else Rhythm.DAILY


def digest_due(last: datetime | None, now: datetime, rhythm: Rhythm, hours: BusinessCalendar) -> bool:
    """Is it time for a digest: within office hours, and the last one was on an earlier day there, or an hour ago?"""
    begin, _end = next(iter(hours.open_intervals(now)), (None, None))
    if begin is None or begin > now:
        return False
    if last is None:
        return True
    if rhythm == Rhythm.HOURLY:
        return has_passed(last, timedelta(hours=1), now)
    return local_day(last, hours.timezone) != local_day(now, hours.timezone)
