"""After five wrong secrets an account rests for a quarter of an hour, also when they come at the same time (21 CFR 11.300(d))."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import factories
import pytest
from django.conf import settings
from django.db import connection

from candour.people.actions import check_secret, is_locked
from candour.people.models import User


@pytest.fixture
def person(db: None) -> User:
    factories.installation()
    return factories.person("Mira Castellane")


def guess(person: User, times: int) -> None:
    for _ in range(times):
        assert not check_secret(person, "wrong", factories.now())


def test_four_wrong_ones_do_no_harm_and_a_right_one_starts_the_count_again(person: User) -> None:
    guess(person, settings.LOCK_AFTER_ATTEMPTS - 1)
    assert check_secret(person, factories.PASSWORD, factories.now())
    guess(person, settings.LOCK_AFTER_ATTEMPTS - 1)
    assert check_secret(person, factories.PASSWORD, factories.now())


def test_the_fifth_lets_the_account_rest_and_time_ends_the_rest(person: User) -> None:
    guess(person, settings.LOCK_AFTER_ATTEMPTS)
    person.refresh_from_db()
    assert is_locked(person, factories.now())
    assert not check_secret(person, factories.PASSWORD, factories.now())
    later = factories.now() + timedelta(minutes=settings.LOCK_MINUTES, seconds=1)
    assert check_secret(person, factories.PASSWORD, later)
    person.refresh_from_db()
    assert (person.failed_attempts, person.locked_until) == (0, None)


def test_trying_while_it_rests_does_not_make_the_rest_longer(person: User) -> None:
    guess(person, settings.LOCK_AFTER_ATTEMPTS)
    person.refresh_from_db()
    until = person.locked_until
    guess(person, 3)
    person.refresh_from_db()
    assert person.locked_until == until


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_machine": True}])
def test_who_left_and_machines_have_no_secret(person: User, change: dict[str, bool]) -> None:
    User.objects.filter(pk=person.pk).update(**change)
    assert not check_secret(person, factories.PASSWORD, factories.now())


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_slip_past_the_limit() -> None:
    factories.installation()
    person = factories.person("Mira Castellane")

    def attempt(_number: int) -> bool:
        try:
            return check_secret(person, "wrong", factories.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(attempt, range(12)))
    person.refresh_from_db()
    assert is_locked(person, factories.now())
