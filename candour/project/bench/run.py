"""The whole measurement in its order, printed as it goes and written as one page."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from candour.project.bench import checking, ground, machine, memory, screening, screening_start, sparking, starting
from candour.project.bench.figures import Part, as_markdown
from candour.project.bench.size import Size


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. `posts` are the batches of an import and their size; `by_spark`: posts, 0 leaves it out."""

    batches: int
    size: int
    searches: int
    full: Size
    requests: int
    rounds: int
    seconds: float
    seal: int
    fresh: int
    again: int
    helps: int
    approved: int
    answers: int
    by_spark: int


WHOLE = Plan(6, 2000, 40, Size(posts_in_all=2_000_000, cases_in_all=200_000), 201, 3, 3.0, 20_000, 3, 3, 7, 10_000, 200, 1_000_000)
QUICK = Plan(
    2, 150, 5, Size(posts=400, cases=60, real=12, waiting=20, posts_in_all=1200, cases_in_all=180), 12, 1, 0.4, 100, 1, 1, 3, 200, 6, 0
)


def run(plan: Plan, page: Path) -> None:
    """Measure and write `page`; progress goes to stderr. Raises StartError or RuntimeError when a part can't be measured."""
    begin, loads = time.monotonic(), [machine.load()]
    say("starting: `candour run --empty`, `candour --help`, `candour screen`")
    start, weights = starting.measure(fresh=plan.fresh, again=plan.again, helps=plan.helps, posts=plan.size * 100)
    loads.append(machine.load())
    with ground.prepared() as place:
        facts = machine.facts(place.data, place.version())
        parts = _in_database(plan, place, weights, loads)
    say("content checks: pairs, decisions, speed")
    judged = checking.part(rounds=plan.rounds)
    loads.append(machine.load())
    screened = _screening(plan, loads)
    _write(page, facts, [*parts, *screened, judged, start, weights], loads, begin)


def run_screening(plan: Plan, page: Path) -> None:
    """Measure screening alone, its command and its memory among it, and write `page`: minutes instead of a whole run."""
    begin, loads = time.monotonic(), [machine.load()]
    say("starting: `candour screen`")
    start, weights = Part("Start", "A short `candour screen` from the command to its end."), memory.part()
    start.rows, weights.rows = screening_start.measure(runs=plan.helps, without=plan.fresh, posts=plan.size * 100)
    loads.append(machine.load())
    screened = _screening(plan, loads)
    _write(page, machine.facts_alone(), [*screened, start, weights], loads, begin)


def _screening(plan: Plan, loads: list[str]) -> list[Part]:
    say("screening: the engine alone")
    parts = [screening.part(rounds=plan.rounds, posts=plan.size * 10, many=plan.size * 150)]
    loads.append(machine.load())
    say("screening: by Spark")
    by_spark = sparking.part(rounds=plan.rounds, posts=plan.by_spark) if plan.by_spark else None
    loads.append(machine.load())
    return [*parts, by_spark] if by_spark else parts


def _write(page: Path, facts: list[tuple[str, str]], parts: list[Part], loads: list[str], begin: float) -> None:
    took = [("load during the run", machine.load_told(loads)), ("whole run", f"{time.monotonic() - begin:.0f} s")]
    text = as_markdown([*facts, *took], parts)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text)
    print(text)
    say(f"written to {page}")


def _in_database(plan: Plan, place: ground.Ground, weights: Part, loads: list[str]) -> list[Part]:
    """Posts, pages and journal, each in a copy of the prepared company's database."""
    from django.utils import timezone  # models can only be imported once the database is there

    from candour.project.bench import company, intake, pages, record, reusing

    reader = company.found_company(timezone.now())
    journal = record.part()
    place.fresh("bench_journal")
    say("journal: appends by four writers")
    journal.rows += record.measure_appends(rounds=plan.rounds, seconds=plan.seconds)
    loads.append(machine.load())
    say("posts: import beside raw COPY, screening, search")
    posts = intake.measure(place, reader, batches=plan.batches, size=plan.size, searches=plan.searches)
    loads.append(machine.load())
    place.fresh("bench_reuse")
    say("reuse: a library of approved messages, answers for other markets, nearest texts")
    reused = reusing.measure(approved=plan.approved, answers=plan.answers)
    loads.append(machine.load())
    place.fresh("bench_pages")
    say("pages: filling the database, inbox and case over HTTP")
    seen, used = pages.measure(place, plan.full, plan.requests)
    weights.rows += used.rows
    say("journal: sealing and verifying the full database")
    journal.rows += record.measure_sealing(step=plan.seal)
    loads.append(machine.load())
    return [posts, reused, seen, journal]


def say(words: str) -> None:
    """One line of progress."""
    print(f"bench: {words}", file=sys.stderr, flush=True)
