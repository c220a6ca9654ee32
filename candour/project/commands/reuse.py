"""candour reuse answer, ask, proof"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from candour.project.commands.in_person import InPerson, as_option, done_by, secret_option, tell
from candour.project.commands.options import data_option, json_option


@click.group("reuse")
def command() -> None:
    """Carry a proven message to another market, with the proof.

    \b
    Example:
      candour reuse answer zovellark-de-12 --market at --as hanne@example.com
    """


@command.command("answer")
@click.argument("key")
@click.option("--market", default="", metavar="CODE", help="One market; without it every market with an account of ours.")
@click.option("--account", default="", metavar="KEY", help="One account of that market.")
@as_option
@secret_option
@data_option
@json_option
def answer(key: str, market: str, account: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """Say what it takes to use a message elsewhere; changes nothing.

    \b
    Example:
      candour reuse answer zovellark-de-12 --as hanne@example.com
    """

    def ask(who: InPerson) -> list[dict[str, Any]]:
        from candour.flows.orders import reuse_answers  # the settings are those of this data folder

        return reuse_answers(who.person, key, who.now, market.casefold(), account)

    tell(done_by(data, email, secret_file, ask), as_json, _answer_line)


def _answer_line(row: dict[str, Any]) -> str:
    if row["answer"] == "none":
        return f"{row['market']}: {row['why']}"
    asked = ", ".join(row["asked"] or row["refused_by"]) or "nobody else"
    return f"{row['market']} ({row['account']}): {row['answer']}, {asked}, about {row['minutes']} minutes; seen {row['seen']}"


@command.command("ask")
@click.argument("key")
@click.argument("market")
@click.option("--seen", required=True, metavar="SHA256", help="The digest that `candour reuse answer` told: what you decided on.")
@click.option("--account", default="", metavar="KEY", help="One account of that market.")
@as_option
@secret_option
@data_option
@json_option
def ask_command(key: str, market: str, seen: str, account: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """Sign it live, or ask the reviewers of the differences, as the answer said. Exit code 1 when it is refused.

    \b
    Example:
      candour reuse ask zovellark-de-12 at --seen 9f2c… --as hanne@example.com
    """

    def order(who: InPerson) -> dict[str, Any]:
        from candour.flows.orders import reuse_order  # the settings are those of this data folder

        return reuse_order(who.person, key, market.casefold(), who.secret, seen, who.now, account)

    tell(done_by(data, email, secret_file, order), as_json, _proof_line)


def _proof_line(row: dict[str, Any]) -> str:
    went = f"live as {row['message']}" if row["message"] else f"review {row['review']}"
    whole = "" if row["whole"] else "; what is stored is NOT what was signed"
    return f"proof {row['proof']}: {row['answer']}, {went}; {row['meaning']}, {row['signed_by']}, {row['signed_at']}{whole}"


@command.command("proof")
@click.argument("number", type=int)
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="New file for the PDF.")
@click.option("--language", default="en", show_default=True, help="Language of the paper.")
@as_option
@secret_option
@data_option
@json_option
def proof(number: int, target: Path | None, language: str, email: str, secret_file: Path | None, data: Path, as_json: bool) -> None:
    """Tell a stored proof, and write it as PDF.

    \b
    Example:
      candour reuse proof 4 -o proof-4.pdf --as hanne@example.com
    """
    if target is not None and target.exists():
        raise click.ClickException(f"{target} exists and stays as it is: name a new file.")

    def read(who: InPerson) -> tuple[dict[str, Any], bytes]:
        from django.utils.translation import override  # the settings are those of this data folder

        from candour.flows.orders import reuse_proof
        from candour.web.reuse_paper import paper_for

        with override(language):
            return reuse_proof(who.person, number, who.now), paper_for(who.person, number, who.now) if target else b""

    row, pdf = done_by(data, email, secret_file, read)
    if target is not None:
        target.write_bytes(pdf)
    tell(row, as_json, _proof_line)
