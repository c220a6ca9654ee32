"""Documents on paper: one engine, typst, which sets data as text and reads no markup in it. The same data gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any


def printed(paper: str, data: Mapping[str, Any]) -> bytes:
    """A PDF from a template of `flows/papers` and what it shows. Letters without a font on this machine stay empty boxes."""
    import typst  # the engine and its fonts are read only where something is printed

    source = files("candour.flows").joinpath("papers", f"{paper}.typ").read_bytes()
    document: bytes = typst.compile(source, format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    return document
