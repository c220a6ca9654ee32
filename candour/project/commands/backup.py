"""candour backup"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option, json_option
from candour.project.commands.progress import bar
from candour.project.django_ready import with_django

keys_option = click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="KEYS",
    help="The one copy of the keys; without it, candour.keys beside FILE.",
)


@click.command("backup")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@keys_option
@data_option
@json_option
def command(target: Path, keys: Path | None, data: Path, as_json: bool) -> None:
    """Write one instant of the installation to a new, encrypted FILE, and replace the copy of its keys.

    FILE holds every row and paper and no key. KEYS holds every key; keep one of it, on another machine than FILE. Candour may run
    meanwhile. The passphrase comes from CANDOUR_BACKUP_PASSPHRASE, from the file in CANDOUR_BACKUP_PASSPHRASE_FILE, or is asked for.

    \b
    Example:
      candour backup /mnt/backups/2026-03-04.candour --keys /mnt/keys/candour.keys
    """
    with with_django(folder.existing(data)):
        from candour.project import database_checks  # loads models, which need the settings of this data folder
        from candour.project.backup import save, secret
        from candour.project.backup.place import conninfo

        database_checks.require_reachable()
        copy = keys or target.with_name(save.KEYS_NAME)
        with bar() as told:
            done = save.save(folder.existing(data), conninfo(data), target, copy, secret.ask(twice=True), told)
    if as_json:
        facts = {"rows": done.rows, "tables": done.tables, "head": done.head, "bytes": done.size, "keys": done.keys}
        click.echo(json.dumps(facts | {"file": str(target), "copy_of_keys": str(copy)}))
        return
    click.echo(f"{done.rows} rows of {done.tables} tables written to {target} ({done.size} bytes), up to the head of {done.head} entries.")
    click.echo(f"{done.keys} keys and secrets written to {copy}: keep it apart from the backups, and keep no older copy of it.")
