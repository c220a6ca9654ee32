"""`make run-network`: Candour beside a real Bluesky server on this machine, started before it and ended after it.

Candour finds the server in CANDOUR_BLUESKY and may reach it although its address is private. Arguments are those of `candour run`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from candour.project.cli import outcome

SCRIPT = Path(__file__).resolve().parent / "network.cjs"


def started() -> tuple[subprocess.Popen[str], str]:
    """The running server and its address. It ends when our end of its standard input closes, however we end."""
    process = subprocess.Popen(
        ["node", str(SCRIPT)],
        env={**os.environ, "CANDOUR_NETWORK_TIED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("READY "):
        process.wait()
        sys.exit(2)  # the script has said why
    return process, json.loads(line.removeprefix("READY "))["pds"]


def main() -> int:
    """Run both until Ctrl-C."""
    process, address = started()
    private = [os.environ.get("CANDOUR_ALLOWED_PRIVATE", ""), address.removeprefix("http://")]
    os.environ.update(CANDOUR_BLUESKY=address, CANDOUR_ALLOWED_PRIVATE=",".join(filter(None, private)))
    print(f"bluesky  | answers at {address}", flush=True)
    try:
        return outcome(["run", *sys.argv[1:]])
    finally:
        process.communicate(timeout=15)


if __name__ == "__main__":
    sys.exit(main())
