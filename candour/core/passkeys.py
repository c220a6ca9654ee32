"""The ceremonies of passkeys (WebAuthn): what a browser is asked for, and whether its answer holds. Pure; bytes travel as base64url.

The user must be known to the authenticator (PIN, finger or face), always: a passkey stands for both components of 21 CFR 11.200(a)(1).
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

_VERIFIED = UserVerificationRequirement.REQUIRED
#: An answer is some hundred bytes; anything longer is not read.
MOST_BYTES = 16_384


class NotProven(ValueError):
    """An answer that proves nothing; says in English, for the record, what was wrong with it."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: the host name passkeys belong to and the one address they may be used at."""

    host: str
    origin: str


def party_of(base_url: str) -> Party:
    """The party behind an installation's address. The machine's own number is its name, because a passkey can't belong to a number."""
    parts = urlsplit(base_url)
    host = parts.hostname or "localhost"
    name = "localhost" if _is_loopback(host) else host
    return Party(name, f"{parts.scheme}://{name}{f':{parts.port}' if parts.port else ''}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def new_challenge(bound: str) -> tuple[str, str]:
    """A random value and the challenge made of it and of what it is bound to, so that the authenticator signs both."""
    nonce = websafe_encode(os.urandom(24))
    return nonce, challenge_of(nonce, bound)


def challenge_of(nonce: str, bound: str) -> str:
    """The challenge that a random value and a binding make."""
    return websafe_encode(hashlib.sha256(f"candour passkey\n{nonce}\n{bound}".encode()).digest())


def _server(party: Party) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(name="Candour", id=party.host), verify_origin=lambda origin: origin == party.origin)


def _known(credentials: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(one)) for one in credentials]


def creation_options(party: Party, *, handle: str, email: str, name: str, have: Iterable[str], challenge: str) -> dict[str, Any]:
    """What navigator.credentials.create is given, as JSON; credentials the person has already are refused by their authenticators."""
    user = PublicKeyCredentialUserEntity(id=handle.encode(), name=email, display_name=name)
    options, _state = _server(party).register_begin(
        user,
        _known(have),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_VERIFIED,
        challenge=websafe_decode(challenge),
    )
    return dict(options.public_key)


def request_options(party: Party, have: Iterable[str] | None, challenge: str) -> dict[str, Any]:
    """What navigator.credentials.get is given, as JSON. None: any passkey of this host, the browser lets the person choose."""
    known = None if have is None else _known(have)
    options, _state = _server(party).authenticate_begin(known, user_verification=_VERIFIED, challenge=websafe_decode(challenge))
    return dict(options.public_key)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A passkey as it is kept: id of the credential, its public part, its counter."""

    credential: str
    public: str
    counter: int


@dataclass(frozen=True, slots=True)
class Use:
    """A passkey that has proven itself: its counter now, and the very bytes it signed, so that anybody can check again."""

    credential: str
    counter: int
    client_data: str
    authenticator_data: str
    signature: str


#: What the parser of passkey answers raises at bytes that are none; `struct.error` at a number cut short.
_PARSER_FAULTS = (
    *(ValueError, TypeError, LookupError, AttributeError, NotImplementedError, OverflowError, RecursionError),
    struct.error,
)


@contextmanager
def _judging() -> Iterator[None]:
    """Whatever a stranger's bytes make the parser say is one answer: not proven."""
    try:
        yield
    except NotProven:
        raise
    except _PARSER_FAULTS as fault:
        raise NotProven(str(fault)[:200] or type(fault).__name__) from fault


#: Parts of an answer that hold bytes. The parser makes so many zero bytes of a number, however large it is.
_BYTES = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "publicKey")


def _refuse_numbers(answer: Mapping[str, Any]) -> None:
    inner = answer.get("response")
    told = [answer.get("id"), answer.get("rawId"), *(inner.get(name) for name in _BYTES if isinstance(inner, Mapping))]
    if any(part is not None and not isinstance(part, str) for part in told):
        raise NotProven("A part of the answer that holds bytes is no text.")


def read(words: str) -> dict[str, Any]:
    """The browser's answer as JSON. NotProven when it is none."""
    with _judging():
        answer = json.loads(words) if len(words) <= MOST_BYTES else None
        if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
            raise NotProven("This is no answer of a passkey.")
        return answer


def challenge_in(answer: Mapping[str, Any]) -> str:
    """The challenge an answer says it answers. Nothing is proven by that."""
    with _judging():
        _refuse_numbers(answer)
        told = json.loads(websafe_decode(answer["response"]["clientDataJSON"]))
        return str(told["challenge"])


def credential_in(answer: Mapping[str, Any]) -> str:
    """The credential an answer says it comes from. Nothing is proven by that."""
    return str(answer.get("id", ""))[:1500]


def made(party: Party, challenge: str, answer: Mapping[str, Any]) -> NewKey:
    """The new passkey in an answer to `creation_options`. NotProven for another challenge, origin or host, or an unknown user."""
    with _judging():
        _refuse_numbers(answer)
        state = {"challenge": challenge, "user_verification": _VERIFIED}
        data = _server(party).register_complete(state, RegistrationResponse.from_dict(answer))
        if data.credential_data is None:
            raise NotProven("No key in the answer.")
        key = data.credential_data
        return NewKey(websafe_encode(key.credential_id), websafe_encode(bytes(key)), data.counter)


def proven(party: Party, challenge: str, public: str, answer: Mapping[str, Any]) -> Use:
    """The use of the passkey with this public part. NotProven for another challenge, origin, host or key, or an unknown user."""
    with _judging():
        _refuse_numbers(answer)
        state = {"challenge": challenge, "user_verification": _VERIFIED}
        told = AuthenticationResponse.from_dict(answer)
        _server(party).authenticate_complete(state, [AttestedCredentialData(websafe_decode(public))], told)
        signed = told.response
        return Use(
            websafe_encode(told.raw_id),
            signed.authenticator_data.counter,
            websafe_encode(bytes(signed.client_data)),
            websafe_encode(bytes(signed.authenticator_data)),
            websafe_encode(signed.signature),
        )
