"""candour pauses list, set, lift, decide"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from candour.project.commands.calendar import line as publication_line
from candour.project.commands.in_person import InPerson, as_option, done_by, instant, secret_option, tell
from candour.project.commands.options import data_option, json_option


@click.group("pauses")
def command() -> None:
    """Stop what is published, go on, and decide on what came due meanwhile.

    \b
    Example:
      candour pauses set --market de --reason "recall in Germany" --as hanne@example.com
    """


@command.command("list")
@as_option
@secret_option
@data_option
@json_option
def list_command(email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """List pauses, running ones first, and what waits for a decision.

    \b
    Example:
      candour pauses list --as hanne@example.com
    """

    def read(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import pauses  # the settings are those of this data folder

        return pauses(who.person, who.now)

    found = done_by(data, email, secret_file, read)
    if as_json:
        tell(found, as_json, _line)
        return
    tell(found["pauses"], as_json, _line)
    tell(found["waiting"], as_json, lambda row: f"waits: {publication_line(row)}")


def _line(row: dict[str, Any]) -> str:
    what = " ".join(filter(None, (row["market"], row["product"], row["account"], row["theme"])))
    ended = f"; ended {row['ended_at']} by {row['ended_by']}: {row['ended_why']}" if row["ended_at"] else ""
    return f"pause {row['pause']} of {what}: {row['began_at']} by {row['by']}: {row['reason']}{ended}"


@command.command("set")
@click.option("--market", default="", metavar="CODE", help="Accounts of one market.")
@click.option("--product", default="", metavar="KEY", help="Messages about one product.")
@click.option("--account", default="", metavar="KEY", help="One account.")
@click.option("--theme", default="", help="Words of the text.")
@click.option("--reason", required=True, help="Why; stands in the journal.")
@as_option
@secret_option
@data_option
@json_option
def set_command(email: str, secret_file: Path | None, data: Path, as_json: bool, **what: str) -> None:
    """Pause everything that fits all that is given, signed. Exit code 1 when it is refused.

    \b
    Example:
      candour pauses set --product mivrantel --reason "new warning" --as hanne@example.com
    """

    def begin(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import set_pause  # the settings are those of this data folder

        return set_pause(who.person, what, who.secret, who.now)

    tell(done_by(data, email, secret_file, begin), as_json, _line)


@command.command("lift")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why it may go on; stands in the journal.")
@as_option
@secret_option
@data_option
@json_option
def lift_command(number: int, reason: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """End a pause, signed; what came due meanwhile waits for a decision.

    \b
    Example:
      candour pauses lift 3 --reason "batch cleared" --as hanne@example.com
    """

    def end(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import lift_pause  # the settings are those of this data folder

        return lift_pause(who.person, number, reason, who.secret, who.now)

    tell(done_by(data, email, secret_file, end), as_json, _line)


@command.command("decide")
@click.argument("publication", type=int)
@click.argument("decision", type=click.Choice(["send", "move", "drop"]))
@click.option("--at", "due", default="", metavar="TIME", help="The new time with its zone, for move.")
@as_option
@secret_option
@data_option
@json_option
def decide_command(publication: int, decision: str, due: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """Decide on a text that came due in a pause.

    \b
    Example:
      candour pauses decide 41 move --at 2026-12-01T09:00+01:00 --as hanne@example.com
    """
    due_at = instant(due) if due else None

    def settle(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import decide  # the settings are those of this data folder

        return decide(who.person, publication, decision, who.now, due_at)

    tell(done_by(data, email, secret_file, settle), as_json, publication_line)
