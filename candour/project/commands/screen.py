"""candour screen"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from candour.project.commands.options import ReadableFile

if TYPE_CHECKING:
    from candour.screening.screen_file import Counts


@click.command("screen")
@click.argument("posts", type=click.Path(exists=True, readable=True, path_type=Path), metavar="IN.jsonl")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(writable=True, path_type=Path),
    metavar="OUT.jsonl",
    help="One line per post, same order.",
)
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

    Each input line is {"id", "text"} with optional lang, published_at, author, channel. Spark also reads a Parquet file or folder and then
    writes a new Parquet folder.

    \b
    Example:
      candour screen posts.jsonl -o screened.jsonl --products our-names.csv
      candour screen posts.parquet -o screened.parquet --engine spark
    """
    from candour.screening.explain_file import explain_file  # loads Arrow and the language packs
    from candour.screening.screen_file import screen_file

    act = explain_file if explain else screen_file
    if _is_parquet(posts):
        counts = _parquet(posts, output, products, engine)
    else:
        hidden = engine != "local" or not sys.stderr.isatty()
        with click.progressbar(length=posts.stat().st_size, label="Screening", file=sys.stderr, hidden=hidden) as bar:
            counts = act(posts, output, products_path=products, engine=engine, progress=lambda done, _: bar.update(done - bar.pos))
    summary = f"{counts.screened} of {counts.lines} posts screened by {counts.release}"
    click.echo(f"{summary}; {counts.rejected} lines refused, {counts.unscreened_language} posts in a language without a pack", err=True)


def _parquet(posts: Path, output: Path, products: Path | None, engine: str) -> Counts:
    from candour.screening.spark_job import screen_parquet  # as above

    if engine != "spark":
        raise click.UsageError("Give --engine spark for Parquet, or a JSONL file.")
    if output.exists():
        raise click.UsageError(f"Name a folder that does not exist yet: {output} does.")
    return screen_parquet(posts, output, products.read_bytes() if products else None)


def _is_parquet(posts: Path) -> bool:
    return posts.is_dir() or posts.suffix == ".parquet"
