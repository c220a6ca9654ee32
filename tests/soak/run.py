"""One soak from the first start to the verdict; the short form of the tests and `make soak` differ in their plan only."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.soak import kills, verdict
from tests.soak.approvals import BLUESKY, NEWSROOM, Desk
from tests.soak.ground import Ground, ground
from tests.soak.ledger import Ledger, counted, read
from tests.soak.load import Load, NetworkLoad
from tests.soak.replies import Replier
from tests.soak.shown import Shown
from tests.soak.visitor import Visitor

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long, how hard. Seconds and posts; `patience` is how long a person tries again, `settle` how long open ends may take."""

    seconds: float
    kills: int = 5
    network: bool = True
    network_seconds: float = 60
    network_rate: float = 30
    burst_every: float = 20
    burst: int = 500
    authors: int = 6
    comment_every: float = 1.0
    entry_every: float = 1.0
    file_every: float = 12.0
    file_rows: int = 100
    message_every: float = 4.0
    reply_every: float = 5.0
    patience: float = 240
    settle: float = 240
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(1_000_000))


@dataclass
class Report:
    """Everything a page or a test needs; `faults` is empty when every promise was kept."""

    plan: Plan
    began: datetime
    took: float = 0.0
    load_average: tuple[float, float, float] = (0, 0, 0)
    acts: dict[str, Counter[str]] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    back: dict[str, list[float]] = field(default_factory=dict)
    network: NetworkLoad | None = None
    network_took: float = 0.0
    rows: list[verdict.Compared] = field(default_factory=list)
    settled: verdict.Settled = field(default_factory=verdict.Settled)
    journal: str = ""
    faults: list[str] = field(default_factory=list)


class Hands:
    """Threads whose end by an error is a fault of the soak, never silence."""

    def __init__(self, stop: threading.Event, faults: list[str]) -> None:
        self.stop, self.faults, self.threads = stop, faults, list[threading.Thread]()

    def begin(self, name: str, work: Callable[[], None]) -> None:
        """Start one hand."""

        def guarded() -> None:
            try:
                work()
            except BaseException as problem:
                last = traceback.extract_tb(problem.__traceback__)[-1]
                self.faults.append(f"{name} ended by {type(problem).__name__}: {problem} ({last.name})")

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def join(self, patience: float) -> None:
        """Wait for all; a hand that does not come back is a fault."""
        end = time.monotonic() + patience
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                self.faults.append(f"{thread.name} did not end within {patience:.0f} s")


def soak(plan: Plan, say: Say) -> Report:
    """Start everything, load it, kill it, let it settle, and compare. Never raises for a broken promise: the report's `faults` say it."""
    report = Report(plan, datetime.now(UTC))
    begun = time.monotonic()
    say(f"seed {plan.seed}; starting a demo installation of its own")
    with ground(with_network=plan.network) as where:
        ledger = Ledger(where.folder / "ledger.jsonl")
        _wait_connected(where)
        _under_load(plan, where, ledger, report, say)
        _judge(plan, where, ledger, report, say)
        ledger.close()
    report.took, report.load_average = time.monotonic() - begun, os.getloadavg()
    return report


def _wait_connected(where: Ground, patience: float = 120) -> None:
    """Until Candour has noticed the secret of its account on the network; it looks every half minute."""
    end, query = time.monotonic() + patience, "SELECT connection FROM registry_account WHERE key = %s"
    while where.network and Shown(where).rows(query, BLUESKY) != [("connected",)]:
        assert time.monotonic() < end, "the account on the network was not seen as connected"
        time.sleep(1)


def _under_load(plan: Plan, where: Ground, ledger: Ledger, report: Report, say: Say) -> None:
    chance, stop = random.Random(plan.seed), threading.Event()
    hands = Hands(stop, report.faults)
    killer = kills.Killer(where, ledger, plan.seconds, plan.kills, random.Random(plan.seed + 1), stop)
    load = Load(where, ledger, stop, plan.patience, chance)
    with _desk(plan, where, ledger) as desk:
        say(f"load for {plan.seconds:.0f} s, each part killed at least {plan.kills} times")
        _begin_load(plan, hands, load, desk)
        hands.begin("replies", lambda: _replies(plan, load))
        hands.begin("network", lambda: _network(plan, where, ledger, report, stop))
        hands.begin("killer", killer.run)
        _wait(plan.seconds, killer, hands, say)
        stop.set()
        hands.join(plan.patience + 30)
    report.kills, report.back = killer.done, killer.back
    report.faults += killer.lost
    report.faults += [f"{part} was killed {times} times only" for part, times in killer.done.items() if times < plan.kills]


@contextlib.contextmanager
def _desk(plan: Plan, where: Ground, ledger: Ledger) -> Iterator[Desk]:
    desk = Desk(where.base, ledger, (NEWSROOM, BLUESKY) if where.network else (NEWSROOM,), plan.patience)
    desk.open()
    yield desk
    desk.close()


def _begin_load(plan: Plan, hands: Hands, load: Load, desk: Desk) -> None:
    visitor = Visitor(load.ground.base)
    messages = iter(range(1, 1_000_000))
    hands.begin("comments", lambda: load.every(plan.comment_every, lambda: load.comment(visitor)))
    hands.begin("feed", lambda: load.every(plan.entry_every, load.entry))
    hands.begin("imports", lambda: load.every(plan.file_every, lambda: load.file(plan.file_rows)))
    hands.begin("messages", lambda: load.every(plan.message_every, lambda: desk.one_message(f"m{next(messages):06d}")))


def _replies(plan: Plan, load: Load) -> None:
    replier = Replier(Visitor(load.ground.base), load.ledger, Shown(load.ground), plan.patience)
    replier.open()
    load.every(plan.reply_every, replier.one_reply)


def _wait(seconds: float, killer: kills.Killer, hands: Hands, say: Say) -> None:
    """The load's time, with a word every half minute, and longer only until the last strike has fallen."""
    end, told = time.monotonic() + seconds, time.monotonic()
    late = end + 120
    while time.monotonic() < end or (hands.threads[-1].is_alive() and time.monotonic() < late):
        if time.monotonic() - told > 30:
            told = time.monotonic()
            say(f"{max(0.0, end - told):.0f} s left; killed {', '.join(f'{part} {times}' for part, times in killer.done.items())}")
        time.sleep(0.5)


def _network(plan: Plan, where: Ground, ledger: Ledger, report: Report, stop: threading.Event) -> None:
    """Steady posts for their time, bursts beside them."""
    if where.network is None:
        return
    authors = [where.network.account(f"soak{number}") for number in range(plan.authors)]
    load = report.network = NetworkLoad(ledger, authors, random.Random(plan.seed + 2))
    begun = time.monotonic()
    steady = threading.Thread(target=load.steady, args=(plan.network_rate, plan.network_seconds, stop), daemon=True)
    steady.start()
    while steady.is_alive():
        steady.join(plan.burst_every)
        if steady.is_alive():
            load.burst(plan.burst, plan.burst // 5)
    report.network_took = time.monotonic() - begun


def _judge(plan: Plan, where: Ground, ledger: Ledger, report: Report, say: Say) -> None:
    standing, shown = verdict.listed(report.network.authors if report.network else ()), Shown(where)
    say(f"the load is over; open ends have {plan.settle:.0f} s")
    report.settled = verdict.settle(ledger.path, shown, standing, plan.settle)
    report.faults += [f"not ended within {plan.settle:.0f} s: {count} {name}" for name, count in report.settled.left.items()]
    report.rows = verdict.compared(ledger.path, shown, standing)
    for row in report.rows:
        report.faults += [f"{row.what}: {len(row.lost)} lost, such as {row.lost[:3]}"] if row.lost else []
        report.faults += [f"{row.what}: {len(row.doubled)} doubled, such as {row.doubled[:3]}"] if row.doubled else []
    report.acts = {kind: counted(acts) for kind, acts in read(ledger.path).items()}
    told = where.ask("journal", "verify", timeout=900)
    report.journal = (told.stdout or told.stderr).strip().splitlines()[-1] if told.stdout or told.stderr else ""
    if told.returncode != 0:
        report.faults.append(f"the journal is not sound: {(told.stdout + told.stderr)[-600:]}")
    _keep_lines(where, report)


def _keep_lines(where: Ground, report: Report) -> None:
    """The ledger and what the supervisor said, for the reader of a failed soak."""
    if keep := os.environ.get("CANDOUR_SOAK_KEEP"):
        folder = Path(keep)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "candour.log").write_text("\n".join(where.running.lines))
        (folder / "ledger.jsonl").write_bytes((where.folder / "ledger.jsonl").read_bytes())
