"""The production web server on the database at hand, and a person signed in through the real form."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from candour.project import folder, supervisor
from candour.project.bench.ground import Ground
from candour.project.child import LIFELINE

#: Seconds a loaded machine may take to start the server.
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server."""

    process: subprocess.Popen[bytes]
    address: str


@contextlib.contextmanager
def served(ground: Ground) -> Iterator[Web]:
    """gunicorn with the options of `candour run`, on a free port, for the length of the block; it never outlives this process."""
    log = ground.data / "logs" / "web.log"
    with contextlib.closing(supervisor.listen(0)) as door, log.open("wb") as out:
        port, (near, far) = door.getsockname()[1], os.pipe()
        environment = folder.environment(ground.data, CANDOUR_PORT=str(port), DATABASE_URL=ground.address(), CANDOUR_DEMO="0")
        process = subprocess.Popen(
            [sys.executable, "-m", "candour.project.child", *supervisor.web_command(supervisor.CANDOUR.web, door)],
            env={**environment, LIFELINE: str(near)},
            pass_fds=(near, door.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        os.close(near)
        try:
            _wait(port, process, log)
            yield Web(process, f"http://127.0.0.1:{port}")
        finally:
            os.close(far)  # tells the server to end
            process.wait(PATIENCE)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not supervisor.answers("127.0.0.1", port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"The web server did not answer; its last words: {log.read_text(errors='replace')[-800:]}")
        time.sleep(0.1)


def signed_in(address: str, email: str, password: str) -> dict[str, str]:
    """The cookies of a session opened through the sign-in form. Raises RuntimeError when the form refused."""
    with httpx.Client(base_url=address, follow_redirects=False, timeout=PATIENCE) as client:
        page = client.get("/sign-in/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        answer = client.post(
            "/sign-in/", data={"email": email, "password": password, "csrfmiddlewaretoken": token}, headers={"Referer": address}
        )
        if answer.status_code != 302:
            raise RuntimeError(f"The sign-in form answered {answer.status_code}.")
        return dict(client.cookies)
