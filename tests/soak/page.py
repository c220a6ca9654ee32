"""The figures of one soak as tables, and the page of the documents they are written into."""

from __future__ import annotations

import os
import platform
import re
import statistics
from pathlib import Path

from tests.soak.run import Plan, Report

BEGIN, END = "<!-- figures: written by `make soak` -->", "<!-- end of figures -->"


def plan(minutes: float, kills: int = 0, *, network: bool = True) -> Plan:
    """The long form: the network's load for ten minutes of it, bursts every twenty seconds, kills all the way."""
    seconds = minutes * 60
    often = kills or max(5, round(minutes / 3))
    return Plan(seconds=seconds, kills=often, network=network, network_seconds=min(600.0, seconds), settle=420)


def figures(report: Report) -> str:
    """Everything measured, as Markdown tables."""
    parts = [_run(report), _acts(report), _kills(report), _network(report), _verdict(report), _settled(report)]
    return "\n\n".join(part for part in parts if part)


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _run(report: Report) -> str:
    rows: list[tuple[object, ...]] = [
        ("date", f"{report.began:%Y-%m-%d %H:%M} UTC"),
        ("load", f"{report.plan.seconds / 60:.0f} minutes"),
        ("whole run", f"{report.took / 60:.1f} minutes"),
        (
            "machine",
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load average at the end {report.load_average[0]:.1f}",
        ),
        ("seed", report.plan.seed),
        ("verdict", "every promise kept" if not report.faults else f"{len(report.faults)} broken: {'; '.join(report.faults)[:600]}"),
        ("journal verify", report.journal),
    ]
    return _table(("run", ""), rows)


def _acts(report: Report) -> str:
    kinds = ("comment", "entry", "file", "draft", "submission", "signature", "publication", "reply", "network post", "network burst")
    rows: list[tuple[object, ...]] = [
        (kind, count["sent"], count["answered"], count["repeated"]) for kind in kinds if (count := report.acts.get(kind))
    ]
    return _table(("act", "sent", "answered", "sent more than once"), rows)


def _kills(report: Report) -> str:
    rows: list[tuple[object, ...]] = [
        (part, times, f"{statistics.median(report.back[part]):.1f} s", f"{max(report.back[part]):.1f} s")
        for part, times in report.kills.items()
        if report.back.get(part)
    ]
    return _table(("part", "killed -9", "back after, median", "longest"), rows)


def _network(report: Report) -> str:
    load = report.network
    if load is None or not load.took:
        return ""
    plan = report.plan
    best = max((count / seconds for count, seconds in load.bursts if seconds), default=0.0)
    middle = statistics.median([count / seconds for count, seconds in load.bursts if seconds] or [0.0])
    rows: list[tuple[object, ...]] = [
        ("single posts asked for", f"{plan.network_rate:.0f}/s for {plan.network_seconds:.0f} s"),
        (
            "single posts the server allowed",
            f"{len(load.took) / report.network_took:.1f}/s, median answer {statistics.median(load.took):.3f} s",
        ),
        ("bursts of applyWrites asked for", f"{plan.burst} at once, {len(load.bursts)} times"),
        ("rate the server allowed in a burst", f"median {middle:.0f}/s, best {best:.0f}/s"),
        ("posts accepted in all", load.accepted),
        ("posts it refused or left unanswered", load.refused),
    ]
    return _table(("network", ""), rows)


def _verdict(report: Report) -> str:
    rows: list[tuple[object, ...]] = [(row.what, row.promised, row.found, len(row.lost), len(row.doubled)) for row in report.rows]
    return _table(("ledger against product", "promised", "found", "lost", "doubled"), rows)


def _settled(report: Report) -> str:
    rows: list[tuple[object, ...]] = [(name, f"{seconds:.0f} s") for name, seconds in sorted(report.settled.seconds.items())]
    rows.append(("everything", f"{report.settled.took:.0f} s, allowed {report.plan.settle:.0f} s"))
    return _table(("open ends after the load", "last seen"), rows)


def write(report: Report, path: Path) -> None:
    """Put the figures between the two marks of the page; the rest of it stays."""
    text = path.read_text(encoding="utf-8")
    block = f"{BEGIN}\n\n{figures(report)}\n\n{END}"
    path.write_text(re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _found: block, text, flags=re.DOTALL), encoding="utf-8")
