"""A fake authenticator: makes and uses passkeys as a browser with a security key would, and lies where a test asks for it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestedCredentialData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class FakeAuthenticator:
    """One passkey. `origin` is the page it believes to be on; `verifies` says whether it knows its user."""

    origin: str
    verifies: bool = True
    counter: int = 0
    host: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: os.urandom(32))

    @property
    def id(self) -> str:
        return websafe_encode(self.credential)

    def _flags(self, more: int = 0) -> bytes:
        return bytes([PRESENT | (VERIFIED if self.verifies else 0) | more])

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, more: int = 0) -> bytes:
        return sha256(self.host.encode()).digest() + self._flags(more) + self.counter.to_bytes(4, "big")

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.create."""
        public = ES256.from_cryptography_key(self.key.public_key())
        told = bytes(AttestedCredentialData.create(bytes(Aaguid(b"\0" * 16)), self.credential, public))
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + told})
        response = {"clientDataJSON": websafe_encode(self._said("webauthn.create", options["challenge"]))}
        return self._answer(response | {"attestationObject": websafe_encode(attested)})

    def answers(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.get."""
        self.counter += 1
        said, data = self._said("webauthn.get", options["challenge"]), self._data()
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        return self._answer({name: websafe_encode(value) for name, value in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps({"id": self.id, "rawId": self.id, "type": "public-key", "response": response})
