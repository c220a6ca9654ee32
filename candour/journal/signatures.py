"""Signatures: a secret in the same request, over the exact bytes that were shown. Records reference R9-R15; 21 CFR 11.50, 11.70, 11.200."""

from __future__ import annotations

from datetime import datetime

from candour.core.signing import digest
from candour.journal.models import Signature
from candour.people.actions import check_secret, is_locked
from candour.people.models import User


class NotSigned(Exception):
    """The secret was wrong or the account rests; nothing was signed. `locked` tells which."""

    def __init__(self, *, locked: bool) -> None:
        super().__init__("not signed")
        self.locked = locked


def prove(person: User, secret: str, now: datetime) -> None:
    """Check the signer's secret before the act's transaction opens, so that a failed attempt is counted even though the act is refused."""
    if not check_secret(person, secret, now):
        raise NotSigned(locked=is_locked(User.objects.get(pk=person.pk), now))


def sign_bytes(
    by: User,
    shown: bytes,
    *,
    subject: str,
    key: str,
    meaning: str,
    secret: str,
    now: datetime,
    pack_releases: str = "",
    on_behalf_of: User | None = None,
) -> Signature:
    """Sign `shown`. Name and title are kept as they are now; the database clock dates the signature. Call inside a named act."""
    prove(by, secret, now)
    return record_signature(
        by, shown, subject=subject, key=key, meaning=meaning, auth_time=now, pack_releases=pack_releases, on_behalf_of=on_behalf_of
    )


def record_signature(
    by: User,
    shown: bytes,
    *,
    subject: str,
    key: str,
    meaning: str,
    auth_time: datetime,
    pack_releases: str = "",
    on_behalf_of: User | None = None,
) -> Signature:
    """Store a signature whose secret was proven at `auth_time`. Call inside a named act, right after `prove`."""
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
        method="password",
        auth_time=auth_time,
    )
