"""candour import"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import ReadableFile, data_option
from candour.project.django_ready import with_django

KINDS = ("posts", "contacts", "accounts", "activities")


@click.command("import")
@click.argument("file", type=ReadableFile)
@click.option("--as", "kind", type=click.Choice(KINDS), required=True, help="What the rows are.")
@click.option("--profile", metavar="NAME", help="Saved header profile of a network's own export.")
@click.option("--dry-run", is_flag=True, help="Read and judge every row, write nothing.")
@data_option
def command(file: Path, kind: str, profile: str | None, dry_run: bool, data: Path) -> int:
    """Take in a file of posts or registry rows.

    A second import of the same file adds nothing.

    \b
    Example:
      candour import posts.jsonl --as posts --dry-run
    """
    with with_django(folder.existing(data)):
        from candour.project import imports  # models can only be imported once Django is ready

        return imports.import_file(file, kind=kind, profile=profile, dry_run=dry_run)
