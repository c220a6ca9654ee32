"""candour journal verify, candour journal heads"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from candour.project import folder
from candour.project.commands.options import ReadableFile, data_option, json_option
from candour.project.commands.progress import bar
from candour.project.django_ready import with_django
from candour.project.errors import StartError

if TYPE_CHECKING:
    from candour.journal.verify import Report


NewFile = click.Path(dir_okay=False, path_type=Path)


@click.group("journal")
def command() -> None:
    """Look whether the record was tampered with, and keep its signed heads elsewhere.

    \b
    Example:
      candour journal heads --export heads-2026-03-04.jsonl
      candour journal verify --heads heads-2026-03-04.jsonl
    """


@command.command("verify")
@data_option
@click.option(
    "--heads",
    type=ReadableFile,
    metavar="FILE",
    help="A copy of the heads kept elsewhere, older or newer than the database.",
)
@click.option("--only-entries", is_flag=True, help="Entries, tree, heads and files only; rows and kept bytes stay uncompared.")
@json_option
def verify_command(data: Path, heads: Path | None, only_entries: bool, as_json: bool) -> int:
    """Compare rows, entries, tree, heads and files of heads, and name everything that does not agree.

    Exit code 0 when everything agrees, 1 when something does not.

    \b
    Example:
      candour journal verify --heads /mnt/auditor/heads.jsonl
    """
    with with_django(folder.existing(data)):
        from candour.journal.verify import verify  # loads models, which need the settings of this data folder
        from candour.project import database_checks

        database_checks.require_reachable()
        if fault := database_checks.migration_fault():
            raise StartError(fault)
        with bar() as told:
            report = verify(heads, told, only_entries=only_entries)
    click.echo(json.dumps(_plain(report), indent=2, ensure_ascii=False) if as_json else _words(report, only_entries))
    return 0 if report.holds else 1


@command.command("heads")
@data_option
@click.option("--export", "target", required=True, type=NewFile, metavar="FILE", help="The new file to write the heads to.")
def heads_command(data: Path, target: Path) -> None:
    """Copy every signed head to a new file, to be kept where nobody who can write the database can write.

    \b
    Example:
      candour journal heads --export heads-2026-03-04.jsonl
    """
    with with_django(folder.existing(data)):
        from candour.journal.exports import export_heads  # loads models, which need the settings of this data folder

        try:
            count = export_heads(target)
        except FileExistsError:
            raise click.ClickException(f"{target} exists and stays as it is: name a new file.") from None
        except OSError as error:
            raise click.ClickException(f"{target} can't be written ({error.strerror}): name another file.") from error
    click.echo(f"{count} heads written to {target}")


def _words(report: Report, only_entries: bool) -> str:
    """The report for a person: the counts, then one line for each problem."""
    counts = f"{report.sound} of {report.entries} entries are sound, {report.unsealed} unsealed"
    lines = [f"{counts}; {report.heads} heads; {report.rows} rows compared."]
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"{problem.kind}: {problem.sentence}" for problem in report.problems]
    lines += [f"{kind}: {count} more." for kind, count in report.untold.items()]
    found = "1 problem" if report.total() == 1 else f"{report.total()} problems"
    changed = f"{found}: the journal or what it guards was changed outside Candour."
    sound = "The entries agree." if only_entries else "Everything agrees."
    lines.append(sound if report.holds else changed)
    return "\n".join(lines)


def _plain(report: Report) -> dict[str, object]:
    """The report for a machine."""
    counts = {name: getattr(report, name) for name in ("entries", "sound", "unsealed", "heads", "rows")}
    return {
        "holds": report.holds,
        **counts,
        "problems": [problem._asdict() for problem in report.problems],
        "untold": dict(report.untold),
        "notes": report.notes,
    }
