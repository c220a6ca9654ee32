"""Which lanes of the tests can run on this machine, and the line that installs what an absent lane needs.

A lane is a pytest marker whose tests need a part that `make setup` does not install. Used by tests/conftest.py;
`python tools/lanes.py` prints the same list.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NETWORK = ROOT / "var" / "network"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Lane:
    """One marker: what it proves, whether its parts are here, and how to get them."""

    marker: str
    about: str
    present: Callable[[], bool]
    install: str


def browser() -> str | None:
    """The Chromium that drives the browser lane; CANDOUR_CHROMIUM names one outside PATH."""
    named = os.environ.get("CANDOUR_CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _browser_present() -> bool:
    return browser() is not None and importlib.util.find_spec("playwright") is not None


def _network_present() -> bool:
    return shutil.which("node") is not None and (NETWORK / "node_modules" / "@atproto" / "dev-env").is_dir()


def _mastodon_present() -> bool:
    return (ROOT / "var" / "mastodon" / "snac").is_file() or all(shutil.which(name) for name in ("apt-get", "cc", "make"))


def _spark_present() -> bool:
    return importlib.util.find_spec("pyspark") is not None and (bool(os.environ.get("JAVA_HOME")) or shutil.which("java") is not None)


def python_for_everybody() -> str | None:
    """A Python of this version with which another user can start, because it lies in no private home."""
    named = [sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"]
    if os.geteuid() != 0:
        return sys.executable
    switch: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    for program in filter(os.path.exists, named):
        with contextlib.suppress(OSError):
            if subprocess.run([program, "-c", ""], cwd="/", capture_output=True, check=False, **switch).returncode == 0:
                return program
    return None


def debian_postgres() -> Path | None:
    """The programs of the newest PostgreSQL that Debian installed beside ours."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


LANES = (
    Lane("browser", "screens in a real browser", _browser_present, "apt-get install -y --no-install-recommends chromium fonts-noto-core"),
    Lane("network", "Bluesky against its real server", _network_present, "sh tools/install-network.sh"),
    Lane("mastodon", "Mastodon's interface against a real server", _mastodon_present, "sh tools/install-mastodon.sh"),
    Lane(
        "user", "started by a normal user", lambda: python_for_everybody() is not None, "apt-get install -y --no-install-recommends python3"
    ),
    Lane(
        "server",
        "a PostgreSQL server of Debian",
        lambda: debian_postgres() is not None,
        "apt-get install -y --no-install-recommends postgresql",
    ),
    Lane(
        "spark",
        "screening on Apache Spark",
        _spark_present,
        "apt-get install -y --no-install-recommends default-jre-headless",
    ),
    Lane("root", "started by root, from a private home", lambda: os.geteuid() == 0, "sudo make test"),
)


@functools.cache
def absent() -> tuple[Lane, ...]:
    """The lanes that can't run here, in the order of LANES."""
    return tuple(lane for lane in LANES if not lane.present())


def sentence(lane: Lane) -> str:
    """One line for a person: what is missing and what to type."""
    return f"lane '{lane.marker}' ({lane.about}) is absent; install it with: {lane.install}"


def main() -> int:
    """Print the absent lanes; exit 1 when there are any."""
    missing = absent()
    for lane in missing:
        print(sentence(lane))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
