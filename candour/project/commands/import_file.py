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
@click.option("--profile", metavar="NAME", default="", help="Saved header profile, for the export of one network.")
@click.option("--market", metavar="CODE", default="", help="Market of the posts. Without it only people for all markets see them.")
@click.option("--by", metavar="E-MAIL", default="", help="Who imports. Needed for accounts; posts come in as Candour listener without it.")
@click.option("--dry-run", is_flag=True, help="Read and judge every row, write nothing.")
@data_option
def command(file: Path, kind: str, profile: str, market: str, by: str, dry_run: bool, data: Path) -> int:
    """Take in a file of posts or registry rows.

    A second import of the same file adds nothing. Exit code 1 when every row was refused.

    \b
    Example:
      candour import posts.jsonl --as posts --market de --dry-run
      candour import accounts.csv --as accounts --by anna@company.example
    """
    with with_django(folder.existing(data)):
        from candour.project import imports  # models can only be imported once Django is ready

        return imports.import_file(imports.Order(file, kind, profile=profile, market=market, by=by, dry_run=dry_run))
