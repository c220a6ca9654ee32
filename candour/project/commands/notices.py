"""candour notices"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.channels.smtp import NotTaken
from candour.project import folder
from candour.project.commands.options import data_option, json_option
from candour.project.django_ready import with_django


@click.group("notices")
def command() -> None:
    """Try the mail server, and see what waits for it.

    \b
    Example:
      candour notices test-mail mira@example.org
    """


@command.command("test-mail")
@click.argument("address")
@data_option
def test_mail(address: str, data: Path) -> int:
    """Send one mail to ADDRESS and print what the mail server answered. Exit code 1 when it did not take it.

    \b
    Example:
      candour notices test-mail mira@example.org
    """
    with with_django(folder.existing(data)):
        from candour.flows.answers import Refusal  # needs the settings of this data folder
        from candour.flows.outbox import send_test
        from candour.journal.acting import database_now
        from candour.project import database_checks

        database_checks.require_reachable()
        try:
            click.echo(f"The mail server has taken it: {send_test(address, database_now())}")
        except Refusal as refused:
            raise click.ClickException(" ".join(filter(None, (refused.why, refused.remedy)))) from refused
        except NotTaken as problem:
            click.echo(f"The mail server did not take it: {problem.words}", err=True)
            return 1
    return 0


@command.command("outbox")
@data_option
@json_option
def outbox_command(data: Path, as_json: bool) -> None:
    """Count the mails by state, and say how long the oldest has waited.

    \b
    Example:
      candour notices outbox --json
    """
    with with_django(folder.existing(data)):
        from candour.flows.outbox import figures  # needs the settings of this data folder
        from candour.journal.acting import database_now
        from candour.project import database_checks

        database_checks.require_reachable()
        now = figures(database_now())
    if as_json:
        click.echo(json.dumps({"mails": now.states, "oldest_waiting_seconds": now.oldest}))
        return
    click.echo(", ".join(f"{count} {state}" for state, count in now.states.items()) + f"; the oldest has waited {now.oldest:.0f} s")
