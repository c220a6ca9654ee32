"""candour claims list, candour claims where"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candour.project import folder
from candour.project.commands.options import data_option, json_option
from candour.project.django_ready import with_django

if TYPE_CHECKING:
    from candour.messages.models import Claim


@click.group("claims")
def command() -> None:
    """Read the claims: what may be said, and where it is said.

    \b
    Example:
      candour claims list --market de
      candour claims where C-12
    """


@command.command("list")
@click.option("--market", default="", metavar="CODE", help="Only claims of this market.")
@click.option("--state", default="", help="Only draft, approved, expired, replaced or withdrawn ones.")
@data_option
@json_option
def list_command(market: str, state: str, data: Path, as_json: bool) -> None:
    """Tell every claim with its state, words and references.

    \b
    Example:
      candour claims list --market de --state approved
    """
    with with_django(folder.existing(data)):
        from candour.journal.acting import database_now  # the settings are those of this data folder
        from candour.messages import claim_queries as queries
        from candour.project import database_checks

        database_checks.require_reachable()
        on = database_now().date()
        found = queries.in_claim_state(queries.every_claim(), state, on)
        rows = list(found.filter(markets__contains=[market.casefold()]) if market else found)
        contents = queries.contents_of(rows)
        told = [_row(claim, contents[claim.pk], queries.standing(claim, on)) for claim in rows]
    if as_json:
        click.echo(json.dumps({"claims": told}, ensure_ascii=False))
        return
    for row in told:
        click.echo(f"{row['claim']}  {row['state']}, {' '.join(row['markets'])}, review by {row['review_on']}: {row['title']}")
    click.echo(f"{len(told)} claims.")


def _row(claim: Claim, content: dict[str, Any], state: str) -> dict[str, Any]:
    return {"claim": claim.code, "product": claim.product.key, "state": state, **content}


@command.command("where")
@click.argument("code", metavar="CLAIM")
@data_option
@json_option
def where_command(code: str, data: Path, as_json: bool) -> int:
    """Tell where a claim is said: drafts, approved messages, scheduled and live texts. Exit code 1 when nowhere.

    \b
    Example:
      candour claims where C-12
    """
    number = code.upper().removeprefix("C-")
    with with_django(folder.existing(data)):
        from candour.insight.claim_queries import said_rows  # the settings are those of this data folder
        from candour.messages import claim_queries as queries
        from candour.project import database_checks

        database_checks.require_reachable()
        found = queries.every_claim().filter(number=number).first() if number.isdecimal() and len(number) < 9 else None
        if found is None:
            raise click.ClickException(f"There is no claim {code}; `candour claims list` names them all.")
        rows = said_rows(None, found)
    if as_json:
        click.echo(json.dumps({"claim": found.code, "said": rows}, ensure_ascii=False))
    else:
        for row in rows:
            click.echo(f"{row['what']}  {row['market']}  {row['key']}  {row['title']} ({row['state']})")
        click.echo(f"{found.code} is said in {len(rows)} places.")
    return 0 if rows else 1
