"""candour inspect"""

from __future__ import annotations

import json
from pathlib import Path

import click

from candour.project.commands.in_person import InPerson, as_option, done_by, secret_option
from candour.project.commands.options import data_option, json_option


@click.command("inspect")
@click.argument("key")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--for", "purpose", default="", help="What it is taken for; stands in the journal.")
@click.option("--language", default="en", show_default=True, help="Language of the paper.")
@as_option
@secret_option
@data_option
@json_option
def command(key: str, target: Path, purpose: str, language: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """Write the inspection pack of an approved message to a new file: facts, signed bytes, proofs, paper, and the script that checks them.

    \b
    Example:
      candour inspect zovellark-de-12 pack.zip --as hanne@example.com --for "visit of the authority"
      unzip pack.zip verify_pack.py && python -I verify_pack.py pack.zip
    """
    if target.exists():
        raise click.ClickException(f"{target} exists and stays as it is: name a new file.")

    def take(who: InPerson) -> tuple[bytes, str]:
        from django.utils.translation import override  # the settings are those of this data folder

        from candour.flows.orders import inspect
        from candour.journal.sealing import key_file, seal

        while key_file().is_file() and seal() is not None:  # beside a worker it finds nothing; without one nobody else would
            pass
        with override(language):
            pack = inspect(who.person, key, who.now, purpose)
        return pack.archive(), pack.manifest

    content, manifest = done_by(data, email, secret_file, take)
    with target.open("xb") as file:
        file.write(content)
    told = {"file": str(target), "bytes": len(content), "manifest_sha256": manifest}
    click.echo(json.dumps(told) if as_json else f"{target}: {len(content)} bytes; SHA-256 of its manifest {manifest}")
