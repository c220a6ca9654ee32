"""Codes of authenticator apps (RFC 6238) and recovery codes: pure, with the instant as a parameter."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError

#: A code lives for half a minute; the one before and the one after count too, for clocks that go a little wrong.
STEP_SECONDS, STEPS_BESIDE, DIGITS = 30, 1, 6
RECOVERY_CODES = 10
#: No letters that are read as digits: 16 of these carry 80 bits.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_key() -> str:
    """A new key for an authenticator app: 160 bits in base32."""
    return pyotp.random_base32(32)


def key_address(key: str, email: str, company: str) -> str:
    """What the QR picture says: an otpauth:// address with key, person and company."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=company)


def code_at(key: str, at: datetime) -> str:
    """The code an app shows at an instant."""
    return pyotp.TOTP(key).at(at)


def step_of(key: str, code: str, at: datetime, after: int) -> int | None:
    """The half minute a code belongs to, if it counts at `at` and is later than `after`, the last one used; else None.

    A code and all before it are spent once it was used (RFC 6238, 5.2).
    """
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        step = pyotp.TOTP(key).verify_and_get_timecode(digits, for_time=at, valid_window=STEPS_BESIDE)
    except OTPVerificationError:
        return None
    return step if step > after else None


def new_recovery_codes() -> list[str]:
    """Ten codes in four groups of four signs; each opens the door once."""
    return ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)]


def looks_like_recovery(words: str) -> bool:
    """Is this meant as a recovery code, and not as six digits of an app?"""
    return len(_plain(words)) == 16


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code. With 80 random bits a plain SHA-256 can't be searched; case, spaces and dashes don't count."""
    return hashlib.sha256(f"candour recovery {_plain(code)}".encode()).hexdigest()


def _plain(words: str) -> str:
    return "".join(sign for sign in words.lower() if sign.isalnum())
