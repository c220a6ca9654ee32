"""candour screen"""

from __future__ import annotations

import sys
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
@click.option("--explain", is_flag=True, help="Also say why: near misses, weights, criteria, how the language was told. Slower.")
def command(posts: Path, output: Path, products: Path | None, engine: str, explain: bool) -> None:
    """Screen posts for every duty; needs no database.

    Each input line is {"id", "text"} with optional lang, published_at, author, channel.

    \b
    Example:
      candour screen posts.jsonl -o screened.jsonl --products our-names.csv
    """
    from candour.screening.explain_file import explain_file  # loads Arrow and the language packs
    from candour.screening.screen_file import screen_file

    act = explain_file if explain else screen_file
    with click.progressbar(length=posts.stat().st_size, label="Screening", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        counts = act(posts, output, products_path=products, engine=engine, progress=lambda done, _: bar.update(done - bar.pos))
    summary = f"{counts.screened} of {counts.lines} posts screened by {counts.release}"
    click.echo(f"{summary}; {counts.rejected} lines refused, {counts.unscreened_language} posts in a language without a pack", err=True)
