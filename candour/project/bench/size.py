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
    #: Copied within the server until there are so many; 0 for no copies.
    posts_in_all: int = 0
    cases_in_all: int = 0

    @property
    def multiplied(self) -> bool:
        return self.posts_in_all > self.posts

    def told(self) -> str:
        """For the table."""
        posts, cases = max(self.posts, self.posts_in_all), max(self.cases, self.cases_in_all)
        return (
            f"{posts:,} posts, {cases:,} cases ({cases // OPEN_SHARE:,} open), thousands of posts waiting for a person. "
            f"{self.real:,} cases by the real flow; the others are copies of them, written in bulk in a machine's name, journal included"
        )
