"""candour run"""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import supervisor
from candour.project.commands.options import data_option


@click.command("run")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    envvar="CANDOUR_PORT",
    default=8321,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@data_option
@click.option("--empty", is_flag=True, help="Begin with a guided start instead of the demo company.")
def command(port: int, data: Path, empty: bool) -> int:
    """Start database, web and worker; Ctrl-C stops all of it.

    The first start fills an empty folder with the demo company, or with --empty opens the guided start. Later starts keep the data.

    \b
    Example:
      candour run --port 8400 --data /srv/candour
    """
    return supervisor.run(data, port, empty=empty)
