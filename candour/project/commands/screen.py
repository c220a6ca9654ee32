"""candour screen"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project.commands.options import ReadableFile, WritableFile


@click.command("screen")
@click.argument("posts", type=ReadableFile, metavar="IN.jsonl")
@click.option("-o", "--output", required=True, type=WritableFile, metavar="OUT.jsonl", help="One line per post, same order.")
@click.option(
    "--products",
    type=ReadableFile,
    metavar="FILE.csv",
    help="Names to look for: product,kind,term,market,ambiguous. Default: substance names.",
)
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True, help="Where the work is done.")
def command(posts: Path, output: Path, products: Path | None, engine: str) -> None:
    """Screen posts for every duty; needs no database.

    Each input line is {"id", "text"} with optional lang, published_at, author, channel.

    \b
    Example:
      candour screen posts.jsonl -o screened.jsonl --products our-names.csv
    """
    from candour.screening.screen_file import screen_file  # loads Arrow and the language packs

    screen_file(posts, output, products_path=products, engine=engine)
