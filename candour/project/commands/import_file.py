"""candour import"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import ReadableFile, data_option
from candour.project.django_ready import with_django

KINDS = ("posts", "accounts")


@click.command("import")
@click.argument("file", type=ReadableFile)
@click.option("--as", "kind", type=click.Choice(KINDS), required=True, help="What the rows are.")
@click.option("--by", metavar="EMAIL", help="The person who imports; needed for accounts. Posts are taken in by the listener.")
@click.option("--market", default="", metavar="ID", help="Market of the posts.")
@click.option("--origin", metavar="NAME", help="Where the posts come from; names their source. Default: the file's name.")
@click.option(
    "--market", metavar="CODE", default="", help="Market of the posts, for example de. Default: no market, all may see them who see all."
)
@click.option("--by", metavar="E-MAIL", default="", help="Who imports. Needed for accounts; posts come in as Candour listener without it.")
@click.option("--dry-run", is_flag=True, help="Read and judge every row, write nothing.")
@data_option
def command(file: Path, kind: str, by: str | None, market: str, origin: str | None, dry_run: bool, data: Path) -> None:
    """Take in a file of posts or registry rows.

    A second import of the same file adds nothing.

    \b
    Example:
      candour import posts.jsonl --as posts --market de --dry-run
      candour import accounts.csv --as accounts --by anna@company.example
    """
    with with_django(folder.existing(data)):
        from candour.project import file_import  # models can only be imported once Django is ready

        if kind == "accounts":
            counts = file_import.accounts(file, by=by, dry_run=dry_run)
        else:
            counts = file_import.posts(file, by=by, market=market, origin=origin or file.stem, dry_run=dry_run)
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()))
