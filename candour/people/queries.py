"""Reads of people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from candour.people.models import User


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


def actors() -> QuerySet[User]:
    """Everybody who can stand in the journal: people of all times and machines."""
    return User.objects.order_by("is_machine", "name")
