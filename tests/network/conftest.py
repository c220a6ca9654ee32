"""A real Bluesky server (identity directory and personal data server) on loopback, started once for these tests."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from candour.channels.base import utc_now
from candour.channels.bluesky import Bluesky, BlueskySettings
from candour.channels.http import Door
from tests import asking

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "network.cjs"
START_SECONDS = 60


@dataclass(frozen=True)
class Network:
    """Where the server answers."""

    pds: str

    @property
    def entry(self) -> str:
        return self.pds.removeprefix("http://")

    @property
    def door(self) -> Door:
        return Door((self.entry,))

    def ask(self, method: str, body: dict[str, object], token: str = "") -> dict[str, object]:
        """One call past our own code, as another program would make it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = asking.post(f"{self.pds}/xrpc/{method}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) if answer.content else {}

    def records(self, did: str) -> list[dict[str, object]]:
        """All posts in a repository, newest first, as the server lists them."""
        query = {"repo": did, "collection": "app.bsky.feed.post", "limit": "100"}
        return list(asking.get(f"{self.pds}/xrpc/com.atproto.repo.listRecords", params=query).json()["records"])


@dataclass(frozen=True)
class Account:
    """An account on the server, with a token for acts past our own code."""

    network: Network
    handle: str
    password: str
    did: str
    token: str

    def post(self, text: str, **fields: object) -> dict[str, str]:
        """Writes a post as this account; gives its uri and cid."""
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": utc_now().isoformat(), **fields}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": record}
        made = self.network.ask("com.atproto.repo.createRecord", body, self.token)
        return {"uri": str(made["uri"]), "cid": str(made["cid"])}

    def delete(self, uri: str) -> None:
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": uri.rsplit("/", 1)[1]}
        self.network.ask("com.atproto.repo.deleteRecord", body, self.token)

    def channel(self, **settings: object) -> Bluesky:
        """Our channel to this account."""
        given = {"handle": self.handle, "password": self.password, "web": "", "quiet_seconds": 0.5, **settings}
        return Bluesky(BlueskySettings(service=self.network.pds, **given), self.network.door)  # type: ignore[arg-type]


def _ready(process: subprocess.Popen[str]) -> Network:
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else ""
    assert line.startswith("READY "), f"the Bluesky server did not start: {line!r}"
    return Network(json.loads(line.removeprefix("READY "))["pds"])


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    environment = {**os.environ, "CANDOUR_PLC_PORT": "0", "CANDOUR_PDS_PORT": "0", "CANDOUR_NETWORK_TIED": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(["node", str(SCRIPT)], env=environment, text=True, **pipes)  # type: ignore[call-overload]
    try:
        yield _ready(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


@pytest.fixture
def new_account(network: Network) -> Callable[[str], Account]:
    def make(name: str) -> Account:
        handle, password = f"{name}-{secrets.token_hex(3)}.test", secrets.token_hex(8)
        body = {"handle": handle, "email": f"{handle}@example.test", "password": password}
        made = network.ask("com.atproto.server.createAccount", dict(body))
        return Account(network, handle, password, str(made["did"]), str(made["accessJwt"]))

    return make
