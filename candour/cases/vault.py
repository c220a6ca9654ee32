"""The vault, named where case code looks for it."""

from candour.journal.keys import vault

__all__ = ["vault"]
