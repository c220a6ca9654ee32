"""Signing in and out. A refusal never tells whether the address or the password was wrong, nor whose account rests."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from candour.core.passkeys import NotProven
from candour.flows import second_step_rules, sessions
from candour.flows.answers import Refusal
from candour.flows.second_step import open_with, steps_of
from candour.journal.acting import acting, note
from candour.journal.queries import is_demo
from candour.people import passkeys
from candour.people.actions import check_secret, find_for_sign_in, is_locked
from candour.people.models import User
from candour.people.queries import demo_person, people

log = logging.getLogger(__name__)

#: Between password and second step; the session says whose password was right.
HALF_FOR, _HALF = timedelta(minutes=10), "half"
#: In the session of somebody of whom a second step is asked and who has none yet.
OWES = "owes_second_step"
DEMO_CARD = "demo card"

#: A request that carries one of these came through somebody else's door, whatever its last hop was.
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def sign_in(request: HttpRequest, email: str, password: str, now: datetime) -> bool:
    """The first step, under a fresh session key. True: the person is in; False: a second step is still asked for, and nobody is in yet.

    Raises Refusal, in the same words and after the same work, for every reason. An attempt on a known address is journaled in that
    person's name until the account rests. An unknown address leaves one line in the log without the address: strangers must not be able
    to fill a record that is never emptied.
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
    if steps_of(person).any:
        _half_open(request, person, now)
        return False
    _open(request, person, "password", now)
    return True


def _refusal() -> Refusal:
    return Refusal(
        _("That e-mail and password don't open an account."),
        remedy=_("After %(count)s wrong passwords an account rests for %(minutes)s minutes. Your administrator can set a new password.")
        % {"count": settings.LOCK_AFTER_ATTEMPTS, "minutes": settings.LOCK_MINUTES},
    )


def _half_open(request: HttpRequest, person: User, now: datetime) -> None:
    """Remember in a fresh session whose password was right; that opens no page."""
    request.session.flush()
    request.session[_HALF] = {"person": person.pk, "until": (now + HALF_FOR).timestamp(), "mark": person.get_session_auth_hash()}
    request.session.cycle_key()
    _note(person, "person.sign_in_half", "Password right at sign-in; a second step is asked for.")


def half_in(request: HttpRequest, now: datetime) -> User | None:
    """Whose password was right in this browser within the last ten minutes, and has not changed since."""
    said = request.session.get(_HALF)
    if not said or said["until"] <= now.timestamp():
        return None
    person = people().filter(pk=said["person"]).first()
    return person if person is not None and constant_time_compare(said["mark"], person.get_session_auth_hash()) else None


def second_step(request: HttpRequest, words: str, now: datetime) -> User:
    """The second step with a code of the app or a recovery code; then the person is in. Raises Refusal, and the half-open door stays so."""
    person = half_in(request, now)
    if person is None:
        raise anew()
    method = open_with(person, words, now)
    return _open(request, person, f"password and {method}", now)


def anew() -> Refusal:
    """The half-open door has closed."""
    return Refusal(_("The ten minutes for the second step are over."), remedy=_("Sign in anew."), remedy_url=reverse("sign-in"))


def ask_passkey(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What a browser at the door asks its passkeys for: those of the person whose password was right, or anybody's."""
    return passkeys.ask_to_prove(half_in(request, now), passkeys.SIGN_IN, "", now)


def sign_in_by_passkey(request: HttpRequest, words: str, now: datetime) -> User:
    """In by passkey, as the second step or at once: it knows its user, so it is two components. Raises Refusal in the same words always."""
    try:
        key = passkeys.owner_of(words)
    except NotProven:
        key = None
    if key is None:
        log.warning("Sign-in refused: no passkey we know.")
        raise _no_passkey()
    person, half = key.person, half_in(request, now)
    if is_locked(person, now):
        raise _no_passkey()
    try:
        passkeys.use(person, words, passkeys.SIGN_IN, "", now)
    except NotProven as fault:
        _note(person, "person.sign_in_refused", f"A passkey at sign-in proved nothing: {fault}")
        raise _no_passkey() from None
    return _open(request, person, "password and passkey" if half == person else "passkey", now)


def _no_passkey() -> Refusal:
    return Refusal(_("This passkey does not open an account."), remedy=_("Try once more, or sign in with your password."))


def _open(request: HttpRequest, person: User, method: str, now: datetime) -> User:
    request.session.pop(_HALF, None)
    with acting(person, "person.sign_in", method):
        login(request, person)
        sessions.begin(request, person, method, now)
        note("people_user", str(person.pk), f"Signed in by {method}.")
    if method != DEMO_CARD and second_step_rules.owes(person, now):
        request.session[OWES] = True
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
    return _open(request, person, DEMO_CARD, now)


def sign_out(request: HttpRequest) -> None:
    """End the session; nothing happens when there is none."""
    person = request.user
    if isinstance(person, User):
        _note(person, "person.sign_out", "Signed out.")
        sessions.forget(request.session.session_key or "")
    logout(request)
