"""Seed the demo company anew, so that its dates are relative to today. Only a demo installation, and only while it does not run."""

from __future__ import annotations

from candour.journal.queries import is_demo
from candour.project import install
from candour.project.demo.emptying import empty


class NotADemo(RuntimeError):
    """The installation is a company's own; nothing was changed."""


def refresh() -> None:
    """Empty the demo's database, set its journal's heads and its vault aside, and tell the story again ending today."""
    if not is_demo():
        raise NotADemo("This installation is a company's own; only a demo can be refreshed.")
    empty()
    install.prepare(demo=True)
