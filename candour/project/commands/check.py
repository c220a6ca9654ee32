"""candour check"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project.commands.options import ReadableFile, WritableFile


@click.command("check")
@click.argument("pieces", type=ReadableFile, metavar="IN.jsonl")
@click.option("-o", "--output", required=True, type=WritableFile, metavar="OUT.jsonl", help="One line per piece, same order.")
@click.option("--advice", is_flag=True, help="Also write advice for plain language with each piece; it changes no verdict.")
def command(pieces: Path, output: Path, advice: bool) -> None:
    """Check drafts against the shipped rules of their market.

    Needs no database. Each output line holds id, verdict (block, review, pass) and the findings that led to it.

    \b
    Example:
      candour check drafts.jsonl -o verdicts.jsonl
    """
    from candour.screening.check_file import check_file  # loads the market packs

    counts = check_file(pieces, output, advice=advice)
    summary = f"{counts.rows} pieces: {counts.block} blocked, {counts.review} to review, {counts.passed} passed"
    click.echo(f"{summary}; {counts.errors} lines could not be read", err=True)
