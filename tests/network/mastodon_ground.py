"""A real server with Mastodon's interface (snac, built from Debian's source) on loopback addresses, one account to a server."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from candour.channels.http import Door
from candour.channels.mastodon import Mastodon, MastodonSettings
from tests import asking

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "var" / "mastodon" / "snac"


def built() -> Path:
    """The server's program, built on the first call; fails with the one sentence of the script."""
    done = subprocess.run(["sh", str(ROOT / "tools" / "install-mastodon.sh")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr.strip()
    return PROGRAM


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@dataclass
class Snac:
    """One server on one loopback address. The address must differ between two that shall hear of each other."""

    address: str = "127.0.0.1"
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="candour-snac-")))
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://{self.entry}"

    @property
    def entry(self) -> str:
        return f"{self.address}:{self.port}" if self.port != 80 else self.address

    @property
    def door(self) -> Door:
        return Door((f"{self.address}:{self.port}",))

    def start(self, port: int = 0) -> Snac:
        """Start an empty server and wait until it answers."""
        program, data = built(), self.folder / "data"
        self.port = port or _free_port(self.address)
        answers = f"{self.address}\n{self.port}\n{self.entry}\n\nadmin@example.test\n"
        subprocess.run([program, "init", data], input=answers, text=True, capture_output=True, check=True)
        settings = data / "server.json"
        settings.write_text(settings.read_text().replace('"protocol": "https"', '"protocol": "http", "num_threads": 12'))
        self.process = subprocess.Popen([program, "httpd", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()
        return self

    def _wait(self) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.base}/api/v1/instance", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("snac did not answer within ten seconds")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def account(self, name: str = "") -> SnacAccount:
        """A new account with an access token."""
        name = name or f"brand{secrets.token_hex(3)}"
        made = subprocess.run(
            [PROGRAM, "adduser", self.folder / "data", name], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        )
        password = re.search(r"password is (\S+)", made.stdout + made.stderr)
        assert password, made.stdout
        form = {"login": name, "passwd": password[1]}
        token = httpx.post(f"{self.base}/oauth/x-snac-get-token", data=form, trust_env=False, timeout=30).text
        return SnacAccount(self, name, token)


@dataclass(frozen=True)
class SnacAccount:
    """An account, with acts past our own code."""

    server: Snac
    name: str
    token: str

    @property
    def handle(self) -> str:
        return f"@{self.name}@{self.server.entry}"

    def channel(self, *, door: Door | None = None, **settings: Any) -> Mastodon:
        given = {"service": self.server.base, "account": self.handle, "token": self.token} | settings
        return Mastodon(MastodonSettings(**given), door or self.server.door)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """One call as another program would make it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, f"{self.server.base}{path}", json=body or None, headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def statuses(self) -> list[dict[str, Any]]:
        """Everything the account has published, newest first, as anybody may read it."""
        me = self.ask("GET", "/api/v1/accounts/verify_credentials")["id"]
        return list(asking.get(f"{self.server.base}/api/v1/accounts/{me}/statuses").json())
