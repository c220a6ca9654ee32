"""candour packs"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from candour.project.commands.options import json_option


@click.group("packs")
def command() -> None:
    """Look at the shipped rules of the markets and prove them.

    \b
    Example:
      candour packs show de
    """


@command.command("list")
@click.option("--coverage", is_flag=True, help="Every rule: its kind, its tests, who holds it.")
@json_option
def list_packs(coverage: bool, as_json: bool) -> None:
    """The markets with a pack: id, version, number of rules, digest.

    \b
    Example:
      candour packs list --coverage
    """
    from candour.packs import loader  # loads the schema library

    if coverage:
        _list_coverage(as_json)
        return
    packs = [loader.load_market(market) for market in loader.shipped_markets()]
    if as_json:
        click.echo(
            json.dumps([{"id": p.id, "title": p.title, "version": p.version, "rules": len(p.rules), "digest": p.digest} for p in packs])
        )
        return
    for pack in packs:
        click.echo(f"{pack.id:<6} {pack.version:<12} {len(pack.rules):>3} rules  {pack.digest[:12]}  {pack.title}")


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
def show(market: str) -> None:
    """One market's rules, each with its condition and its source.

    \b
    Example:
      candour packs show us
    """
    from candour.packs import loader  # loads the schema library

    pack = loader.load_market(loader.market_id(market))
    click.echo(f"{pack.title} ({pack.id} {pack.version}), made of {', '.join(pack.chain)}, digest {pack.digest}")
    for rule in pack.rules:
        click.echo(f"\n{rule.id}  {rule.severity}  from {rule.home}")
        click.echo(f"  when   {rule.when_text}\n  source {rule.citation.law}")


@command.command("test")
@click.argument("market", required=False, metavar="[ID]")
def test(market: str | None) -> int:
    """Check every rule against its own texts that must hit and must not hit. Exit code 1 when one is wrong.

    \b
    Example:
      candour packs test de
    """
    from candour.packs import loader  # loads the schema library
    from candour.screening import checks

    markets = [loader.market_id(market)] if market else loader.shipped_markets()
    outcomes = [(name, one) for name in markets for one in checks.try_samples(loader.load_market(name))]
    wrong = [(name, one) for name, one in outcomes if not one.sound]
    for name, one in wrong:
        click.echo(f"{name} {one.rule}: {one.kind} {one.number} is judged the other way: {one.text}")
    click.echo(f"{len(markets)} packs, {len(outcomes)} texts, {len(wrong)} wrong")
    return 1 if wrong else 0
