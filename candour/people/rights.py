"""Rights written once, compiled twice: `may_see` for one thing, `visible` for a query. A property test holds the two equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, Q, QuerySet

from candour.core.reading import once_per_reading
from candour.core.rights import Function, functions_for
from candour.people.models import Deputy, Grant, User
from candour.people.prepared import Given, Prepared


@dataclass(frozen=True, slots=True)
class Held:
    """One grant as it counts now: the function, where it holds (empty means everywhere), and for whom when held as deputy."""

    function: Function
    market: str = ""
    brand: str = ""
    account: str = ""
    deputy_for: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing belongs. None: the thing has no such side, so any grant covers it; an empty text: not known, only a wide grant does."""

    market: str | None = None
    brand: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """Names of the query fields that hold market, brand and account of a model; None where it has no such side."""

    market: str | None = "market"
    brand: str | None = None
    account: str | None = None


def _grants() -> QuerySet[Grant, tuple[str, str, str, str, int]]:
    person, at = Given("person"), Given("at", DateTimeField())
    away = Deputy.objects.filter(deputy=person, away_from__lte=at, away_to__gt=at).values("person")
    grants = Grant.objects.filter(Q(person=person) | Q(person__in=away, person__is_active=True), valid_from__lte=at)
    current = grants.filter(Q(valid_to=None) | Q(valid_to__gt=at)).order_by("pk")
    return current.values_list("function", "market", "brand", "account", "person_id")


_GRANTS = Prepared(_grants)


@once_per_reading
def held_by(person: User, at: datetime) -> tuple[Held, ...]:
    """Grants that count for `person` at `at`: own ones and those of people whose deputy they are."""
    if not person.is_active:
        return ()
    return tuple(
        Held(Function(function), market, brand, account, of if of != person.pk else None)
        for function, market, brand, account, of in _GRANTS.ask(person=person.pk, at=at)
    )


def _side_covered(granted: str, actual: str | None) -> bool:
    return not granted or actual is None or granted == actual


def covers(grant: Held, place: Place) -> bool:
    """True when the grant holds where the thing belongs."""
    return (
        _side_covered(grant.market, place.market)
        and _side_covered(grant.brand, place.brand)
        and _side_covered(grant.account, place.account)
    )


def may(held: Iterable[Held], act: str, place: Place) -> bool:
    """May somebody with these grants do `act` there? Certificates are asked for separately, at the moment of the act."""
    wanted = functions_for(act)
    return any(grant.function in wanted and covers(grant, place) for grant in held)


def visible(held: Iterable[Held], act: str, sides: Sides) -> Q:
    """The same right as a filter; nothing matches when no grant allows the act."""
    wanted, answer = functions_for(act), Q(pk__in=[])
    for grant in held:
        if grant.function in wanted:
            answer |= _covered(grant, sides)
    return answer


def _covered(grant: Held, sides: Sides) -> Q:
    answer = ~Q(pk__in=[])
    for granted, side in ((grant.market, sides.market), (grant.brand, sides.brand), (grant.account, sides.account)):
        if granted and side:
            answer &= Q(**{side: granted})
    return answer


def markets_for(held: Iterable[Held], act: str) -> frozenset[str] | None:
    """Markets in which `act` is allowed; None when it is allowed in all of them."""
    wanted = functions_for(act)
    markets = {grant.market for grant in held if grant.function in wanted}
    return None if "" in markets else frozenset(markets)


def holders(act: str, place: Place, at: datetime) -> list[User]:
    """The reverse question: who may do `act` there at `at` (deputies included), by name."""
    people = User.objects.filter(is_active=True, is_machine=False).order_by("name")
    return [person for person in people if may(held_by(person, at), act, place)]
