"""The work of `candour import`: the same flows as the screen, with a progress bar and counts that add up."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from candour.channels.base import ChannelError
from candour.channels.file_import import EXCHANGE, ImportProfile
from candour.flows import account_rows, imports
from candour.flows.answers import Refusal
from candour.flows.import_profiles import profile_of
from candour.flows.imports import CHANGED, NEW, REFUSED, SAME, Preview
from candour.journal.acting import database_now
from candour.people.actions import machine
from candour.people.models import User
from candour.people.queries import by_address

NOT_YET = {
    "contacts": "Contacts can't be imported yet: start with posts or accounts.",
    "activities": "Activities can't be imported yet: start with posts or accounts.",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the person typed."""

    file: Path
    kind: str
    profile: str = ""
    market: str = ""
    by: str = ""
    dry_run: bool = False


def import_file(order: Order) -> int:
    """Take the file in, or only judge it. 0 done, 1 when every row was refused; a fault of file or order ends with 2."""
    if order.kind in NOT_YET:
        raise _usage(NOT_YET[order.kind])
    try:
        profile = profile_of(order.profile)
        counts = _accounts(order, profile) if order.kind == "accounts" else _posts(order, profile or EXCHANGE)
    except (Refusal, ChannelError) as error:
        raise _usage(" ".join(filter(None, (str(error), getattr(error, "remedy", ""))))) from error
    total = sum(counts.values())
    done = "would be" if order.dry_run else "were"
    click.echo(
        f"{total} rows: {counts[NEW]} new, {counts[CHANGED]} changed, {counts[SAME]} known, {counts[REFUSED]} refused"
        f" ({counts[NEW] + counts[CHANGED]} {done} written)."
    )
    return 1 if total and total == counts[REFUSED] else 0


def _usage(words: str) -> click.ClickException:
    error = click.ClickException(words)
    error.exit_code = 2
    return error


def _accounts(order: Order, profile: ImportProfile | None) -> dict[str, int]:
    by, now = _person(order.by), database_now()
    table = account_rows.read_table(order.file, profile.columns if profile else {})
    if missing := account_rows.missing_columns(table):
        raise Refusal(missing[0])
    if order.dry_run:
        preview = account_rows.preview_accounts(by, table, now)
    else:
        preview = account_rows.take_accounts(by, table, now, name=order.file.name)
    _tell_refused(preview)
    return preview.counts


def _person(address: str) -> User:
    """Changes of the registry are made by a named person, not by a machine."""
    found = by_address([address]).get(address.strip().lower()) if address else None
    if found is None:
        raise Refusal("Say with --by E-MAIL who changes the registry; the address must be that of a person here.")
    return found


def _posts(order: Order, profile: ImportProfile) -> dict[str, int]:
    now, origin = database_now(), order.profile or order.file.stem
    preview = imports.preview_posts(order.file, order.market, origin, now, profile=profile)
    _tell_refused(preview)
    if order.dry_run or not preview.to_write:
        return preview.counts
    by = _person(order.by) if order.by else machine("listener")
    source = imports.file_source(by, order.market, origin, now)
    with _bar(order.file.stat().st_size, order.file.name) as progress:
        imports.take_posts(by, order.file, source, now, name=order.file.name, profile=profile, progress=progress)
    return preview.counts


def _tell_refused(preview: Preview) -> None:
    for row in preview.rows:
        if row.status == REFUSED:
            click.echo(f"line {row.line}: {row.why}", err=True)
    if preview.counts[REFUSED] > imports.SHOWN:
        click.echo(f"and {preview.counts[REFUSED] - imports.SHOWN} more refused rows.", err=True)


@contextlib.contextmanager
def _bar(size: int, label: str) -> Iterator[Callable[[int], None] | None]:
    """A progress bar over the bytes read, on stderr and only where a person looks."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
        yield lambda read: bar.update(read - bar.pos)
