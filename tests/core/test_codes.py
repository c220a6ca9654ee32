"""Codes of authenticator apps: which count when, and that none counts twice; recovery codes as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core import codes

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def test_the_examples_of_rfc_6238() -> None:
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    told = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: codes.code_at(key, datetime.fromtimestamp(at, UTC)) for at in told} == told


@given(INSTANTS, st.integers(-200, 200))
def test_a_code_counts_in_its_own_half_minute_and_the_ones_beside(at: datetime, seconds: int) -> None:
    then = at + timedelta(seconds=seconds)
    step = int(at.timestamp()) // codes.STEP_SECONDS
    beside = abs(int(then.timestamp()) // codes.STEP_SECONDS - step) <= codes.STEPS_BESIDE
    found = codes.step_of(KEY, codes.code_at(KEY, at), then, 0)
    assert (found == step) if beside else (found != step)


@given(INSTANTS, st.integers(-1, 1), st.integers(-1, 1))
def test_after_a_code_neither_it_nor_an_earlier_one_counts(at: datetime, first: int, second: int) -> None:
    used = codes.step_of(KEY, codes.code_at(KEY, at + timedelta(seconds=30 * first)), at, 0)
    assert used is not None
    later = codes.step_of(KEY, codes.code_at(KEY, at + timedelta(seconds=30 * second)), at, used)
    assert later is None or later > used
    assert (later is not None) == (second > first)


@given(st.text(max_size=12))
def test_anything_may_be_typed(words: str) -> None:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    right = {codes.code_at(KEY, at + timedelta(seconds=30 * beside)) for beside in (-1, 0, 1)}
    assert (codes.step_of(KEY, words, at, 0) is not None) == ("".join(words.split()) in right)


@pytest.mark.parametrize("typed", ["287082", " 287 082 ", "287082\n"])
def test_a_code_may_be_spaced(typed: str) -> None:
    assert codes.step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", typed, datetime.fromtimestamp(59, UTC), 0) == 1


def test_recovery_codes_are_ten_different_ones_that_may_be_written_as_people_write() -> None:
    made = codes.new_recovery_codes()
    assert len(set(made)) == codes.RECOVERY_CODES
    one = made[0]
    assert {codes.recovery_digest(words) for words in (one, one.upper(), one.replace("-", " "), f" {one.replace('-', '')} ")} == {
        codes.recovery_digest(one)
    }
    assert codes.looks_like_recovery(one.upper()) and not codes.looks_like_recovery("287 082")
    assert not any(sign in code for code in made for sign in "lo01")


def test_the_address_names_person_and_company() -> None:
    told = codes.key_address(KEY, "mira@hollinqvist.example", "Candour Hollinqvist")
    assert told.startswith("otpauth://totp/Candour%20Hollinqvist:mira%40hollinqvist.example?") and KEY in told
