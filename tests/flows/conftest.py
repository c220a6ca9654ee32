"""The company in which the flows are tested, and a way to the newsroom without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from .ground import Ground


@pytest.fixture
def quick_secrets(settings: Settings) -> None:
    """A hasher that costs nothing: these tests prove secrets often and are not about hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ground(db: None, quick_secrets: None) -> Iterator[Ground]:
    """Hollinqvist in Germany, in a test's own transaction, its newsroom reached without a socket."""
    from .ground import found, in_process  # only now: models need the settings

    with in_process():
        yield found()


@pytest.fixture
def committed(transactional_db: None, quick_secrets: None) -> Iterator[Ground]:
    """The same with rows that are really committed, for several threads or processes at once."""
    from .ground import found, in_process  # only now: models need the settings

    with in_process():
        yield found()
