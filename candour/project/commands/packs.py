"""candour packs"""

from __future__ import annotations

import json

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
@json_option
def list_packs(as_json: bool) -> None:
    """The markets with a pack: id, version, number of rules, digest.

    \b
    Example:
      candour packs list
    """
    from candour.packs import loader  # loads the schema library

    packs = [loader.load_market(market) for market in loader.shipped_markets()]
    if as_json:
        click.echo(
            json.dumps([{"id": p.id, "title": p.title, "version": p.version, "rules": len(p.rules), "digest": p.digest} for p in packs])
        )
        return
    for pack in packs:
        click.echo(f"{pack.id:<6} {pack.version:<12} {len(pack.rules):>3} rules  {pack.digest[:12]}  {pack.title}")


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
