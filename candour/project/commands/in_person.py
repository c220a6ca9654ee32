"""Commands that act in a person's name: who it is, proven by their password, and refusals as one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from candour.project import folder
from candour.project.commands.options import ReadableFile
from candour.project.django_ready import with_django

if TYPE_CHECKING:
    from candour.people.models import User

as_option = click.option(
    "--as", "email", required=True, metavar="E-MAIL", help="In whose name; their rights count, and the journal says so."
)
secret_option = click.option(
    "--secret-file", type=ReadableFile, metavar="FILE", help="File with that person's password; without it you are asked for it."
)


class InPerson(NamedTuple):
    """Who acts, the password that proved it, and the instant."""

    person: User
    secret: str
    now: datetime


def done_by(data: Path, email: str, secret_file: Path | None, do: Callable[[InPerson], Any]) -> Any:
    """What `do` returns, done by the person whose password this is. A wrong one counts as at the door; a refusal is told in a sentence."""
    secret = secret_file.read_text(encoding="utf-8").rstrip("\r\n") if secret_file else click.prompt("Password", hide_input=True, err=True)
    with with_django(folder.existing(data)):
        from candour.flows.answers import Refusal  # the settings are those of this data folder
        from candour.flows.proof import proven
        from candour.journal.acting import database_now
        from candour.people.actions import find_for_sign_in
        from candour.project import database_checks

        database_checks.require_reachable()
        person, now = find_for_sign_in(email), database_now()
        if person is None:
            raise click.ClickException("No active person has this address.")
        try:
            proven(person, secret, now)
            return do(InPerson(person, secret, now))
        except Refusal as refused:
            raise Refused(refused.why, refused.remedy) from refused


class Refused(click.ClickException):
    """The act was refused: exit code 1, the answer is no."""

    exit_code = 1

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(" ".join(filter(None, (why, remedy))))


def tell(rows: Any, as_json: bool, line: Callable[[dict[str, Any]], str]) -> None:
    """Rows for a person, or everything for a machine."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows if isinstance(rows, list) else [rows]:
        click.echo(line(row))


def instant(words: str) -> datetime:
    """An instant with its zone, as somebody typed it."""
    try:
        told = datetime.fromisoformat(words)
    except ValueError:
        told = datetime.min
    if told.tzinfo is None:
        raise click.UsageError("Write the time with its zone, like 2026-11-26T09:00:00+01:00.")
    return told.astimezone(UTC)
