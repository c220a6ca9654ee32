"""What `candour packs test` tells: the rules tried, and the figures of screening as two tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from candour.core.terms import DutyKind
from candour.packs import loader
from candour.packs.language_schema import language_folders
from candour.screening.checks import SampleOutcome
from candour.screening.engine import release, shipped_name
from candour.screening.figures import FIGURES, as_data, file_text, read_figures, with_other
from candour.screening.labelled_file import grade_labelled, read_labelled
from candour.screening.products import read_products
from candour.screening.quality import FEW_POSTS, Graded, Share, Tally, by_duty, examples_release, grade_examples

_NOT_MORE = " The posts are the packs' own, and the packs were corrected by them: new posts do worse."


class Asked(NamedTuple):
    """Markets whose rules and languages whose posts are asked for; None: not asked."""

    markets: tuple[str, ...] | None
    languages: tuple[str, ...] | None


class RulesTried(NamedTuple):
    """How many packs and texts were tried, and which came out the other way."""

    packs: int
    texts: int
    wrong: list[tuple[str, SampleOutcome]]


def asked(only: str | None, what: str | None) -> Asked:
    """What an ID and the flags ask for. Raises UnknownMarket for an ID that is neither market nor language."""
    codes = tuple(folder.name for folder in language_folders())
    if only is None:
        return Asked(None if what == "languages" else tuple(loader.shipped_markets()), None if what == "rules" else codes)
    known = {code.casefold(): code for code in codes}.get(only.casefold())
    is_market = only.casefold() in loader.shipped_markets()
    if what == "languages" and not known:
        raise click.UsageError(f"Name one of the languages {', '.join(codes)}: {only} has no pack.")
    markets = None if what == "languages" or (known and not is_market) else (loader.market_id(only),)
    return Asked(markets, (known,) if known and what != "rules" else None)


def refuse_mixed(asked: Asked, *, write: bool, whole: bool, keep_as: str, posts: Path | None) -> None:
    """Raise UsageError for flags that would keep figures of something else than they say."""
    if write and (not whole or asked.languages is None):
        raise click.UsageError("Give --write alone or with --languages: the figures that are kept are those of all packs' own posts.")
    if keep_as and not posts:
        raise click.UsageError("Name the posts with --posts: --keep-as keeps the figures of posts that are not the packs' own.")


def graded(codes: tuple[str, ...]) -> list[Graded]:
    """The examples of these languages, screened and counted; a bar on a terminal while it goes."""
    with click.progressbar(length=len(codes), label="Screening examples", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return grade_examples(examples_release(), codes, lambda pack: bar.update(1))


def graded_posts(posts: Path, products: Path | None) -> list[Graded]:
    """Labelled posts of somebody's own, screened with their product names (None: the invented ones of the examples)."""
    labelled = read_labelled(posts)
    return grade_labelled(release(read_products(products)) if products else examples_release(), labelled)


def keep(rows: list[Graded], name: str = "") -> None:
    """Write the figures into the packs: those of the examples, or beside them those of other posts under a name."""
    before = read_figures()
    if name and before is None:
        raise click.UsageError("Write the figures of the packs' own posts first: candour packs test --write.")
    others = before.others if before else ()
    text = with_other(before, name, rows) if name and before else file_text(rows, others)
    FIGURES.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"{FIGURES.parent.name}/{FIGURES.name} is written.", err=True)


def as_json(rules: RulesTried | None, rows: list[Graded] | None) -> dict[str, Any]:
    """Everything for a machine: wrong texts by name, and per language and duty the counts with shares and intervals."""
    out: dict[str, Any] = {}
    if rules is not None:
        wrong = [{"market": name, "rule": one.rule, "kind": one.kind, "number": one.number, "text": one.text} for name, one in rules.wrong]
        out["rules"] = {"packs": rules.packs, "texts": rules.texts, "wrong": wrong}
    if rows is not None:
        out["screening"] = _screening(rows)
    return out


def _screening(rows: list[Graded]) -> dict[str, Any]:
    data = as_data(rows, shipped_name())
    for one in rows:
        row = data["languages"][one.code]
        row["figures"] = _figures(one.all)
        row["duties"] = {duty.value: _figures(tally) for duty, tally in one.duties.items() if tally.graded}
        row["which"] = [{"text": w.text, "found": list(w.found), "owed": list(w.owed)} for w in one.which]
    return data | {"duties": {duty.value: _figures(tally) for duty, tally in by_duty(rows).items() if tally.graded}}


def _figures(tally: Tally) -> dict[str, Any]:
    shares = {name: _share(share) for name, share in (("precision", tally.precision), ("recall", tally.recall), ("f1", tally.f1))}
    return {"graded": tally.graded, "owed": tally.owed, "hit": tally.hit, "false": tally.false, "missed": tally.missed, **shares}


def _share(share: Share) -> dict[str, Any]:
    value = None if share.value is None else round(share.value, 4)
    return {"value": value, "low": round(share.low, 4), "high": round(share.high, 4), "of": share.of}


# for people


def tell(rules: RulesTried | None, rows: list[Graded] | None, *, wrong: bool, own: bool = False) -> None:
    """Print what was found: the table of languages, that of duties, the wrong posts, and the rules. `own`: posts that are no examples."""
    if rows is not None:
        click.echo("\n".join(_tables(rows)))
        click.echo(f"\nShares with 95 % intervals.{'' if own else _NOT_MORE}")
        for one in (post for row in rows for post in row.which) if wrong else ():
            click.echo(f"{one.language}: found {_named(one.found)}, owed {_named(one.owed)}: {one.text}")
    if rules is not None:
        for name, outcome in rules.wrong:
            click.echo(f"{name} {outcome.rule}: {outcome.kind} {outcome.number} is judged the other way: {outcome.text}")
        click.echo(f"{rules.packs} packs, {rules.texts} texts, {len(rules.wrong)} wrong")
    if rows is not None:
        click.echo(f"{len(rows)} languages, {sum(one.posts for one in rows)} posts, {sum(one.wrong for one in rows)} wrong")


def _named(duties: Iterable[DutyKind]) -> str:
    return ", ".join(duties) or "nothing"


def _tables(rows: list[Graded]) -> Iterator[str]:
    head = f"{'posts':>6} {'owed':>6}  {'precision':<16} {'recall':<16} {'F1':<16}"
    yield f"{'language':<24}{head}".rstrip()
    for one in rows:
        few = "  few posts" if one.all.owed < FEW_POSTS else ""
        yield _line(f"{one.code} {one.name}"[:18] + (" (basic)" if one.level == "basic" else ""), one.posts, one.all) + few
    yield ""
    yield f"{'duty':<24}{head}".rstrip()
    for duty, tally in by_duty(rows).items():
        if tally.graded:
            yield _line(duty.value, tally.graded, tally) + ("  few posts" if tally.owed < FEW_POSTS else "")


def _line(name: str, posts: int, tally: Tally) -> str:
    shares = " ".join(f"{_told(share):<16}" for share in (tally.precision, tally.recall, tally.f1))
    return f"{name:<24}{posts:>6} {tally.owed:>6}  {shares}".rstrip()


def _told(share: Share) -> str:
    """As statisticians write it: .98 (.91-1.0); a dash where there was nothing to count."""
    return "-" if share.value is None else f"{_short(share.value)} ({_short(share.low)}-{_short(share.high)})"


def _short(value: float) -> str:
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]
