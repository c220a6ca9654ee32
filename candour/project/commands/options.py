"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from candour.project import folder

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="CANDOUR_DATA",
    default=folder.DEFAULT,
    show_default=True,
    help="Folder of the installation: keys, logs and, without DATABASE_URL, the database.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")

ReadableFile = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
WritableFile = click.Path(dir_okay=False, writable=True, path_type=Path)
