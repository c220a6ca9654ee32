"""People come in by a link of their own: one use, seven days, void once a password is set or a newer invitation goes out.

The link carries a signed name of the person and of the invitation, and nothing is stored that would open the door: whoever reads the
database can't make a link without the installation's secret key.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from candour.core.rights import Function
from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.journal.acting import acting, note
from candour.people.actions import add_person, give, set_password
from candour.people.models import User
from candour.people.queries import actors, by_address, people
from candour.people.rights import held_by

log = logging.getLogger(__name__)

VALID_FOR = timedelta(days=7)
#: People invited in one go.
MOST_ROWS = 40
#: Functions held for the whole company; the others are given for a market.
COMPANY_WIDE = frozenset({Function.COE_LEAD, Function.AUDITOR, Function.ADMINISTRATOR, Function.DRUG_SAFETY, Function.QUALITY})
#: Functions a person can be invited to; machines have theirs from the first start.
INVITABLE = tuple(function for function in Function if function not in (Function.LISTENER, Function.PUBLISHER))
_SALT = "candour.welcome"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an invitation; the same address twice gives one person two functions."""

    email: str
    name: str
    function: str


def invite(by: User, rows: Sequence[Row], market: str, now: datetime) -> list[User]:
    """Make people and give them their functions, all rows or none. People known already keep their name and password."""
    ask(by, "people.change", "", now)
    for number, row in enumerate(rows, start=1):
        _check(row, number)
    with acting(by, "people.invite"):
        known = by_address(row.email for row in rows)
        for row in rows:
            address = row.email.strip().lower()
            if address not in known:
                known[address] = _add(by, row, now)
            _grant(by, known[address], Function(row.function), market, now)
    return list({person.pk: person for row in rows if (person := known[row.email.strip().lower()])}.values())


def _check(row: Row, number: int) -> None:
    try:
        validate_email(row.email.strip())
    except ValidationError:
        raise Refusal(
            _("Row %(number)s: “%(email)s” is no e-mail address.") % {"number": number, "email": row.email[:60]}, status=400
        ) from None
    if not row.name.strip():
        raise Refusal(_("Row %(number)s: the name is missing.") % {"number": number}, status=400)
    if row.function not in INVITABLE:
        raise Refusal(_("Row %(number)s: choose a function.") % {"number": number}, status=400)


def _add(by: User, row: Row, now: datetime) -> User:
    if actors().filter(email__iexact=row.email.strip()).exists():
        raise Refusal(_("%(email)s belongs to an account that is closed; choose another address.") % {"email": row.email}, status=409)
    person = add_person(email=row.email, name=row.name[:120], language=by.language, timezone=by.timezone)
    person.invited_at = now
    person.save(update_fields=["invited_at"])
    return person


def _grant(by: User, person: User, function: Function, market: str, now: datetime) -> None:
    where = "" if function in COMPANY_WIDE else market
    if not any(held.function == function and held.market in ("", where) and held.deputy_for is None for held in held_by(person, now)):
        give(person, function, by=by, at=now, market=where, reason="invited")


def renew(by: User, person: User, now: datetime) -> User:
    """A new link for somebody who has not come in yet; the old one is void from now on."""
    ask(by, "people.change", "", now)
    if person.has_usable_password():
        raise Refusal(_("%(name)s has come in already.") % {"name": person.name}, status=409)
    with acting(by, "people.invite_again"):
        person.invited_at = now
        person.save(update_fields=["invited_at"])
    return person


def waiting() -> list[User]:
    """People invited who have not set a password yet, by name."""
    return list(_invited()[:200])


def _invited() -> QuerySet[User]:
    return people().filter(invited_at__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)


def ends_at(person: User) -> datetime | None:
    """When a person's link stops working; None for people who were never invited."""
    return person.invited_at + VALID_FOR if person.invited_at else None


def token_for(person: User) -> str:
    """The secret part of a person's link; the same until it is used or renewed."""
    return signing.Signer(salt=_SALT).sign_object({"person": person.pk, "mark": _mark(person)})


def _mark(person: User) -> str:
    """Changes with the password and with the invitation, so that a used or renewed link is void."""
    return hashlib.sha256(f"{person.password}|{person.invited_at}".encode()).hexdigest()[:24]


def person_of(token: str, now: datetime) -> User:
    """Whose link this is. Raises Refusal, in the same words for every reason, when it does not open the door any more."""
    try:
        said = signing.Signer(salt=_SALT).unsign_object(token)
        person = _invited().filter(pk=said["person"]).first()
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise _void() from None
    if person is None or said["mark"] != _mark(person) or now >= (ends_at(person) or now):
        raise _void()
    return person


def _void() -> Refusal:
    return Refusal(
        _("This link does not open the door."),
        remedy=_("A link works once and for seven days. Your administrator can make a new one."),
        status=403,
    )


def welcome(token: str, password: str, now: datetime) -> User:
    """Set the first password through a link, once. Raises Refusal for a void link or with what the password lacks."""
    person = person_of(token, now)
    with acting(person, "person.welcome"):
        locked = people().select_for_update().get(pk=person.pk)
        if _mark(locked) != _mark(person):
            raise _void()
        try:
            set_password(locked, password)
        except ValidationError as weak:
            raise Refusal(" ".join(weak.messages), status=400) from weak
        note("people_user", str(locked.pk), "Set the first password through an invitation.")
    return locked


def mail_is_set() -> bool:
    """Does this installation know a mail server?"""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def send_link(by: User, person: User, address: str, company: str) -> bool:
    """Mail a link; False when no mail server is set or it did not take the letter, so that the link is given by hand."""
    if not mail_is_set():
        return False
    subject = _("Your access to Candour at %(company)s") % {"company": company}
    body = _(
        "Hello %(name)s,\n\n%(by)s has given you access to Candour at %(company)s.\n"
        "Set your password here; the link works once and for seven days:\n\n%(address)s\n"
    ) % {"name": person.name, "by": by.name, "company": company, "address": address}
    try:
        return send_mail(" ".join(subject.split()), body, None, [person.email]) == 1
    except (smtplib.SMTPException, OSError) as problem:
        log.warning("An invitation could not be mailed: %s", problem, extra={"subject": {"person": person.pk}})
        return False
