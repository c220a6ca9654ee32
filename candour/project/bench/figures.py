"""Figures of a measurement: medians over several runs with their spread, never a single time, and the table they stand in."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `middle` is the median with its unit, `spread` what the runs ranged over, `note` how it was measured."""

    what: str
    middle: str
    spread: str
    runs: int
    note: str = ""


@dataclass(slots=True)
class Part:
    """A heading with its rows."""

    title: str
    about: str
    rows: list[Figure] = field(default_factory=list)


def median(values: Iterable[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below or at which `share` (0..1) of all values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 6)) - 1)]


def number(value: float) -> str:
    """A number as a person reads it: three digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _range(values: Sequence[float]) -> str:
    return f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else "one run"


def rates(what: str, values: Sequence[float], unit: str, note: str = "") -> Figure:
    """Things per second over several runs."""
    return Figure(what, f"{number(median(values))} {unit}", _range(values), len(values), note)


def latencies(what: str, seconds: Sequence[float], note: str = "") -> Figure:
    """Times of many requests or queries: the median, and p95 as the spread. In milliseconds."""
    middle, high = median(seconds) * 1000, percentile(seconds, 0.95) * 1000
    return Figure(what, f"p50 {number(middle)} ms", f"p95 {number(high)} ms", len(seconds), note)


def spans(what: str, seconds: Sequence[float], note: str = "") -> Figure:
    """Times of a few long things, in seconds."""
    return Figure(what, f"{number(median(seconds))} s", _range(seconds), len(seconds), note)


def share(what: str, ours: Sequence[float], theirs: Sequence[float], note: str = "") -> Figure:
    """What `ours` reaches of `theirs`, run by run: both rates, made in turns; 1 is as fast."""
    pairs = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Figure(what, f"{number(median(pairs))} of it", _range(pairs), len(pairs), note)


def as_markdown(facts: Sequence[tuple[str, str]], parts: Sequence[Part]) -> str:
    """The whole page: what was measured on what, then one table per part."""
    lines = [
        "# How fast it is",
        "",
        "Written by `make bench`; nothing here is typed by hand. Medians of several runs, with what they ranged over.",
        "",
    ]
    lines += ["| machine | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts), ""]
    for part in parts:
        lines += [f"## {part.title}", "", part.about, "", "| what | median | spread | runs | how |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {row.what} | {row.middle} | {row.spread} | {row.runs} | {row.note} |" for row in part.rows]
        lines.append("")
    return "\n".join(lines)
