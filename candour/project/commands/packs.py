"""candour packs"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from candour.project.commands.options import data_option, json_option

if TYPE_CHECKING:
    from candour.packs.market import MarketPack


@click.group("packs")
def command() -> None:
    """Look at the rules of the markets, shipped and our own, and prove them.

    Files in the folder `packs` of the data folder change, add and retire rules; docs/rules-own.md says how.

    \b
    Example:
      candour packs show de
    """


def _pack(market: str, data: Path) -> MarketPack:
    """The shipped pack with the company's changes, as a signature would let it judge."""
    from candour.packs import loader, ours  # loads the schema library

    return ours.company_pack(loader.market_id(market), data / ours.FOLDER)


@command.command("list")
@click.option("--coverage", is_flag=True, help="Every shipped rule: its kind, its tests, who holds it.")
@data_option
@json_option
def list_packs(coverage: bool, data: Path, as_json: bool) -> None:
    """The markets with a pack: id, version, number of rules, digest, and how many rules of ours stand over the shipped ones.

    \b
    Example:
      candour packs list --coverage
    """
    if coverage:
        _list_coverage(as_json)
        return
    rows = _standing(data)
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        own = f"  {row['own']} of our own" if row["own"] else ""
        click.echo(f"{row['id']:<6} {row['version']:<12} {row['rules']:>3} rules  {row['digest'][:12]}  {row['title']}{own}")


def _standing(data: Path) -> list[dict[str, object]]:
    from candour.packs import loader  # loads the schema library

    rows: list[dict[str, object]] = []
    for market in loader.shipped_markets():
        pack = _pack(market, data)
        own = sum(len(one.rule) + len(one.change) + len(one.retire) for one in loader.overlays_in(pack).values())
        rows.append(
            {"id": pack.id, "title": pack.title, "version": pack.version, "rules": len(pack.rules), "digest": pack.digest, "own": own}
        )
    return rows


def _list_coverage(as_json: bool) -> None:
    from candour.packs import overview  # loads the schema library

    rows = overview.coverage()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows]))
        return
    for row in rows:
        tests = f"held by {row.held_by}" if row.held_by else f"{row.hits} hits, {row.misses} misses"
        click.echo(
            f"{row.rule:<24} {row.pack:<7} {row.kind:<9} {row.severity}  {tests}{'  needs local review' if row.needs_local_review else ''}"
        )


@command.command("show")
@click.argument("market", metavar="ID")
@click.argument("rule", required=False, metavar="[RULE]")
@data_option
def show(market: str, rule: str | None, data: Path) -> None:
    """One market's rules, each with its condition and its source; with RULE, or the beginning of its id, that rule read aloud.

    \b
    Example:
      candour packs show us
      candour packs show us US-03
    """
    from candour.packs import aloud  # loads the schema library

    pack = _pack(market, data)
    if rule:
        click.echo("\n\n".join(aloud.paragraph(one, pack) for one in aloud.found(pack, rule)))
        return
    click.echo(f"{pack.title} ({pack.id} {pack.version}), made of {', '.join(pack.chain)}, digest {pack.digest}")
    for one in pack.rules:
        click.echo(f"\n{one.id}  {one.severity}  from {one.home}{f'  ({one.changed})' if one.changed else ''}")
        click.echo(f"  when   {one.when_text}\n  source {one.citation.law}")
    for name, reason in pack.retired.items():
        click.echo(f"\n{name}  retired ({reason})")


@command.command("test")
@click.argument("market", required=False, metavar="[ID]")
@data_option
def test(market: str | None, data: Path) -> int:
    """Check every rule against its own texts that must hit and must not hit. Exit code 1 when one is wrong.

    \b
    Example:
      candour packs test de
    """
    from candour.packs import loader  # loads the schema library
    from candour.screening import checks

    markets = [loader.market_id(market)] if market else loader.shipped_markets()
    outcomes = [(name, one) for name in markets for one in checks.try_samples(_pack(name, data))]
    wrong = [(name, one) for name, one in outcomes if not one.sound]
    for name, one in wrong:
        click.echo(f"{name} {one.rule}: {one.kind} {one.number} is judged the other way: {one.text}")
    click.echo(f"{len(markets)} packs, {len(outcomes)} texts, {len(wrong)} wrong")
    return 1 if wrong else 0
