"""`candour screen --explain`: the same rows as without, each with why. For a few posts that somebody asks about; it takes its time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from candour.screening.engine import ScreeningRelease, release
from candour.screening.explain import as_data, explain
from candour.screening.products import read_products
from candour.screening.screen_file import Counts, screen_file


def explain_file(
    in_path: Path | str,
    out_path: Path | str,
    products_path: Path | str | None = None,
    engine: str = "local",
    progress: Callable[[int, int], None] | None = None,
) -> Counts:
    """Screen a file as `screen_file` does and add `explained` to every row of a post that could be screened (`explain.as_data`)."""
    screened, partial = Path(f"{out_path}.screened"), Path(f"{out_path}.partial")
    try:
        counts = screen_file(in_path, screened, products_path, engine, progress)
        compiled = release(read_products(Path(products_path)) if products_path else None)
        with partial.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(_rows(Path(in_path), screened, compiled))
        partial.replace(out_path)
    finally:
        screened.unlink(missing_ok=True)
    return counts


def _rows(posts: Path, screened: Path, compiled: ScreeningRelease) -> Iterator[str]:
    """Every row of the answer beside the line it answers; empty lines have no row."""
    with posts.open("rb") as source, screened.open(encoding="utf-8") as answers:
        asked = (line for line in source if line.removeprefix(b"\xef\xbb\xbf").strip())
        for line, answer in zip(asked, answers, strict=True):
            row: dict[str, Any] = json.loads(answer)
            if "error" not in row:
                post = json.loads(line.decode("utf-8-sig"))
                lang = post.get("lang")
                row["explained"] = as_data(explain(compiled, post["text"], lang if isinstance(lang, str) else ""))
            yield json.dumps(row, ensure_ascii=False) + "\n"
