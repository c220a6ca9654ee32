"""Signing in and out. A refusal never tells whether the address or the password was wrong, nor whose account rests."""

from __future__ import annotations

import logging
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.journal.acting import acting, note
from candour.journal.queries import is_demo
from candour.people.actions import check_secret, find_for_sign_in, is_locked
from candour.people.models import User
from candour.people.queries import demo_person

log = logging.getLogger(__name__)

#: A request that carries one of these came through somebody else's door, whatever its last hop was.
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def sign_in(request: HttpRequest, email: str, password: str, now: datetime) -> User:
    """Sign a person in under a fresh session key. Raises Refusal, in the same words and after the same work, for every reason.

    An attempt on a known address is journaled in that person's name until the account rests. An unknown address leaves one line in the
    log without the address: strangers must not be able to fill a record that is never emptied.
    """
    person = find_for_sign_in(email)
    if person is None:
        check_password(password, make_password(None))  # the same time as a real check
        log.warning("Sign-in refused: unknown address.")
        raise _refusal()
    resting = is_locked(person, now)
    if not check_secret(person, password, now):
        if not resting:
            _note(person, "person.sign_in_refused", "Wrong password at sign-in.")
        raise _refusal()
    return _open(request, person, "password")


def _refusal() -> Refusal:
    return Refusal(
        _("That e-mail and password don't open an account."),
        remedy=_("After %(count)s wrong passwords an account rests for %(minutes)s minutes. Your administrator can set a new password.")
        % {"count": settings.LOCK_AFTER_ATTEMPTS, "minutes": settings.LOCK_MINUTES},
    )


def _open(request: HttpRequest, person: User, method: str) -> User:
    with acting(person, "person.sign_in", method):
        login(request, person)
        note("people_user", str(person.pk), f"Signed in by {method}.")
    return person


def _note(person: User, act: str, words: str) -> None:
    with acting(person, act):
        note("people_user", str(person.pk), words)


def offers_demo_people(request: HttpRequest) -> bool:
    """May this request see the demo company's people as cards? Only in a demo installation, and only on the machine it runs on."""
    return is_demo() and from_this_machine(request)


def from_this_machine(request: HttpRequest) -> bool:
    """Was this asked on the machine Candour runs on, and not through somebody's door?"""
    if any(header in request.META for header in _FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def sign_in_as(request: HttpRequest, person_id: str, now: datetime) -> User:
    """One click on a demo card. Refused in every other installation and from every other machine."""
    if not offers_demo_people(request):
        raise Refusal(_("People are signed in by one click only in a demo on your own machine."), remedy=_("Sign in with your password."))
    person = demo_person(person_id)
    if person is None or is_locked(person, now):
        raise Refusal(_("This person can't sign in."), status=404)
    return _open(request, person, "demo card")


def sign_out(request: HttpRequest) -> None:
    """End the session; nothing happens when there is none."""
    person = request.user
    if isinstance(person, User):
        _note(person, "person.sign_out", "Signed out.")
    logout(request)
