"""`make run-network`: Candour and a real Bluesky server begin and end together."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import ROOT, Running, free_port, page

from tests import asking

pytestmark = [pytest.mark.slow, pytest.mark.network]


def test_both_answer_and_both_end(start: Callable[..., Running], folder: Path) -> None:
    port = free_port()
    command = [sys.executable, "tools/run_network.py", "--empty", "--data", folder / "data", "--port", port]
    free = {"CANDOUR_PLC_PORT": "0", "CANDOUR_PDS_PORT": "0"}
    both = start(how=lambda: Running(command, free, cwd=ROOT))
    both.wait_for(f"answers at http://127.0.0.1:{port}/")
    [bluesky] = [found[1] for line in both.lines if (found := re.match(r"bluesky  \| answers at (\S+) with 3 accounts", line))]
    query = {"handle": "hollinqvist-de.test"}
    known = asking.get(f"{bluesky}/xrpc/com.atproto.identity.resolveHandle", params=query)
    assert known.json()["did"].startswith("did:plc:")
    assert "<html" in page(port)
    assert both.stop() == 0
    assert both.processes() == []
