"""`make soak`: kill web, worker and database of a real Candour under load for an hour, and hold the soak's own book against what is left.

Everything runs in a temporary folder; nothing of an installation is touched. Exit code 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import lanes  # noqa: E402  the folders above are looked into first

from tests.soak import page  # noqa: E402
from tests.soak.run import soak  # noqa: E402


def main() -> int:
    """0 when every promise was kept, 1 when one was broken, 2 when a part that the soak needs is missing."""
    parser = argparse.ArgumentParser(description="Kill Candour under load and prove that nothing is lost and nothing doubled.")
    parser.add_argument("--minutes", type=float, default=60, help="minutes of load (default: 60)")
    parser.add_argument("--kills", type=int, default=0, help="kills of each part (default: one every three minutes, at least 5)")
    parser.add_argument("--without-network", action="store_true", help="leave the Bluesky server out")
    parser.add_argument("--out", type=Path, help="the page whose figures are written anew, such as docs/soak.md")
    asked = parser.parse_args()
    absent = [lane for lane in lanes.absent() if lane.marker == "network" and not asked.without_network]
    if absent:
        print(f"soak: {lanes.sentence(absent[0])}", file=sys.stderr)
        return 2
    report = soak(page.plan(asked.minutes, asked.kills, network=not asked.without_network), lambda line: print(line, flush=True))
    print(page.figures(report))
    if asked.out:
        page.write(report, asked.out)
    for fault in report.faults:
        print(f"soak: {fault}", file=sys.stderr)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
