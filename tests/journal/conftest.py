"""Committed data for the journal's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from .company import Company


@pytest.fixture
def company(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Company]:
    """An installation with its own key and file of heads, whose rows are really committed."""
    from candour.journal import exports, sealing  # only now: models need the settings, which are known after this file is loaded

    from .company import Company

    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    sealing.forget_floor()
    exports.forget_file()
    yield Company(tmp_path)
    sealing.forget_floor()
    exports.forget_file()
