"""Compiles what screens before anybody waits for it: `python -m candour.screening.warm`, part of `make setup`.

The kernel goes into its cache beside the modules, the shipped packs and the folding tables to where releases are kept (`kept_file`).
"""

from __future__ import annotations

from candour.screening.batch import screen_posts
from candour.screening.columns import text_column
from candour.screening.engine import release


def warm() -> int:
    """Screen one post by the kernel, which compiles and keeps, or loads, all of it. Returns how many posts were screened."""
    return len(screen_posts(release(), text_column(["Danke"]), [""]))


if __name__ == "__main__":
    warm()
