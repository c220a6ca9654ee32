"""Signatures: a secret in the same request, over the exact bytes that were shown. Records reference R9-R15; 21 CFR 11.50, 11.70, 11.200."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from candour.core.passkeys import NotProven
from candour.core.signing import canonical, digest
from candour.journal.models import Signature
from candour.people import passkeys
from candour.people.actions import check_secret, is_locked
from candour.people.models import User


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """What a browser answered for a passkey, as it came (JSON), and the digest of the form it came with."""

    words: str
    bound: str


#: What a person gives in the request of an act to prove who they are: a password as it was typed, or a passkey's answer.
Secret = str | PasskeyAnswer


@dataclass(frozen=True, slots=True)
class Proof:
    """How and when a person proved who they are. `context` is canonical JSON: what the method leaves behind, never a secret."""

    method: str
    at: datetime
    context: str = ""


class NotSigned(Exception):
    """The secret was wrong or the account rests; nothing was signed. `locked` tells which, `passkey` why one failed."""

    def __init__(self, *, locked: bool, passkey: str = "") -> None:
        super().__init__("not signed")
        self.locked, self.passkey = locked, passkey


def prove(person: User, secret: Secret, now: datetime) -> Proof:
    """Check the signer's secret before the act's transaction opens, so that a failed attempt is counted even though the act is refused."""
    if isinstance(secret, PasskeyAnswer):
        return _prove_passkey(person, secret, now)
    if not check_secret(person, secret, now):
        raise NotSigned(locked=is_locked(User.objects.get(pk=person.pk), now))
    return Proof("password", now)


def _prove_passkey(person: User, answer: PasskeyAnswer, now: datetime) -> Proof:
    fresh = User.objects.get(pk=person.pk)
    if not fresh.is_active or fresh.is_machine or is_locked(fresh, now):
        raise NotSigned(locked=is_locked(fresh, now), passkey="The account rests.")
    try:
        _key, context = passkeys.use(fresh, answer.words, passkeys.ACT, answer.bound, now)
    except NotProven as fault:
        raise NotSigned(locked=False, passkey=str(fault)) from fault
    return Proof("passkey", now, canonical(context).decode())


def sign_bytes(
    by: User,
    shown: bytes,
    *,
    subject: str,
    key: str,
    meaning: str,
    secret: Secret,
    now: datetime,
    pack_releases: str = "",
    on_behalf_of: User | None = None,
) -> Signature:
    """Sign `shown`. Name and title are kept as they are now; the database clock dates the signature. Call inside a named act."""
    proof = prove(by, secret, now)
    return record_signature(
        by, shown, subject=subject, key=key, meaning=meaning, proof=proof, pack_releases=pack_releases, on_behalf_of=on_behalf_of
    )


def record_signature(
    by: User,
    shown: bytes,
    *,
    subject: str,
    key: str,
    meaning: str,
    proof: Proof,
    pack_releases: str = "",
    on_behalf_of: User | None = None,
) -> Signature:
    """Store a signature whose secret was proven by `proof`. Call inside a named act, right after `prove`."""
    return Signature.objects.create(
        signer=by,
        signer_name=by.name,
        signer_title=by.title,
        on_behalf_of=on_behalf_of,
        meaning=meaning,
        subject=subject,
        key=key,
        digest=digest(shown),
        shown=shown,
        pack_releases=pack_releases,
        method=proof.method,
        auth_time=proof.at,
        auth_context=proof.context,
    )
