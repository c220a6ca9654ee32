"""The company that hostile tests walk over, built once per test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from .company import Things


@pytest.fixture
def things(db: None, tmp_path: Path, settings: Settings) -> Things:
    from . import company  # models need the settings

    settings.DATA = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return company.build()
