"""Folders and starts as in the tests of the command."""

from tests.run.conftest import folder, start

__all__ = ["folder", "start"]
