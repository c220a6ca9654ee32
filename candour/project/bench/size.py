"""How full the database of the pages is."""

from __future__ import annotations

from dataclasses import dataclass

#: One case in four is open; the rest is history.
OPEN_SHARE = 4


@dataclass(frozen=True, slots=True)
class Size:
    """How full: posts in all, cases in all, cases made by the real flow, posts waiting for a person."""

    posts: int = 20_000
    cases: int = 3_000
    real: int = 300
    waiting: int = 500

    def told(self) -> str:
        """For the table."""
        return (
            f"{self.posts:,} posts, {self.cases:,} cases ({self.cases // OPEN_SHARE:,} open), {self.waiting:,} posts waiting for a person. "
            f"{self.real:,} cases by the real flow; the others are copies of them, written in bulk in a machine's name, journal included"
        )
