"""`make burst`: a thousand texts come due in one minute on real servers that err, while one of two workers is killed every ten seconds.

Runs as one test, because it needs the tests' database; `--messages` times three texts are ordered. Exit code as pytest's.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """0 when nothing was sent twice, nothing unsigned, and every outcome is known and true."""
    parser = argparse.ArgumentParser(description="Publish a thousand texts in one minute under kills and errors.")
    parser.add_argument("--messages", type=int, default=334, help="messages, each for three accounts (default: 334)")
    asked = parser.parse_args()
    os.environ["CANDOUR_BURST_MESSAGES"] = str(asked.messages)
    os.chdir(ROOT)
    return int(pytest.main(["-q", "-s", "tests/soak/test_burst.py"]))


if __name__ == "__main__":
    sys.exit(main())
