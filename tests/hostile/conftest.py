"""The company that hostile tests walk over, built once per file; each test meets it as it was built."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker, Settings

    from .company import Things

_FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class _Built(NamedTuple):
    things: Things
    data: Path


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Built]:
    """Built within a transaction around those of the tests, and taken back with it: building takes seconds, and the tests are hundreds."""
    from django.db import connection, transaction
    from django.test import override_settings

    from . import company  # models need the settings

    data = tmp_path_factory.mktemp("company")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(connection, "close", lambda: None)  # a test's end would close the transaction around it
        with override_settings(DATA=data, PASSWORD_HASHERS=_FAST):
            things = company.build()
        yield _Built(things, data)
        transaction.set_rollback(True)


@pytest.fixture
def things(_built: _Built, db: None, settings: Settings) -> Things:
    settings.DATA = _built.data
    settings.PASSWORD_HASHERS = _FAST
    return copy.deepcopy(_built.things)
