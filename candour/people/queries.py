"""Reads of people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from candour.core.rights import Function
from candour.people.models import Deputy, Grant, User
from candour.people.rights import Held, Place, may


def people() -> QuerySet[User]:
    """Everybody who can be named as owner, deputy or reviewer, by name; machines are no people."""
    return User.objects.filter(is_machine=False, is_active=True).order_by("name", "pk")


def demo_person(person_id: str) -> User | None:
    """The person behind a demo card, or None."""
    return people().filter(pk=person_id).first() if person_id.isdecimal() else None


def by_address(addresses: Iterable[str]) -> dict[str, User]:
    """People by their address in lower case."""
    wanted = [address.strip().lower() for address in addresses]
    return {person.email.lower(): person for person in people().filter(email__in=wanted)}


def machines() -> QuerySet[User]:
    """The machines that act under their own names."""
    return User.objects.filter(is_machine=True)


def actors() -> QuerySet[User]:
    """Everybody who can stand in the journal: people of all times and machines."""
    return User.objects.order_by("is_machine", "name")


def away_now(at: datetime) -> dict[int, Deputy]:
    """Who is away and who stands in for them, by the person away."""
    return {row.person_id: row for row in Deputy.objects.filter(away_from__lte=at, away_to__gt=at).select_related("deputy")}


def everyone_held(at: datetime) -> dict[User, tuple[Held, ...]]:
    """What `held_by` answers, for everybody at once and with three queries; people without any grant are in it too."""
    everyone = list(people())
    given: dict[int, list[Grant]] = {}
    current = Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at, person__is_active=True)
    for grant in current.order_by("pk"):
        given.setdefault(grant.person_id, []).append(grant)
    stands_for: dict[int, set[int]] = {}
    for person_id, deputy_id in Deputy.objects.filter(away_from__lte=at, away_to__gt=at).values_list("person_id", "deputy_id"):
        stands_for.setdefault(deputy_id, set()).add(person_id)
    return {person: tuple(_held(person.pk, {person.pk} | stands_for.get(person.pk, set()), given)) for person in everyone}


def _held(me: int, for_whom: Iterable[int], given: dict[int, list[Grant]]) -> Iterable[Held]:
    for person_id in sorted(for_whom):
        for grant in given.get(person_id, []):
            deputy_for = person_id if person_id != me else None
            yield Held(Function(grant.function), grant.market, grant.brand, grant.account, deputy_for)


def who_may(acts: Iterable[str], place: Place, at: datetime) -> dict[str, list[tuple[User, bool]]]:
    """For each act who may do it there, by name; the flag says that somebody may only as deputy."""
    held = everyone_held(at)
    answer: dict[str, list[tuple[User, bool]]] = {}
    for act in acts:
        able = [person for person, grants in held.items() if may(grants, act, place)]
        answer[act] = [(person, not may([g for g in held[person] if g.deputy_for is None], act, place)) for person in able]
    return answer
