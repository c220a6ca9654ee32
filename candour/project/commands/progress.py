"""A bar on stderr for long work, only where a person watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yields what is told: the work's name, how much is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return

    def show(what: str, done: int, total: int) -> None:
        filled = 30 * done // total if total else 30
        click.echo(f"\r{what:<8} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total} ", err=True, nl=False)

    try:
        yield show
    finally:
        click.echo("\r" + " " * 79 + "\r", err=True, nl=False)
