"""candour retention run"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option, json_option
from candour.project.django_ready import with_django


@click.group("retention")
def command() -> None:
    """Take away what is past its retention period.

    \b
    Example:
      candour retention run --dry-run
    """


@command.command("run")
@click.option("--dry-run", is_flag=True, help="List what would go and why, change nothing.")
@data_option
@json_option
def run_command(dry_run: bool, data: Path, as_json: bool) -> None:
    """Clear posts and destroy keys that are past their time and under no hold. Candour does the same every night.

    \b
    Example:
      candour retention run --dry-run
    """
    with with_django(folder.existing(data)):
        from candour.flows import retention
        from candour.journal.acting import database_now  # needs the settings of this data folder
        from candour.people.actions import machine
        from candour.project import database_checks

        database_checks.require_reachable()
        if dry_run:
            _list(retention.dry_run(database_now()), as_json)
            return
        done = retention.run(machine("listener"), database_now())
        told = [{"run": row.pk, "counts": row.counts, "root": row.root} for row in done]
    if as_json:
        click.echo(json.dumps(told))
        return
    for one in told:
        counts = ", ".join(f"{count} {name}" for name, count in one["counts"].items())
        click.echo(f"Run {one['run']}: {counts}; root {one['root']}")


def _list(due: list, as_json: bool) -> None:
    if as_json:
        rows = [
            {"class": d.key, "days": d.kept.days, "disposal": d.kept.disposal, "due": d.count, "held": d.held, "first": d.first}
            for d in due
        ]
        click.echo(json.dumps(rows))
        return
    for one in due:
        ground = f"kept {one.kept.days} days from {one.kept.counts_from} ({'; '.join(one.kept.sources)})"
        click.echo(f"{one.key}: {one.count} due, {one.held} held; {ground}")
        for name in one.first:
            click.echo(f"  {name}")
