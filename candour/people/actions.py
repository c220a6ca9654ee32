"""Writes of people: invitation, grants, deputies, sign-in and the secret asked for at signing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.db.models import F

from candour.core.rights import Function
from candour.people.models import Deputy, Grant, SpentForm, User

#: How long a form that was sent is remembered.
FORMS_KEPT = timedelta(days=1)


def add_person(
    *, email: str, name: str, title: str = "", language: str = "en", timezone: str = "Europe/Berlin", password: str | None = None
) -> User:
    """A new person; without a password they can't sign in until they have set one. Call inside a named act."""
    person = User(email=email.strip().lower(), name=name.strip(), title=title, language=language, timezone=timezone)
    if password is not None:
        validate_password(password, person)
    person.password = make_password(password)
    person.save(force_insert=True)
    return person


def machine(name: str) -> User:
    """The machine that acts under `name` (listener, publisher, sealer); made at first start, unable to sign in."""
    return User.objects.get(email=f"{name}@machine.invalid")


def add_machine(name: str, function: Function, at: datetime) -> User:
    """Create a machine with its one function, everywhere. Call inside a named act."""
    person = User.objects.create(email=f"{name}@machine.invalid", name=f"Candour {name}", is_machine=True, password=make_password(None))
    Grant.objects.create(person=person, function=function, valid_from=at, given_by=person, reason="part of Candour")
    return person


def give(
    person: User,
    function: Function,
    *,
    by: User,
    at: datetime,
    market: str = "",
    brand: str = "",
    account: str = "",
    until: datetime | None = None,
    reason: str = "",
) -> Grant:
    """Give a function from `at` on. Call inside a named act."""
    return Grant.objects.create(
        person=person,
        function=function,
        market=market,
        brand=brand,
        account=account,
        valid_from=at,
        valid_to=until,
        given_by=by,
        reason=reason,
    )


def set_deputy(person: User, deputy: User, *, away_from: datetime, away_to: datetime, reason: str = "") -> Deputy:
    """While `person` is away, `deputy` holds the same functions. Call inside a named act."""
    return Deputy.objects.create(person=person, deputy=deputy, away_from=away_from, away_to=away_to, reason=reason)


def set_password(person: User, password: str) -> None:
    """Store a new password after checking its strength; raises ValidationError with what is missing. Call inside a named act."""
    validate_password(password, person)
    person.password = make_password(password)
    person.save(update_fields=["password"])


def is_locked(person: User, now: datetime) -> bool:
    return person.locked_until is not None and person.locked_until > now


def check_secret(person: User, secret: str, now: datetime) -> bool:
    """True when `secret` is this person's password. Failures count; after the fifth the account rests for a quarter of an hour.

    Source: 21 CFR 11.300(d). Counted with one UPDATE, so parallel guesses can't slip past the limit.
    """
    fresh = User.objects.get(pk=person.pk)
    if not fresh.is_active or fresh.is_machine or is_locked(fresh, now):
        check_password(secret, make_password(None))  # the same time as a real check
        return False
    if check_password(secret, fresh.password):
        if fresh.failed_attempts or fresh.locked_until:
            User.objects.filter(pk=fresh.pk).update(failed_attempts=0, locked_until=None)
        return True
    User.objects.filter(pk=fresh.pk).update(failed_attempts=F("failed_attempts") + 1)
    User.objects.filter(pk=fresh.pk, failed_attempts__gte=settings.LOCK_AFTER_ATTEMPTS).update(
        failed_attempts=0, locked_until=now + timedelta(minutes=settings.LOCK_MINUTES)
    )
    return False


def find_for_sign_in(email: str) -> User | None:
    """The active person with this address, or None."""
    return User.objects.filter(email__iexact=email.strip(), is_active=True, is_machine=False).first()


def spend_form(person: User, token: str, now: datetime) -> str | None:
    """Mark a form as sent. None the first time; after that where its sender was led then. Call in the transaction of its act: a
    second sender waits for the first, and when the first act fails the mark is gone with it."""
    SpentForm.objects.filter(at__lte=now - FORMS_KEPT).delete()
    mark, new = SpentForm.objects.get_or_create(person=person, token=token, defaults={"at": now})
    return None if new else mark.answer


def keep_answer(person: User, token: str, answer: str | None) -> None:
    """Remember where a form led; None takes the mark away, because the act was refused."""
    mark = SpentForm.objects.filter(person=person, token=token)
    if answer is None:
        mark.delete()
    else:
        mark.update(answer=answer[:500])
