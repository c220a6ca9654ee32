"""candour authority list"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.project import folder
from candour.project.commands.options import data_option, json_option
from candour.project.django_ready import with_django


@click.group("authority")
def command() -> None:
    """Make the monthly files for authorities.

    \b
    Example:
      candour authority list --market us --month 2026-11 -o 2253
    """


@command.command("list")
@click.option("--market", required=True, metavar="CODE", help="The market whose authority asks, for example us or de.")
@click.option("--month", required=True, metavar="YYYY-MM", help="The month in which the messages were first used.")
@click.option("--language", default="en", show_default=True, help="Language of the paper.")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="New folder."
)
@data_option
@json_option
def list_command(market: str, month: str, language: str, target: Path, data: Path, as_json: bool) -> None:
    """Write what was first used in a month to a new folder: JSON, PDF and a manifest with their SHA-256.

    For the United States that is the listing for Form FDA 2253 with the live channels, for countries of the European Union the
    advertising file.

    \b
    Example:
      candour authority list --market us --month 2026-11 -o 2253
    """
    if target.exists() and any(target.iterdir()):
        raise click.ClickException(f"{target} holds files already: name an empty folder.")
    with with_django(folder.existing(data)):
        from django.utils.translation import override  # the settings are those of this data folder

        from candour.flows.answers import Refusal
        from candour.flows.authority_files import bundle, listing
        from candour.journal.acting import database_now
        from candour.project import database_checks

        database_checks.require_reachable()
        try:
            with override(language):
                found = bundle(listing(market.casefold(), month, database_now()))
        except Refusal as refused:
            raise click.ClickException(refused.why) from refused
    target.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        (target / name).write_bytes(content)
    _tell(target, found, as_json)


def _tell(target: Path, found: dict[str, bytes], as_json: bool) -> None:
    manifest = json.loads(found["manifest.json"])
    if as_json:
        click.echo(json.dumps(manifest | {"folder": str(target)}))
        return
    for name, said in manifest["files"].items():
        click.echo(f"{target / name}: {said['bytes']} bytes, SHA-256 {said['sha256']}")
    click.echo(f"{target / 'manifest.json'}: the sizes and digests of both")
