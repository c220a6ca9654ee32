"""`make run-network`: Candour beside a real Bluesky server on this machine, started before it and ended after it.

The demo's Bluesky accounts are opened on that server with fresh secrets, so they show "connected"; a third account is there to write as
a patient would. Everything on the server ends with it. Arguments are those of `candour run`.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from atproto import Client, models

from candour.project.cli import outcome

SCRIPT = Path(__file__).resolve().parent / "network.cjs"
#: account key in the demo's registry -> handle on the local server
ACCOUNTS = {"bluesky-de": "hollinqvist-de.test", "bluesky-us": "hollinqvist-us.test", "bluesky-fr": "hollinqvist-fr.test"}
PATIENT = "anneke.test"


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


def open_account(address: str, handle: str) -> str:
    """Open an account on the server; returns its password."""
    password = secrets.token_urlsafe(12)
    wanted = models.ComAtprotoServerCreateAccount.Data(handle=handle, email=f"{handle}@mail.example", password=password)
    Client(address).com.atproto.server.create_account(wanted)
    return password


def environment(address: str) -> dict[str, str]:
    """What Candour must be told to reach the server and speak as the demo's accounts."""
    told = {"CANDOUR_BLUESKY_SERVICE": address}
    told["CANDOUR_ALLOWED_PRIVATE"] = ",".join(filter(None, [os.environ.get("CANDOUR_ALLOWED_PRIVATE", ""), address.split("//")[1]]))
    for key, handle in ACCOUNTS.items():
        name = key.replace("-", "_").upper()
        told[f"CANDOUR_SECRET_{name}"] = open_account(address, handle)
        told[f"CANDOUR_HANDLE_{name}"] = handle
    return told


def main() -> int:
    """Run both until Ctrl-C."""
    process, address = started()
    os.environ.update(environment(address))
    print(f"bluesky  | answers at {address}; write as {PATIENT} with password {open_account(address, PATIENT)}", flush=True)
    try:
        return outcome(["run", *sys.argv[1:]])
    finally:
        process.communicate(timeout=15)


if __name__ == "__main__":
    sys.exit(main())
