"""Of whom a second step is asked, and its reset for somebody who has lost it: acts of an administrator, signed and on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from candour.core.rights import Function
from candour.flows import sessions
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.invitations import INVITABLE
from candour.flows.proof import proven
from candour.flows.second_step import forget_all, steps_of
from candour.journal.acting import acting
from candour.journal.signatures import Secret
from candour.people.models import CodeApp, Passkey, SecondStepRule, User
from candour.people.queries import people
from candour.people.rights import Place, held_by

EVERYWHERE = Place("")


def asked_of() -> set[str]:
    """Functions whose holders sign in with a second step."""
    return set(SecondStepRule.objects.filter(ended_at=None).values_list("function", flat=True))


def owes(person: User, now: datetime) -> bool:
    """Does this person hold such a function, also as a deputy, and have no second step yet?"""
    asked = asked_of()
    return bool(asked) and any(held.function in asked for held in held_by(person, now)) and not steps_of(person).any


def ask_of(by: User, functions: Iterable[str], secret: Secret, now: datetime) -> None:
    """Ask a second step of exactly these functions from their holders' next sign-in on."""
    ask_at(by, "people.change", EVERYWHERE, now)
    wanted = set(functions)
    if wanted - {function.value for function in INVITABLE}:
        raise Refusal(_("Choose among the functions shown."), status=400)
    proven(by, secret, now)
    with acting(by, "people.second_step_rule"):
        SecondStepRule.objects.filter(ended_at=None).exclude(function__in=wanted).update(ended_at=now, ended_by=by)
        for function in sorted(wanted - asked_of()):
            SecondStepRule.objects.create(function=Function(function), asked_by=by, asked_at=now)


def with_step(persons: Collection[User]) -> set[int]:
    """Whoever of these has a second step."""
    keys = [person.pk for person in persons]
    apps = CodeApp.objects.filter(person__in=keys, removed_at=None, confirmed_at__isnull=False).values_list("person", flat=True)
    return {*apps, *Passkey.objects.filter(person__in=keys, removed_at=None).values_list("person", flat=True)}


def reset(by: User, pk: int, reason: str, secret: Secret, now: datetime) -> User:
    """Take away somebody's app, passkeys and recovery codes, and end their sessions; they sign in by password and set up anew."""
    ask_at(by, "people.change", EVERYWHERE, now)
    person = people().filter(pk=pk).first()
    if person is None:
        raise Refusal(_("There is no such person."), status=404)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    if person.pk == by.pk:
        raise Refusal(_("Somebody else resets yours; what you have you remove under “Your sign-in”."), status=409)
    proven(by, secret, now)
    with acting(by, "people.second_step_reset", reason.strip()[:300]):
        forget_all(person, now)
        sessions.end_all(person, by, now)
    return person
