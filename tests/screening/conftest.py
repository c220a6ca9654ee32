from __future__ import annotations

import pytest

from candour.screening.engine import ScreeningRelease
from candour.screening.quality import EXAMPLE_PRODUCTS, examples_release

PRODUCTS = EXAMPLE_PRODUCTS


@pytest.fixture(scope="session")
def compiled() -> ScreeningRelease:
    """The shipped packs with the invented products."""
    return examples_release()
