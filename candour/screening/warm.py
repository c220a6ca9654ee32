"""Compiles the screening kernel into its cache beside the modules: `python -m candour.screening.warm`, part of `make setup`."""

from __future__ import annotations

import pyarrow as pa

from candour.screening.batch import screen_posts
from candour.screening.engine import release


def warm() -> int:
    """Screen one post by the kernel, which compiles or loads all of it. Returns how many posts were screened."""
    return len(screen_posts(release(), pa.array(["Danke"], pa.large_string()), [""]))


if __name__ == "__main__":
    warm()
