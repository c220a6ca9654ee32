"""candour packs"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from candour.project import folder
from candour.project.commands.options import ReadableFile, WritableFile, data_option, json_option

if TYPE_CHECKING:
    from candour.packs.market import MarketPack
    from candour.packs.rule_sheet import Proposal
    from candour.project.commands.packs_quality import RulesTried


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
@click.argument("only", required=False, metavar="[ID]")
@click.option("--rules", "what", flag_value="rules", help="Only the rules of the markets.")
@click.option("--languages", "what", flag_value="languages", help="Only the screening of the languages.")
@click.option("--wrong", is_flag=True, help="Name every post that screening judges other than its label.")
@click.option("--write", is_flag=True, help="Keep the figures of all languages in the packs, for the page and the next release.")
@click.option("--keep-as", metavar="NAME", default="", help="With --posts: keep those figures too, under this name; never the posts.")
@click.option("--posts", type=ReadableFile, metavar="FILE.jsonl", help="Measure screening on labelled posts of your own instead.")
@click.option("--products", type=ReadableFile, metavar="FILE.csv", help="Product names in those posts, as for candour screen.")
@data_option
@json_option
def test(
    only: str | None,
    what: str | None,
    wrong: bool,
    write: bool,
    keep_as: str,
    posts: Path | None,
    products: Path | None,
    data: Path,
    as_json: bool,
) -> int:
    """Check every rule against its own texts, and measure screening on the labelled posts of every language.

    For each language and each duty: posts, precision, recall and F1, each with its 95 % interval. ID is a market or a language; one
    that is both tests both. Exit code 1 when a text or post is judged wrongly.

    \b
    Example:
      candour packs test --languages
      candour packs test de --wrong
      candour packs test --posts ours.jsonl --products our-names.csv
    """
    from candour.project.commands import packs_quality  # loads the language packs

    asked = packs_quality.asked(only, what)
    packs_quality.refuse_mixed(asked, write=write, whole=not (only or posts), keep_as=keep_as, posts=posts)
    if posts:
        rules, graded = None, packs_quality.graded_posts(posts, products)
    else:
        rules = None if asked.markets is None else _rules_tried(asked.markets, data)
        graded = None if asked.languages is None else packs_quality.graded(asked.languages)
    if as_json:
        click.echo(json.dumps(packs_quality.as_json(rules, graded), ensure_ascii=False))
    else:
        packs_quality.tell(rules, graded, wrong=wrong, own=bool(posts))
    if graded and (write or keep_as):
        packs_quality.keep(graded, keep_as)
    return int(bool((rules and rules.wrong) or any(one.wrong for one in graded or ())))


def _rules_tried(markets: tuple[str, ...], data: Path) -> RulesTried:
    from candour.project.commands.packs_quality import RulesTried  # loads the language packs
    from candour.screening import checks

    outcomes = [(name, one) for name in markets for one in checks.try_samples(_pack(name, data))]
    return RulesTried(len(markets), len(outcomes), [(name, one) for name, one in outcomes if not one.sound])


@command.command("export")
@click.argument("market", metavar="ID")
@click.option("-o", "--output", required=True, type=WritableFile, metavar="FILE.xlsx", help="The workbook to write.")
@data_option
def export(market: str, output: Path, data: Path) -> None:
    """Write the rules of a market as a workbook for those who own them; docs/rules-own.md says which columns are read back.

    \b
    Example:
      candour packs export us -o rules.xlsx
    """
    from candour.packs import rule_sheet  # loads the schema library

    output.write_bytes(rule_sheet.exported(_for_workbook(market, data)[0]))


@command.command("import")
@click.argument("workbook", type=ReadableFile, metavar="FILE.xlsx")
@click.option("--dry-run", is_flag=True, help="Show the differences and write nothing.")
@data_option
def import_workbook(workbook: Path, dry_run: bool, data: Path) -> int:
    """Read a workbook back as the company's own rules: every difference is shown, then one file in DATA/packs is written.

    Nothing judges by it before somebody has signed the release. Exit code 1 when a row can't be read; then nothing is written.

    \b
    Example:
      candour packs import rules.xlsx --dry-run
    """
    from candour.packs import ours, rule_sheet  # loads the schema library

    content = workbook.read_bytes()
    pack, fault = _for_workbook(rule_sheet.market_in(content), data)
    proposal = rule_sheet.imported(content, pack, fault)
    _tell(proposal)
    if proposal.refused:
        click.echo(f"{len(proposal.refused)} rows can't be read: correct them and import again. Nothing was written.", err=True)
        return 1
    if dry_run or not proposal.worth_keeping:
        click.echo("Nothing was written.", err=True)
        return 0
    name = ours.sheet_name(proposal.market)
    ours.keep(folder.existing(data) / ours.FOLDER, name, proposal.overlay)
    click.echo(f"{ours.FOLDER}/{name}.toml is written: sign the new release of {proposal.market} under Rules, then it judges.", err=True)
    return 0


def _for_workbook(market: str, data: Path) -> tuple[MarketPack, str]:
    from candour.packs import loader, ours  # loads the schema library

    return ours.pack_for_workbook(loader.load_market(loader.market_id(market)), data / ours.FOLDER)


def _tell(proposal: Proposal) -> None:
    for template, values in proposal.notes:
        click.echo(f"note  {template % values}")
    for refused in proposal.refused:
        click.echo(f"row {refused.row}: {refused}" if refused.row else str(refused))
    for one in proposal.differences:
        weaker = "  WEIGHS LESS" if one.weaker else ""
        click.echo(f"{one.act:<8} {one.rule}{weaker}{f'  ({one.reason})' if one.reason else ''}")
        for name, before, after in one.fields:
            click.echo(f"         {name}: {before!r} -> {after!r}")
