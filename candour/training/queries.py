"""Reads of certificates and attempts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, DateTimeField, QuerySet

from candour.core.reading import once_per_reading
from candour.people.models import User
from candour.people.prepared import Given, Prepared
from candour.training.models import Attempt, Certificate

#: The course whose certificate opens the right to speak.
GATE_COURSE = "basics"


def last_certificate(person: User, course: str) -> Certificate | None:
    """The certificate that lasts longest, valid or not."""
    return Certificate.objects.filter(person=person, course=course).order_by("-expires_at").first()


def _valid() -> QuerySet[Certificate]:
    at = Given("at", DateTimeField())
    valid = Certificate.objects.filter(person=Given("person"), course=Given("course", CharField()), expires_at__gt=at, issued_at__lte=at)
    return valid.filter(revoked_at=None).order_by("pk")[:1]


_VALID = Prepared(_valid)


@once_per_reading
def valid_certificate(person: User, course: str, at: datetime) -> Certificate | None:
    """A certificate that holds at an instant."""
    return next(iter(_VALID.ask(person=person.pk, course=course, at=at)), None)


def open_attempt(person: User, course: str) -> Attempt | None:
    """An unfinished run through a course, newest first."""
    return Attempt.objects.filter(person=person, course=course, finished_at=None).order_by("-started_at").first()


def last_attempt(person: User, course: str) -> Attempt | None:
    """The newest run through a course, finished or not."""
    return Attempt.objects.filter(person=person, course=course).order_by("-started_at", "-pk").first()


def attempt_of(person: User, pk: int) -> Attempt | None:
    """One of this person's own runs."""
    return Attempt.objects.filter(person=person, pk=pk).first()


def attempts_of(person: User, course: str) -> QuerySet[Attempt]:
    """This person's runs through a course, newest first."""
    return Attempt.objects.filter(person=person, course=course).order_by("-started_at", "-pk")


def certificate(pk: int) -> Certificate | None:
    """A certificate with its holder; who may see it is asked by the caller."""
    return Certificate.objects.select_related("person", "attempt").filter(pk=pk).first()


def certificate_from(attempt: Attempt) -> Certificate | None:
    """The certificate a run earned."""
    return Certificate.objects.filter(attempt=attempt).first()
