"""`make run-network`: Candour beside a real Bluesky server on this machine, started before it and ended after it.

The server begins empty each time. It gets one account for each Bluesky account of the demo company, and Candour is told their secrets as
an administrator would tell it. Arguments are those of `candour run`.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx

from candour.project.cli import outcome

SCRIPT = Path(__file__).resolve().parent / "network.cjs"
#: Keys of the demo company's Bluesky accounts.
ACCOUNTS = ("bluesky-de", "bluesky-us", "bluesky-fr")


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
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("READY "):
        process.wait()
        sys.exit(2)  # the script has said why
    return process, json.loads(line.removeprefix("READY "))["pds"]


def settings(address: str) -> dict[str, str]:
    """What Candour must know to speak on that server; its accounts are made on the way."""
    private = [os.environ.get("CANDOUR_ALLOWED_PRIVATE", ""), address.removeprefix("http://")]
    found = {"CANDOUR_BLUESKY_SERVICE": address, "CANDOUR_ALLOWED_PRIVATE": ",".join(filter(None, private))}
    for key in ACCOUNTS:
        handle, password, name = f"hollinqvist-{key[-2:]}.test", secrets.token_urlsafe(12), key.upper().replace("-", "_")
        account = {"handle": handle, "email": f"{key}@example.test", "password": password}
        httpx.post(f"{address}/xrpc/com.atproto.server.createAccount", json=account, trust_env=False, timeout=30).raise_for_status()
        found |= {f"CANDOUR_HANDLE_{name}": handle, f"CANDOUR_SECRET_{name}": password}
    return found


def main() -> int:
    """Run both until Ctrl-C."""
    process, address = started()
    try:
        os.environ.update(settings(address))
        print(f"bluesky  | answers at {address} with {len(ACCOUNTS)} accounts", flush=True)
        return outcome(["run", *sys.argv[1:]])
    finally:
        process.communicate(timeout=15)


if __name__ == "__main__":
    sys.exit(main())
