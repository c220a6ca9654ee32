"""`make bench`: measure this release on this machine and write docs/bench.md; `make bench-screening` measures screening alone.

Measured on an embedded server of its own in a temporary folder; nothing of an installation is touched.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from candour.project.bench.run import QUICK, WHOLE, run, run_screening
from candour.project.errors import StartError

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> int:
    """0 when the page was written, 1 with one sentence when something could not be measured."""
    parser = argparse.ArgumentParser(description="Measure Candour on this machine and write the figures as one page.")
    parser.add_argument("--quick", action="store_true", help="a small run that proves the measuring, not the product")
    parser.add_argument("--screening", action="store_true", help="screening alone, into docs/bench-screening.md")
    parser.add_argument("--out", type=Path, help="where the page is written (default: docs/bench.md)")
    asked = parser.parse_args()
    measure, name = (run_screening, "bench-screening.md") if asked.screening else (run, "bench.md")
    try:
        measure(QUICK if asked.quick else WHOLE, asked.out or DOCS / name)
    except (StartError, RuntimeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
