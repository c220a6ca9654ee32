"""Who may speak: the reader's own certificate with what it opens, and the team's, those who lost theirs first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from candour.core.rights import NEEDS_CERTIFICATE, functions_for
from candour.insight.queries import GRANT_SIDES, certificate_state, certificates_of, certified_functions
from candour.people.models import Grant, User
from candour.people.rights import Held, markets_for, visible

#: People a team view shows; those with a valid certificate are the ones left out first.
MOST_PEOPLE = 200
#: Grants read to find them.
MOST_GRANTS = 4000
_URGENCY = ("lapsed", "missing", "lapsing", "valid")


@dataclass(frozen=True, slots=True)
class Opened:
    """An act a certificate opens, and the markets where the reader's functions allow it; `markets` empty: all of them."""

    act: str
    markets: tuple[str, ...]


def opened_by_certificate(held: Iterable[Held]) -> list[Opened]:
    """What the reader may do with a valid certificate and may not do without one, in a fixed order."""
    grants = tuple(held)
    mine = [act for act in sorted(NEEDS_CERTIFICATE) if any(grant.function in functions_for(act) for grant in grants)]
    return [Opened(act, tuple(sorted(markets_for(grants, act) or ()))) for act in mine]


@dataclass(frozen=True, slots=True)
class Member:
    """A person whose functions need a certificate; `until` is when the longest one ends or ended, None when there never was one."""

    person: User
    functions: tuple[str, ...]
    markets: tuple[str, ...]
    until: datetime | None
    state: str


def team(held: Iterable[Held], now: datetime) -> list[Member]:
    """People the reader answers for, most urgent first: lapsed, never certified, lapsing within 30 days, valid."""
    given = Grant.objects.filter(visible(held, "people.see", GRANT_SIDES), function__in=certified_functions(), valid_from__lte=now)
    current = given.filter(Q(valid_to=None) | Q(valid_to__gt=now), person__is_active=True, person__is_machine=False)
    grants: dict[User, list[Grant]] = {}
    for grant in current.select_related("person").order_by("person__name", "person_id", "pk")[:MOST_GRANTS]:
        grants.setdefault(grant.person, []).append(grant)
    until = certificates_of(person.pk for person in grants)
    members = [_member(person, found, until.get(person.pk), now) for person, found in grants.items()]
    return sorted(members, key=lambda member: (_URGENCY.index(member.state), member.until or now, member.person.name))[:MOST_PEOPLE]


def _member(person: User, grants: list[Grant], until: datetime | None, now: datetime) -> Member:
    functions = tuple(dict.fromkeys(grant.function for grant in grants))
    markets = () if any(not grant.market for grant in grants) else tuple(sorted({grant.market for grant in grants}))
    return Member(person, functions, markets, until, certificate_state(until, now))


def counted(members: Iterable[Member]) -> dict[str, int]:
    """How many of them are in each state."""
    states = [member.state for member in members]
    return {state: states.count(state) for state in _URGENCY}
