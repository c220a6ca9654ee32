"""`make bench` in its small form: every promised figure is measured on the product's own parts, and nothing is left behind."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from candour.project.bench.figures import latencies, percentile, rates, share
from tests.surroundings import clean

ROOT = Path(__file__).resolve().parent.parent.parent
PROMISED = (
    "taken in and screened, end to end",
    "taken in and screened, end to end: raw COPY of the same rows",
    "taken in and screened, end to end: share of raw COPY",
    "taken in, screening left out",
    "taken in, screening left out: raw COPY of the same rows",
    "taken in, screening left out: share of raw COPY",
    "taken in, screening left out: share of raw COPY by computing",
    "screened alone",
    "search: a German word",
    "search: a product name",
    "search: three letters inside a word",
    "inbox page, 1 connection",
    "inbox page, 16 connections",
    "case page, 1 connection",
    "case page, 16 connections",
    "inbox page, computing",
    "case page, computing",
    "appends, 4 writers",
    "the same write without a record, 4 writers",
    "writes with a record, share of those without",
    "verified, the journal",
    "verified, everything",
    "candour run --empty, new folder",
    "candour run --empty, known folder",
    "candour --help",
    "candour screen, 15,000 posts from JSONL to JSONL",
    "supervisor",
    "web, each worker",
    "worker",
    "database, all its processes",
)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A folder that another user may enter too: started by root, the database runs as one."""
    with tempfile.TemporaryDirectory(prefix="candour-test-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def page(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of one small run with invented posts."""
    out = tmp_path_factory.mktemp("bench") / "bench.md"
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "bench.py", "--quick", "--out", out],
        env=clean(CANDOUR_BENCH_DATA=str(empty), TMPDIR=str(empty)),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,  # some packs are compiled anew on purpose, beside another test process
    )
    assert done.returncode == 0, done.stderr
    assert list(empty.iterdir()) == []  # no data folder is left
    return out.read_text()


def rows(page: str) -> dict[str, list[str]]:
    """Cells behind the first one, by the first one."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")]
    return {first: rest for first, *rest in cells}


@pytest.mark.slow
def test_every_promised_figure_is_there_and_above_nought(page: str) -> None:
    found = rows(page)
    assert [name for name in PROMISED if name not in found] == []
    figures = {name: re.search(r"[\d.,]+", found[name][0]) for name in PROMISED}
    assert [name for name, figure in figures.items() if figure is None or float(figure[0].replace(",", "")) <= 0] == []


@pytest.mark.slow
def test_the_page_names_machine_and_load(page: str) -> None:
    found = rows(page)
    assert {"date", "cores", "memory", "python", "database", "disk", "load during the run"} <= set(found)
    assert "fsync on" in found["database"][0]


@pytest.mark.slow
def test_what_was_written_in_bulk_still_verifies(page: str) -> None:
    assert rows(page)["verified, everything"][-1].endswith("everything sound")


def test_middle_and_spread() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7.0], 0.95) == 7.0
    row = rates("x", [10, 30, 20], "posts/s")
    assert (row.middle, row.spread, row.runs) == ("20.0 posts/s", "10.0 to 30.0", 3)
    assert latencies("x", [0.001] * 94 + [0.5] * 6).spread == "p95 500 ms"


def test_a_share_pairs_runs_that_were_made_in_turns() -> None:
    assert share("x", [10, 20], [20, 80]).middle == "0.38 of it"
    assert share("x", [10, 20, 30], [10, 40, 30]).spread == "0.50 to 1.00"
