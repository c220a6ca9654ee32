"""candour doctor"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option, json_option


@click.command("doctor")
@data_option
@json_option
def command(data: Path, as_json: bool) -> int:
    """Say what is wrong with the installation.

    Each fault has a number, explained in docs/operate.md, and says who must do what. Exit code 1 when there is one.

    \b
    Example:
      candour doctor --json
    """
    from candour.project import doctor  # loads Django

    findings = doctor.examine(folder.existing(data))
    if as_json:
        click.echo(
            json.dumps(
                [{"number": number, "check": name, "ok": fault is None, "fault": fault} for number, name, fault in findings], indent=2
            )
        )
    else:
        for number, name, fault in findings:
            click.echo(f"{'ok  ' if fault is None else 'no  '} {number} {name}{'' if fault is None else ': ' + fault}")
    return 1 if any(finding.fault for finding in findings) else 0
