"""The ceremonies by themselves: whatever is sent as an answer is proven or not proven, never an accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core import passkeys
from candour.core.passkeys import NotProven, Party, party_of
from tests.fake_authenticator import FakeAuthenticator

HERE = Party("localhost", "http://localhost:8321")


@pytest.mark.parametrize(
    ("address", "host", "origin"),
    [
        ("http://127.0.0.1:8321", "localhost", "http://localhost:8321"),
        ("http://[::1]:8321/", "localhost", "http://localhost:8321"),
        ("https://candour.hollinqvist.example", "candour.hollinqvist.example", "https://candour.hollinqvist.example"),
        ("https://candour.hollinqvist.example:8443/", "candour.hollinqvist.example", "https://candour.hollinqvist.example:8443"),
    ],
)
def test_the_party_is_the_installations_address(address: str, host: str, origin: str) -> None:
    assert party_of(address) == Party(host, origin)


def test_a_challenge_says_what_it_is_bound_to() -> None:
    nonce, challenge = passkeys.new_challenge("form")
    assert challenge == passkeys.challenge_of(nonce, "form") != passkeys.challenge_of(nonce, "other form")
    assert passkeys.new_challenge("form") != (nonce, challenge)


def _made() -> tuple[FakeAuthenticator, str]:
    key, (_nonce, challenge) = FakeAuthenticator(HERE.origin), passkeys.new_challenge("")
    return key, passkeys.made(HERE, challenge, passkeys.read(key.makes({"challenge": challenge}))).public


def test_an_answer_proves_its_own_challenge_only() -> None:
    key, public = _made()
    _nonce, challenge = passkeys.new_challenge("form")
    answer = passkeys.read(key.answers({"challenge": challenge}))
    assert passkeys.proven(HERE, challenge, public, answer).credential == key.id
    with pytest.raises(NotProven, match="challenge"):
        passkeys.proven(HERE, passkeys.new_challenge("form")[1], public, answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
PARTS = ("id", "rawId", "type", "response", "clientExtensionResults")
INNER = ("clientDataJSON", "authenticatorData", "signature", "attestationObject", "userHandle")
BYTES = st.binary(max_size=120).map(lambda raw: passkeys.websafe_encode(raw))


@st.composite
def answers(draw: Callable[..., Any]) -> dict[str, Any]:
    """Answers of the right shape with one or more parts replaced by anything."""
    key = FakeAuthenticator(HERE.origin)
    sound = json.loads(draw(st.sampled_from([key.answers, key.makes]))({"challenge": "AAAA"}))
    for name in draw(st.lists(st.sampled_from(PARTS), max_size=2)):
        sound[name] = draw(JSON)
    if isinstance(sound.get("response"), dict):
        for name in draw(st.lists(st.sampled_from(INNER), max_size=3)):
            sound["response"][name] = draw(BYTES | JSON)
    return sound


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_a_number_is_never_taken_for_so_many_bytes(part: str) -> None:
    """Not this one: 35 billion zero bytes, asked for by anybody at the door."""
    key = FakeAuthenticator(HERE.origin)
    answer = json.loads(key.answers({"challenge": "AAAA"}))
    answer["response"][part] = 35_000_000_000
    with pytest.raises(NotProven, match="no text"):
        passkeys.proven(HERE, "AAAA" * 8, PUBLIC[1], answer)


@given(answers())
def test_no_answer_is_an_accident(answer: dict[str, Any]) -> None:
    _key, public = PUBLIC
    for ask in (
        lambda: passkeys.challenge_in(answer),
        lambda: passkeys.made(HERE, "AAAA" * 8, answer),
        lambda: passkeys.proven(HERE, "AAAA" * 8, public, answer),
        lambda: passkeys.read(json.dumps(answer)),
    ):
        try:
            ask()
        except NotProven:
            continue


@pytest.mark.parametrize("cut", ["GQ", "Gg", "Gw", "-Q", "oQ"])
def test_a_number_cut_short_proves_nothing(cut: str) -> None:
    sound = json.loads(FakeAuthenticator(HERE.origin).makes({"challenge": "AAAA"}))
    sound["response"]["attestationObject"] = cut
    with pytest.raises(NotProven):
        passkeys.made(HERE, "AAAA" * 8, sound)


PUBLIC = _made()


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_anything_may_be_sent_as_an_answer(words: str) -> None:
    try:
        answer = passkeys.read(words)
    except NotProven:
        return
    assert isinstance(answer["response"], dict)


def test_a_long_answer_is_not_read() -> None:
    with pytest.raises(NotProven):
        passkeys.read('{"response": {}, "id": "' + "x" * passkeys.MOST_BYTES + '"}')
