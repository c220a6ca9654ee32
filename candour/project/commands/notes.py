"""candour notes"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from candour.project.commands.in_person import InPerson, as_option, done_by, secret_option, tell
from candour.project.commands.options import data_option, json_option


@click.command("notes")
@click.argument("draft", type=int)
@as_option
@secret_option
@data_option
@json_option
def command(draft: int, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """List what reviewers noted on a draft, with the answers.

    \b
    Example:
      candour notes 12 --as hanne@example.com
    """

    def read(who: InPerson) -> list[dict[str, Any]]:
        from candour.flows.orders import notes  # the settings are those of this data folder

        return notes(who.person, draft, who.now)

    tell(done_by(data, email, secret_file, read), as_json, _line)


def _line(row: dict[str, Any]) -> str:
    about = f" on “{row['quote']}”" if row["quote"] else ""
    answer = f"; {row['answered_by']}: {row['answer']}" if row["answer"] else ""
    return f"{row['kind']} by {row['by']} ({row['role']}), version {row['version']}{about}: {row['words']} [{row['state']}]{answer}"
