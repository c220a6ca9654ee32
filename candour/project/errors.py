"""The one error a command ends with when the machine, not the answer, is the problem."""

from __future__ import annotations


class StartError(RuntimeError):
    """Candour can't start or go on; the message is one sentence that says who must do what. Commands end with exit code 2."""
