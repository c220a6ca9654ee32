from __future__ import annotations

import pytest

from candour.screening.engine import ScreeningRelease, compiled_release
from candour.screening.products import read_products
from candour.screening.quality import EXAMPLE_PRODUCTS

PRODUCTS = EXAMPLE_PRODUCTS


@pytest.fixture(scope="session")
def compiled() -> ScreeningRelease:
    """The shipped packs with the invented products: compiled, so that nothing kept stands in for the oracle."""
    return compiled_release(read_products(PRODUCTS))
