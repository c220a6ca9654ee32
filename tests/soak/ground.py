"""What the soak stands on: a demo installation of its own under the real command, a feed, and the Bluesky server beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from candour.project.postgres import EmbeddedPostgres
from candour.screening.kept_file import VARIABLE
from tests.run.running import ROOT, Running, free_port
from tests.soak.approvals import BLUESKY
from tests.soak.feed import FeedServer
from tests.soak.network import Author, Network
from tests.soak.texts import WATCHED
from tests.surroundings import clean

CANDOUR = Path(sys.executable).parent / "candour"
FEED_SOURCE, BLUESKY_SOURCE, NEWSROOM_SOURCE = "atom-de", "bluesky-de", "newsroom-de"
#: Sets the demo's feed to ours and lets both sources be polled often, as a named act of the person who may change sources.
PREPARE = """
import sys
from pathlib import Path
from candour.project.django_ready import with_django
with with_django(Path(sys.argv[1])):
    from candour.journal.acting import acting
    from candour.listening.models import Source
    from candour.people.queries import people
    with acting(people().get(name="Henrik Aalto"), "source.change", "sources of the soak"):
        feed = Source.objects.get(key="atom-de")
        feed.settings, feed.expected_minutes, feed.last_try_at = {"url": sys.argv[2], "lang": "de"}, 1, None
        feed.save()
        network = Source.objects.get(key="bluesky-de")
        network.settings, network.expected_minutes = {"words": [sys.argv[3]]}, 1
        network.save()
"""


@dataclass
class Ground:
    """Everything a soak needs to know of its surroundings."""

    folder: Path
    data: Path
    port: int
    running: Running
    feed: FeedServer
    network: Network | None
    brand: Author | None

    @property
    def kept(self) -> Path:
        """Where the compiled packs of this installation are kept."""
        return _kept(self.folder)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def server(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.data)

    def command(self, *words: object) -> list[str]:
        """A command of Candour on this data folder."""
        return [str(CANDOUR), *map(str, words), "--data", str(self.data)]

    def environment(self) -> dict[str, str]:
        """For commands beside the running Candour: nothing of ours leaks in, and they share its compiled packs, as on one machine."""
        return clean(**{VARIABLE: str(self.kept)})

    def ask(self, *words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words), env=self.environment(), capture_output=True, text=True, check=False, cwd=ROOT, timeout=timeout
        )


@contextlib.contextmanager
def ground(*, with_network: bool) -> Iterator[Ground]:
    """A running demo installation with everything beside it; all of it is gone afterwards, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="candour-soak-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        feed = FeedServer()
        stack.callback(feed.close)
        network = stack.enter_context(Network()) if with_network else None
        brand = network.account("brand") if network else None
        port, data = free_port(), folder / "data"
        running = Running([CANDOUR, "run", "--port", port, "--data", data], _environment(feed, network, brand, _kept(folder)), cwd=ROOT)
        stack.callback(_take_away, data)
        stack.callback(running.clear)
        running.wait_for("Ctrl-C stops it")
        made = Ground(folder, data, port, running, feed, network, brand)
        _prepare(made)
        yield made


def _kept(folder: Path) -> Path:
    """Compiled packs: with those of the tests, else in the soak's own folder."""
    return Path(os.environ.get(VARIABLE) or folder / "kept")


def _take_away(data: Path) -> None:
    """The database's files that may lie outside the folder, once nothing runs any more."""
    server = EmbeddedPostgres(data)
    for path in (server.sockets, server.cluster):
        shutil.rmtree(path, ignore_errors=True)


def _environment(feed: FeedServer, network: Network | None, brand: Author | None, kept: Path) -> dict[str, str]:
    private, found = [feed.entry], {}
    if network and brand:
        private.append(network.entry)
        name = BLUESKY.upper().replace("-", "_")
        found = {"CANDOUR_BLUESKY_SERVICE": network.pds, f"CANDOUR_HANDLE_{name}": brand.handle, f"CANDOUR_SECRET_{name}": brand.password}
    ours = {"CANDOUR_PROXIES": "1", VARIABLE: str(kept)}  # visitors come from many addresses; compiled packs are kept, as everywhere
    return {"CANDOUR_ALLOWED_PRIVATE": ",".join(private), **ours, **found}


def _prepare(made: Ground) -> None:
    line = [sys.executable, "-c", PREPARE, made.data, made.feed.url, WATCHED]
    subprocess.run(line, env=made.environment(), cwd=ROOT, check=True, timeout=400)
