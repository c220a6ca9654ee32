"""Passkeys as they are kept and asked for: every challenge serves one person, one purpose and one form, once and for five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from candour.core import passkeys as ceremony
from candour.core.passkeys import NotProven, Party, Use
from candour.people.models import Challenge, Passkey, User

VALID_FOR = timedelta(minutes=5)
#: What a challenge is for: a new passkey, coming in, an act in one's own name.
REGISTER, SIGN_IN, ACT = "register", "sign-in", "act"
MOST_PASSKEYS = 10


def party() -> Party:
    """This installation as passkeys know it, from CANDOUR_BASE_URL."""
    return ceremony.party_of(settings.BASE_URL)


def passkeys_of(person: User) -> QuerySet[Passkey]:
    """The passkeys that count, oldest first."""
    return Passkey.objects.filter(person=person, removed_at=None).order_by("pk")


def _ask(person: User | None, purpose: str, bound: str, now: datetime) -> str:
    """Keep a new challenge; those past their time go."""
    Challenge.objects.filter(expires_at__lte=now).delete()
    nonce, challenge = ceremony.new_challenge(bound)
    Challenge.objects.create(person=person, purpose=purpose, bound=bound, nonce=nonce, challenge=challenge, expires_at=now + VALID_FOR)
    return challenge


def ask_to_register(person: User, now: datetime) -> dict[str, Any]:
    """Options for a new passkey of this person. Ask only after they have proven who they are."""
    have = [one.credential for one in passkeys_of(person)]
    challenge = _ask(person, REGISTER, "", now)
    return ceremony.creation_options(party(), handle=str(person.pk), email=person.email, name=person.name, have=have, challenge=challenge)


def ask_to_prove(person: User | None, purpose: str, bound: str, now: datetime) -> dict[str, Any]:
    """Options for using a passkey: one of this person's, or for None whichever the person at the browser chooses."""
    have = [one.credential for one in passkeys_of(person)] if person else None
    return ceremony.request_options(party(), have, _ask(person, purpose, bound, now))


def _take(challenge: str, now: datetime) -> Challenge:
    """Spend a challenge, whatever becomes of the answer. NotProven when there is none, or somebody else was faster."""
    row = Challenge.objects.filter(challenge=challenge[:64]).first()
    if row is None or not Challenge.objects.filter(pk=row.pk).delete()[0]:
        raise NotProven("This challenge is not open: it was used, it is older than five minutes, or nobody asked.")
    if row.expires_at <= now:
        raise NotProven("This challenge is older than five minutes.")
    return row


def take_registration(person: User, words: str, now: datetime) -> Challenge:
    """Spend the challenge a new passkey answers, before the act opens, so that a refused one is spent too. NotProven if not theirs."""
    asked = _take(ceremony.challenge_in(ceremony.read(words)), now)
    if asked.purpose != REGISTER or asked.person_id != person.pk:
        raise NotProven("This challenge was not for a new passkey of this person.")
    return asked


def register(person: User, asked: Challenge, words: str, name: str, now: datetime) -> Passkey:
    """Keep the new passkey in a browser's answer to a challenge that was just taken. NotProven when it does not hold. In a named act."""
    key = ceremony.made(party(), asked.challenge, ceremony.read(words))
    if Passkey.objects.filter(credential=key.credential).exists():
        raise NotProven("This passkey is known already.")
    return Passkey.objects.create(
        person=person, name=name[:60], credential=key.credential, public=key.public, counter=key.counter, added_at=now
    )


def owner_of(words: str) -> Passkey | None:
    """The passkey an answer says it comes from, if that still counts for somebody who may sign in. Nothing is proven by that."""
    credential = ceremony.credential_in(ceremony.read(words))
    able = Passkey.objects.select_related("person").filter(removed_at=None, person__is_active=True, person__is_machine=False)
    return able.filter(credential=credential).first()


def use(person: User, words: str, purpose: str, bound: str, now: datetime) -> tuple[Passkey, dict[str, str]]:
    """The passkey of `person` that has answered, and what stays of that for a record.

    NotProven for another person's challenge, one for another purpose or form, one used before, a removed passkey, a wrong origin, or a
    counter that goes back, which is how a copied authenticator shows.
    """
    answer = ceremony.read(words)
    asked = _take(ceremony.challenge_in(answer), now)
    whose = (person.pk, None) if purpose == SIGN_IN else (person.pk,)
    if asked.purpose != purpose or asked.bound != bound or asked.person_id not in whose:
        raise NotProven("This challenge was asked for something else.")
    key = passkeys_of(person).filter(credential=ceremony.credential_in(answer)).first()
    if key is None:
        raise NotProven("This passkey does not belong to this person, or was removed.")
    used = ceremony.proven(party(), asked.challenge, key.public, answer)
    _count(key, used, now)
    return key, _context(key, asked, used)


def _count(key: Passkey, used: Use, now: datetime) -> None:
    """Store the counter with one UPDATE. Authenticators that don't count say nought each time."""
    onward = Q(counter__lt=used.counter) if used.counter else Q(counter=0)
    if not Passkey.objects.filter(onward, pk=key.pk, removed_at=None).update(counter=used.counter, last_used_at=now):
        raise NotProven("The counter of this passkey went back: it may have been copied.")


def _context(key: Passkey, asked: Challenge, used: Use) -> dict[str, str]:
    return {
        "passkey": str(key.pk),
        "credential": used.credential,
        "nonce": asked.nonce,
        "bound": asked.bound,
        "client_data": used.client_data,
        "authenticator_data": used.authenticator_data,
        "signature": used.signature,
    }


def check_again(context: Mapping[str, str]) -> bool:
    """Does a kept context still prove the use of its passkey? For an inspection long after."""
    key = Passkey.objects.filter(pk=context["passkey"], credential=context["credential"]).first()
    if key is None:
        return False
    answer = {
        "id": context["credential"],
        "rawId": context["credential"],
        "type": "public-key",
        "response": {
            "clientDataJSON": context["client_data"],
            "authenticatorData": context["authenticator_data"],
            "signature": context["signature"],
        },
    }
    try:
        ceremony.proven(party(), ceremony.challenge_of(context["nonce"], context["bound"]), key.public, answer)
    except NotProven:
        return False
    return True


def remove(key: Passkey, now: datetime) -> None:
    """From now on it opens nothing. Call inside a named act."""
    Passkey.objects.filter(pk=key.pk).update(removed_at=now)
    Challenge.objects.filter(person=key.person_id).delete()
