"""The same company as in the tests of the flows."""

from __future__ import annotations

from tests.flows.conftest import committed, ground, quick_secrets

__all__ = ["committed", "ground", "quick_secrets"]
