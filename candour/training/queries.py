"""Reads of certificates and attempts."""

from __future__ import annotations

from datetime import datetime

from candour.people.models import User
from candour.training.models import Attempt, Certificate

#: The course whose certificate opens the right to speak.
GATE_COURSE = "basics"


def last_certificate(person: User, course: str) -> Certificate | None:
    """The certificate that lasts longest, valid or not."""
    return Certificate.objects.filter(person=person, course=course).order_by("-expires_at").first()


def valid_certificate(person: User, course: str, at: datetime) -> Certificate | None:
    """A certificate that holds at an instant."""
    return Certificate.objects.filter(person=person, course=course, expires_at__gt=at, issued_at__lte=at, revoked_at=None).first()


def open_attempt(person: User, course: str) -> Attempt | None:
    """An unfinished run through a course, newest first."""
    return Attempt.objects.filter(person=person, course=course, finished_at=None).order_by("-started_at").first()
