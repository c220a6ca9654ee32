"""Canonical bytes, digests and Ed25519 keys for signatures and journal heads.

Canonical form: JSON with sorted keys, no spaces, UTF-8, integers and strings only (the subset of RFC 8785 that needs no number rules).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Plain = str | int | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]


def canonical(value: Plain) -> bytes:
    """The one byte form of `value`; raises TypeError on floats and other types that have several spellings."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _refuse_floats(value: Plain) -> None:
    if isinstance(value, float):
        raise TypeError("A float has no canonical form; write it as a string.")
    if isinstance(value, Mapping):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _refuse_floats(part)


def digest(data: bytes) -> str:
    """SHA-256 of `data`, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


#: What somebody outside sees of a message: the words and to whom they speak, not what was said of them inside.
_CONTENT = ("kind", "title", "text", "links", "alt_text", "media", "market", "audience", "lang", "product")


def content_digest(exact: bytes) -> str:
    """The digest of the words of canonical bytes, whatever form they have: the same while a text goes from draft to signed message."""
    read = json.loads(exact)
    return digest(canonical({name: read.get(name) or "" for name in _CONTENT}))


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The installation's signing key; made with mode 0600 on first use. It never enters the database."""
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path.name} is not an Ed25519 key; restore the key file of this installation.")
        return key
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(pem)
    return key


def public_hex(key: Ed25519PrivateKey) -> str:
    """Raw public key, 64 hex digits."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def signature_holds(public: str, signature: str, data: bytes) -> bool:
    """True when `signature` (hex) over `data` was made by the key with this raw public half (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
