"""candour restore"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from candour.project import database, folder
from candour.project.commands.backup import keys_option
from candour.project.commands.options import ReadableFile, data_option, json_option
from candour.project.commands.progress import bar

if TYPE_CHECKING:
    from candour.journal.verify import Report
    from candour.project.backup.restore import Plan, Restored


@click.command("restore")
@click.argument("file", type=ReadableFile, metavar="FILE")
@keys_option
@data_option
@json_option
def command(file: Path, keys: Path | None, data: Path, as_json: bool) -> int:
    """Put a backup into a new data folder and an empty database, and prove that nothing differs.

    FILE and KEYS are opened and compared whole before anything is written. Then every row is hashed again and the journal verified. Keys
    that were destroyed since the backup stay destroyed. Exit code 1 when the journal does not agree.

    \b
    Example:
      candour restore /mnt/backups/2026-03-04.candour --keys /mnt/keys/candour.keys --data /srv/candour
    """
    from candour.project.backup import restore, save, secret  # brings the driver and the ciphers along, which `--help` needs not
    from candour.project.backup.place import conninfo, require_embedded_major

    plan = restore.prove(file, keys or file.with_name(save.KEYS_NAME), secret.ask(twice=False))
    restore.require_empty_folder(data)
    require_embedded_major(plan.manifest)
    data = folder.make(data)
    with database.at_hand(data):
        restore.require_fitting_server(conninfo(data), plan.manifest)
        done = restore.put_files_back(data, plan)
        report = _rows_and_proof(data, plan, done)
    (data / folder.UNFINISHED).unlink()
    _tell(plan, done, report, as_json)
    return 0 if report.holds else 1


def _rows_and_proof(data: Path, plan: Plan, done: Restored) -> Report:
    from candour.project.backup import restore
    from candour.project.backup.place import conninfo
    from candour.project.django_ready import with_django

    with with_django(data):
        from candour.project.backup import structure  # loads models, which need the settings of this data folder

        structure.make(plan.manifest)
        with bar() as told:
            restore.put_rows_back(conninfo(data), plan, done, told)
        return structure.finish(plan.keys.destroyed)


def _tell(plan: Plan, done: Restored, report: Report, as_json: bool) -> None:
    head = plan.manifest["head"]
    if as_json:
        facts = {"rows": done.rows, "tables": done.tables, "keys": done.keys, "destroyed": done.destroyed, "head": head["size"]}
        click.echo(json.dumps(facts | {"root": head["root"], "verified": report.holds, "problems": [p.sentence for p in report.problems]}))
        return
    click.echo(f"{done.rows} rows of {done.tables} tables restored; the hash of every table is that of the backup.")
    click.echo(f"{done.keys} keys put back; {done.destroyed} things that were destroyed stay destroyed.")
    click.echo(
        f"Journal up to the head of {head['size']} entries, root {head['root']}: {'everything agrees' if report.holds else 'it differs'}."
    )
    for problem in report.problems:
        click.echo(f"{problem.kind}: {problem.sentence}")
