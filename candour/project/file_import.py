"""`candour import` behind its options: who imports, what would happen, and what did."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from candour.channels.base import ChannelError
from candour.flows import account_rows, imports
from candour.flows.answers import Refusal
from candour.people.actions import machine
from candour.people.models import User
from candour.people.queries import by_address
from candour.project.errors import StartError

Counts = dict[str, int]


def posts(path: Path, *, by: str | None, market: str, origin: str, dry_run: bool) -> Counts:
    """Take posts in under the source of their market and origin; with `dry_run` only say what would happen. Raises StartError."""
    now, person = timezone.now(), _person(by) if by else machine("listener")
    try:
        if dry_run:
            return imports.preview_posts(path, market, origin, now).counts
        source = imports.file_source(person, market, origin, now)
        step = imports.take_posts(person, path, source, now, name=path.name)
    except (Refusal, ChannelError) as refusal:
        raise StartError(str(refusal)) from refusal
    return {"rows": step.done, "stored": step.stored, "known already": step.known, "refused": step.refused}


def accounts(path: Path, *, by: str | None, dry_run: bool) -> Counts:
    """Take registry rows in as one act of a person; with `dry_run` only say what would happen. Raises StartError."""
    if not by:
        raise StartError("Accounts are registered by a person: name them with --by EMAIL.")
    now, person = timezone.now(), _person(by)
    table = account_rows.read_table(path)
    try:
        done = (
            account_rows.preview_accounts(person, table, now) if dry_run else account_rows.take_accounts(person, table, now, name=path.name)
        )
    except (Refusal, ChannelError) as refusal:
        raise StartError(str(refusal)) from refusal
    return done.counts


def _person(email: str) -> User:
    person = by_address([email]).get(email.strip().lower())
    if person is None:
        raise StartError(f"Nobody here has the address {email}: correct --by.")
    return person
