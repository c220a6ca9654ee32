"""One byte form for equal values, none for values with several spellings; keys are private files; signatures hold for their bytes only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.signing import Plain, canonical, digest, load_or_create_key, public_hex, signature_holds

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
text = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=20
)


@given(plain)
def test_the_canonical_form_keeps_the_value(value: Plain) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(text, plain, min_size=2, max_size=4))
@settings(max_examples=40)
def test_the_order_of_keys_does_not_count(value: dict[str, Plain]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_the_form_has_no_spaces_and_keeps_every_script() -> None:
    assert canonical({"b": [1, True, None], "a": "Übelkeit 頭痛"}) == '{"a":"Übelkeit 頭痛","b":[1,true,null]}'.encode()


@pytest.mark.parametrize("value", [0.1, [1, 2.0], {"a": {"b": [1.5]}}, (1, 0.5)])
def test_a_float_has_no_canonical_form(value: Plain) -> None:
    with pytest.raises(TypeError, match="write it as a string"):
        canonical(value)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object()])
def test_other_types_have_none_either(value: Plain) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "journal.key"
    first = load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_hex(load_or_create_key(path)) == public_hex(first)


def test_another_kind_of_key_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal.key"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(generate_private_key(SECP256R1()).private_bytes(encoding, form, serialization.NoEncryption()))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"journal\.key is not an Ed25519 key"):
        load_or_create_key(path)
    assert path.read_bytes() == before


@given(st.binary(), st.binary())
def test_a_signature_holds_for_its_bytes_only(signed: bytes, other: bytes) -> None:
    signature = _KEY.sign(signed).hex()
    assert signature_holds(public_hex(_KEY), signature, signed)
    assert signature_holds(public_hex(_KEY), signature, other) is (signed == other)


def test_a_signature_of_another_key_or_no_signature_does_not_hold(tmp_path: Path) -> None:
    other = load_or_create_key(tmp_path / "other.key")
    signature = _KEY.sign(b"words").hex()
    assert not signature_holds(public_hex(other), signature, b"words")
    assert not signature_holds(public_hex(_KEY), "no hex", b"words")
    assert not signature_holds("00", signature, b"words")


def test_a_digest_is_sha256_in_hex() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
