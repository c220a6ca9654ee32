"""candour calendar list"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from candour.project.commands.in_person import InPerson, as_option, done_by, instant, secret_option, tell
from candour.project.commands.options import data_option, json_option


@click.group("calendar")
def command() -> None:
    """Read what goes out and what went out.

    \b
    Example:
      candour calendar list --market de --as hanne@example.com
    """


@command.command("list")
@click.option("--from", "begins", default="", metavar="TIME", help="With its zone; now without it.")
@click.option("--to", "ends", default="", metavar="TIME", help="With its zone; thirty days later without it.")
@click.option("--market", default="", metavar="CODE", help="Accounts of one market.")
@click.option("--account", default="", metavar="KEY", help="One account.")
@click.option("--product", default="", metavar="KEY", help="Messages about one product.")
@as_option
@secret_option
@data_option
@json_option
def list_command(
    begins: str,
    ends: str,
    market: str,
    account: str,
    product: str,
    email: str,
    secret_file: Path | None,
    data: Path,
    as_json: bool,
) -> None:
    """List what has a place in these days, answers to people left out.

    \b
    Example:
      candour calendar list --from 2026-12-01T00:00+01:00 --as hanne@example.com
    """
    first, last = instant(begins) if begins else None, instant(ends) if ends else None
    chosen = {"market": market.casefold(), "account": account, "product": product}

    def read(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import calendar  # the settings are those of this data folder

        start = first or who.now
        return calendar(who.person, start, last or start + timedelta(days=30), who.now, chosen)

    found = done_by(data, email, secret_file, read)
    tell(found if as_json else found["publications"], as_json, line)
    if found["more"] and not as_json:
        click.echo("There is more; choose fewer days.", err=True)


def line(row: dict[str, Any]) -> str:
    """One text for a person."""
    why = f": {row['problem']}" if row["problem"] else ""
    return f"{row['due_at']} {row['account']} {row['state']} {row['message']} (publication {row['publication']}){why}"
