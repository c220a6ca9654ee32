"""Asking a server on this machine past Candour's own doors, with the patience that a busy machine needs."""

from __future__ import annotations

from functools import partial

import httpx

#: Seconds: two cores may be shared by browsers, databases and a compiler; only a server that hangs takes longer.
PATIENCE = 60.0

get = partial(httpx.get, trust_env=False, timeout=PATIENCE)
post = partial(httpx.post, trust_env=False, timeout=PATIENCE)
