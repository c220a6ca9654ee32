"""A database that was multiplied for measuring is one that verifies: what is timed on it is what a user has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from candour.journal import exports, sealing
from candour.journal.acting import database_now
from candour.journal.verify import verify
from candour.listening.models import Intake, PostVersion
from candour.project import install
from candour.project.bench import company, filling
from candour.project.bench.multiply import multiply
from candour.project.bench.size import Size

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture
def alone(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    """An installation with its own key and file of heads."""
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    sealing.forget_floor()
    exports.forget_file()
    install.prepare(demo=False)
    yield
    sealing.forget_floor()
    exports.forget_file()


@pytest.mark.slow
@pytest.mark.usefixtures("alone")
def test_what_was_multiplied_verifies() -> None:
    now = database_now()
    company.found_company(now)
    filling.fill(Size(posts=60, cases=20, real=6, waiting=5), now)
    before = Intake.objects.count()
    multiply(300, 80)
    while sealing.seal() is not None:
        continue
    report = verify()
    assert report.problems == []
    assert report.sound == report.entries > 300
    assert (Intake.objects.count(), PostVersion.objects.count()) == (5 * before, 300)
