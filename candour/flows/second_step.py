"""The second step of a person: an authenticator app, recovery codes, and what a code at the door is worth. Passkeys are beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from candour.core import codes
from candour.core.passkeys import NotProven
from candour.core.vault import KeyGone
from candour.flows.answers import Refusal
from candour.flows.proof import proven
from candour.journal.acting import acting, note
from candour.journal.keys import vault
from candour.journal.signatures import Secret
from candour.people import passkeys
from candour.people.actions import is_locked
from candour.people.models import CodeApp, Passkey, RecoveryCode, User

log = logging.getLogger(__name__)

#: How long a new app may wait for its first code.
CONFIRM_WITHIN = timedelta(minutes=15)
CODE, RECOVERY = "code", "recovery code"


@dataclass(frozen=True, slots=True)
class Steps:
    """What a person has beside the password."""

    app: CodeApp | None
    passkeys: tuple[Passkey, ...]
    codes_left: int

    @property
    def any(self) -> bool:
        """Is there a second step? Recovery codes alone are none."""
        return self.app is not None or bool(self.passkeys)


def steps_of(person: User) -> Steps:
    """What counts for this person now."""
    return Steps(_app(person), tuple(passkeys.passkeys_of(person)), _codes(person).count())


def _app(person: User) -> CodeApp | None:
    return CodeApp.objects.filter(person=person, removed_at=None, confirmed_at__isnull=False).first()


def _codes(person: User):  # type: ignore[no-untyped-def]
    return RecoveryCode.objects.filter(person=person, used_at=None, void_at=None)


# the authenticator app


def begin_app(by: User, secret: Secret, now: datetime) -> str:
    """A new key for an authenticator app; nothing is asked for at the door until a first code proves that the app has it."""
    proven(by, secret, now)
    key = codes.new_key()
    with acting(by, "person.app_begin"):
        _forget_apps(by, now, confirmed=False)
        name = vault().ensure(f"sign-in-{by.pk}")
        CodeApp.objects.create(person=by, vault=name, sealed=vault().close(name, key), added_at=now)
    return key


def waiting_app(person: User, now: datetime) -> CodeApp | None:
    """The app that waits for its first code."""
    rows = CodeApp.objects.filter(person=person, removed_at=None, confirmed_at=None, added_at__gt=now - CONFIRM_WITHIN)
    return rows.order_by("-pk").first()


def confirm_app(by: User, code: str, now: datetime) -> None:
    """Let the new app count, and the one before it no longer. A wrong code counts as one at the door does."""
    _refuse_resting(by, now)
    row = waiting_app(by, now)
    if row is None:
        raise Refusal(_("No app waits for its first code; begin once more."), status=409)
    step = codes.step_of(_key(row), code, now, row.last_step)
    if step is None:
        count_wrong(by, now)
        raise Refusal(_("That is not the code the app shows now."), remedy=_("Check the clock of your telephone, then try the next code."))
    with acting(by, "person.app_add"):
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        _forget_apps(by, now, confirmed=True)
        if not CodeApp.objects.filter(pk=row.pk, confirmed_at=None, removed_at=None).update(confirmed_at=now, last_step=step):
            raise Refusal(_("No app waits for its first code; begin once more."), status=409)


def remove_app(by: User, secret: Secret, now: datetime) -> None:
    """Its codes open nothing from now on, and its key is gone."""
    proven(by, secret, now)
    with acting(by, "person.app_remove"):
        _forget_apps(by, now, confirmed=True)


def _forget_apps(person: User, now: datetime, *, confirmed: bool) -> None:
    rows = CodeApp.objects.filter(person=person, removed_at=None, confirmed_at__isnull=not confirmed)
    rows.update(removed_at=now, sealed=b"")


def _key(row: CodeApp) -> str:
    try:
        return vault().open(row.vault, row.sealed)
    except KeyGone:
        log.error("The key %s of an authenticator app is not on this machine: restore the keys, or reset the second step.", row.vault)
        raise Refusal(
            _("Your app can't be checked: its key is not on this machine."), remedy=_("Your administrator resets your second step.")
        ) from None


# passkeys


def begin_passkey(by: User, secret: Secret, now: datetime) -> dict[str, object]:
    """Options for a new passkey, for somebody who has just proven who they are."""
    proven(by, secret, now)
    if passkeys.passkeys_of(by).count() >= passkeys.MOST_PASSKEYS:
        raise Refusal(_("Ten passkeys are the most; remove one first."), status=409)
    return passkeys.ask_to_register(by, now)


def add_passkey(by: User, words: str, name: str, now: datetime) -> Passkey:
    """Keep the passkey that the browser made."""
    name = " ".join(name.split())[:60] or _("Passkey")
    with _passkey_words():
        return _keep_passkey(by, words, name, now)


def _keep_passkey(by: User, words: str, name: str, now: datetime) -> Passkey:
    asked = passkeys.take_registration(by, words, now)
    with acting(by, "person.passkey_add", name):
        return passkeys.register(by, asked, words, name, now)


@contextmanager
def _passkey_words() -> Iterator[None]:
    try:
        yield
    except NotProven as fault:
        log.warning("A new passkey was refused: %s", fault)
        raise Refusal(_("The passkey was not added; begin once more."), remedy=_("Nothing was changed."), status=403) from None


def remove_passkey(by: User, pk: int, secret: Secret, now: datetime) -> None:
    """From now on it opens nothing; what was signed with it stays signed."""
    key = passkeys.passkeys_of(by).filter(pk=pk).first()
    if key is None:
        raise Refusal(_("There is no such passkey."), status=404)
    proven(by, secret, now)
    with acting(by, "person.passkey_remove", key.name):
        passkeys.remove(key, now)


# recovery codes


def make_codes(by: User, secret: Secret, now: datetime) -> list[str]:
    """Ten new recovery codes, to be shown once; those from before are void."""
    if not steps_of(by).any:
        raise Refusal(_("Add an app or a passkey first; recovery codes stand in for them."), status=409)
    proven(by, secret, now)
    fresh = codes.new_recovery_codes()
    with acting(by, "person.recovery_codes"):
        _codes(by).update(void_at=now)
        for code in fresh:
            RecoveryCode.objects.create(person=by, digest=codes.recovery_digest(code), made_at=now)
    return fresh


# at the door


def open_with(person: User, words: str, now: datetime) -> str:
    """Spend a code: which kind it was. Refused, counted and on record when it is none, when it was used, and while the account rests."""
    _refuse_resting(person, now)
    method = RECOVERY if codes.looks_like_recovery(words) else CODE
    spent = _spend_recovery(person, words, now) if method == RECOVERY else _spend_code(person, words, now)
    if not spent:
        count_wrong(person, now)
        with acting(person, "person.second_step_refused"):
            note("people_user", str(person.pk), f"Wrong or used {method} at sign-in.")
        raise Refusal(_("That code does not open the door."), remedy=_("Each code works once; wait for the next one."))
    User.objects.filter(pk=person.pk).update(failed_codes=0)
    return method


def _spend_code(person: User, words: str, now: datetime) -> bool:
    row = _app(person)
    if row is None:
        return False
    step = codes.step_of(_key(row), words, now, row.last_step)
    fresh = CodeApp.objects.filter(pk=row.pk, removed_at=None, last_step__lt=step or 0)
    return step is not None and bool(fresh.update(last_step=step, last_used_at=now))


def _spend_recovery(person: User, words: str, now: datetime) -> bool:
    if not steps_of(person).any:
        return False
    with acting(person, "person.recovery_code"):
        return bool(_codes(person).filter(digest=codes.recovery_digest(words)).update(used_at=now))


def _refuse_resting(person: User, now: datetime) -> None:
    if is_locked(User.objects.get(pk=person.pk), now):
        raise Refusal(_("Too many wrong secrets. The account rests for a quarter of an hour."))


def count_wrong(person: User, now: datetime) -> None:
    """Wrong codes are counted apart from wrong passwords, so that a right password in between does not begin the count anew."""
    User.objects.filter(pk=person.pk).update(failed_codes=F("failed_codes") + 1)
    User.objects.filter(pk=person.pk, failed_codes__gte=settings.LOCK_AFTER_ATTEMPTS).update(
        failed_codes=0, locked_until=now + timedelta(minutes=settings.LOCK_MINUTES)
    )


# by an administrator


def forget_all(person: User, now: datetime) -> None:
    """Take away app, passkeys and codes of a person. Call inside a named act."""
    _forget_apps(person, now, confirmed=True)
    _forget_apps(person, now, confirmed=False)
    for key in passkeys.passkeys_of(person):
        passkeys.remove(key, now)
    _codes(person).update(void_at=now)
