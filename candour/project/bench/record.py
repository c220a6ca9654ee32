"""The journal: writes with and without a record by four writers, sealing, and verifying what was sealed."""

from __future__ import annotations

import time

from candour.journal import sealing
from candour.journal.models import Entry
from candour.journal.verify import Report, verify
from candour.project.bench.figures import Figure, Part, rates, share
from candour.project.bench.journal import appends_per_second

WRITERS = 4


def measure_appends(*, rounds: int, seconds: float) -> list[Figure]:
    """Audited and bare writes in short turns, either first as often, so that a loaded machine slows both alike."""
    turns = max(2, 8 * rounds)
    rates_of: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(turns):
        for audited in (turn % 2 == 0, turn % 2 == 1):
            rates_of[audited].append(appends_per_second(WRITERS, audited=audited, seconds=seconds / 4))
    return [
        rates(f"appends, {WRITERS} writers", rates_of[True], "writes/s", "one row per transaction: actor named, trigger, entry, disk"),
        rates(f"the same write without a record, {WRITERS} writers", rates_of[False], "writes/s", "one row per transaction, disk"),
        share("writes with a record, share of those without", rates_of[True], rates_of[False], "turn by turn; the promise is 0.7"),
    ]


def measure_sealing(*, step: int) -> list[Figure]:
    """Seal everything there is, `step` entries under one head; then verify the whole installation three times.

    Raises RuntimeError when anything is not sound: the speed of a verification that found something would say nothing.
    """
    sealing.forget_floor()
    speeds, walked, verified = [], [], []
    entries = Entry.objects.count()
    for _ in range(max(1, entries // step)):
        begin = time.perf_counter()
        sealing.seal(at_most=step)
        speeds.append(step / (time.perf_counter() - begin))
    while sealing.seal() is not None:
        continue
    for _ in range(3):
        walk = _seconds(only_entries=True)[0]
        whole, report = _seconds(only_entries=False)
        if not report.holds:
            raise RuntimeError(f"The bench's own database does not verify: {report.total()} problems, {', '.join(sorted(report.kinds()))}.")
        walked.append(report.sound / walk)
        verified.append(report.sound / whole)
    return [
        rates(f"sealed, {step:,} entries under one signed head", speeds, "entries/s", "leaf hashes, tree, signature, file of heads, disk"),
        rates("verified, the journal", walked, "entries/s", "only entries: each hashed, leaves, tree, heads; the promise is 200,000"),
        rates(
            "verified, everything",
            verified,
            "entries/s",
            f"{report.sound:,} entries, {report.rows:,} rows, every post, tree, heads, guards: everything sound",
        ),
    ]


def _seconds(*, only_entries: bool) -> tuple[float, Report]:
    """How long one verification took, and what it found."""
    begin = time.perf_counter()
    report = verify(only_entries=only_entries)
    return time.perf_counter() - begin, report


def part() -> Part:
    """The heading."""
    return Part("Journal", "Appends in a database of their own; sealing and verifying on the full one of the pages.")
