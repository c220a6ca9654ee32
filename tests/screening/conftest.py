from __future__ import annotations

from pathlib import Path

import pytest

from candour.screening.engine import ScreeningRelease, release
from candour.screening.products import read_products

PRODUCTS = Path(__file__).parent / "products.csv"


@pytest.fixture(scope="session")
def compiled() -> ScreeningRelease:
    """The shipped packs with the invented products."""
    return release(read_products(PRODUCTS))
