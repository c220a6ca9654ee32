"""candour demo refresh, candour demo tamper"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option
from candour.project.django_ready import with_django


@click.group("demo")
def command() -> None:
    """Work with the demo company. Nothing here touches a company's own installation.

    \b
    Example:
      candour demo tamper
    """


@command.command("tamper")
@data_option
def tamper_command(data: Path) -> int:
    """Change one letter of a live page behind Candour's back; the next look at it names signed and seen.

    \b
    Example:
      candour demo tamper
    """
    with with_django(folder.existing(data)):
        from candour.project.demo.tamper import NothingToTamper, tamper  # needs the models

        try:
            title, url = tamper()
        except NothingToTamper as problem:
            click.echo(str(problem), err=True)
            return 1
    click.echo(f"One letter of “{title}” is now different at {url}. Candour looks at live pages every minute: see Library.")
    return 0


@command.command("refresh")
@data_option
def refresh_command(data: Path) -> int:
    """Seed the demo company anew with dates that end today. Stop Candour first.

    \b
    Example:
      candour demo refresh
    """
    place = folder.existing(data)
    with folder.claimed(place), with_django(place):
        from candour.project.demo.refresh import NotADemo, refresh  # needs the models

        try:
            refresh()
        except NotADemo as problem:
            click.echo(str(problem), err=True)
            return 1
    click.echo("The demo company is seeded anew.")
    return 0
