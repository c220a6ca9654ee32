"""candour migrate"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option
from candour.project.django_ready import with_django


@click.command("migrate")
@data_option
def command(data: Path) -> None:
    """Bring the database's structure up to date.

    `candour run` does this by itself.

    \b
    Example:
      DATABASE_URL=postgresql://candour@db/candour candour migrate
    """
    with with_django(folder.make(data)):
        from django.core.management import call_command

        from candour.project import database_checks

        database_checks.require_reachable()
        call_command("migrate", interactive=False, verbosity=1)
        database_checks.require_locale()
