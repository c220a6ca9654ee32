"""The real Bluesky server of tools/network.cjs: accounts, single posts at a steady rate, and bursts of applyWrites."""

from __future__ import annotations

import json
import os
import secrets
import select
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

COLLECTION = "app.bsky.feed.post"
SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "network.cjs"
#: The most writes the server takes in one call.
BATCH = 200


@dataclass
class Author:
    """One account on the server and a client that speaks as it; kept apart from Candour's own code."""

    pds: str
    handle: str
    password: str
    did: str
    client: httpx.Client

    def post(self, rkey: str, text: str) -> httpx.Response:
        """Write one post under our own key."""
        body = {"repo": self.did, "collection": COLLECTION, "rkey": rkey, "record": record(text)}
        return self.client.post("/xrpc/com.atproto.repo.createRecord", json=body)

    def burst(self, posts: list[tuple[str, str]]) -> httpx.Response:
        """Write many posts in one call, all or none."""
        kind = "com.atproto.repo.applyWrites#create"
        writes = [{"$type": kind, "collection": COLLECTION, "rkey": rkey, "value": record(text)} for rkey, text in posts]
        return self.client.post("/xrpc/com.atproto.repo.applyWrites", json={"repo": self.did, "writes": writes})

    def uri(self, rkey: str) -> str:
        return f"at://{self.did}/{COLLECTION}/{rkey}"

    def records(self) -> list[dict[str, Any]]:
        """Every post of the repository, as the server lists it to anybody."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"repo": self.did, "collection": COLLECTION, "limit": "100", **({"cursor": cursor} if cursor else {})}
            page = self.client.get("/xrpc/com.atproto.repo.listRecords", params=query).raise_for_status().json()
            found += page["records"]
            cursor = page.get("cursor") if page["records"] else None
        return found


def record(text: str) -> dict[str, Any]:
    return {"$type": COLLECTION, "text": text, "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "langs": ["de"]}


@dataclass
class Keys:
    """Record keys in the server's own form (13 letters of base 32, from microseconds), each once."""

    last: int = field(default_factory=lambda: int(time.time() * 1e6))

    def next(self) -> str:
        letters = "234567abcdefghijklmnopqrstuvwxyz"
        self.last = max(self.last + 1, int(time.time() * 1e6))
        number = self.last << 10
        return "".join(letters[(number >> shift) & 31] for shift in range(60, -1, -5))


class Network:
    """The server as a process that ends with ours; use as a context."""

    def __enter__(self) -> Network:
        environment = {**os.environ, "CANDOUR_PLC_PORT": "0", "CANDOUR_PDS_PORT": "0", "CANDOUR_NETWORK_TIED": "1"}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        self._process = subprocess.Popen(["node", str(SCRIPT)], env=environment, start_new_session=True, **pipes)
        readable, _, _ = select.select([self._process.stdout], [], [], 120)
        line = self._process.stdout.readline() if readable and self._process.stdout else ""
        assert line.startswith("READY "), f"the Bluesky server did not start: {line!r}"
        self.pds = str(json.loads(line.removeprefix("READY "))["pds"])
        self.entry = self.pds.removeprefix("http://")
        return self

    def __exit__(self, *_problem: object) -> None:
        self._process.communicate(timeout=30)  # closes its standard input, which it is tied to

    def account(self, name: str) -> Author:
        """A new account."""
        handle, password = f"{name}-{secrets.token_hex(3)}.test", secrets.token_hex(8)
        client = httpx.Client(base_url=self.pds, trust_env=False, timeout=60)
        body = {"handle": handle, "email": f"{handle}@example.test", "password": password}
        made = client.post("/xrpc/com.atproto.server.createAccount", json=body).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {made['accessJwt']}"
        return Author(self.pds, handle, password, made["did"], client)
