"""The metronome of the periodic jobs: steady, whatever happens to the machine's clock.

The library reads the wall clock for it. Set back by an hour, that would give no round for an hour: nothing sent, nothing heard. Set
forward by a day, or after a night in sleep, it would order every missed round at once. Here the beat is counted from the start of the
worker by a clock that nobody can set; what is due is decided by each job with the database's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from procrastinate import periodic


class SteadyDeferrer(periodic.PeriodicDeferrer):
    """Orders the periodic jobs by a steady count of seconds that began at the wall clock's reading."""

    def __init__(
        self, *args: object, steady: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time, **named: object
    ) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self._steady, self._ahead = steady, wall() - steady()

    def now(self) -> float:
        """Seconds since 1970 as they would be if nobody had set the clock since the start."""
        return self._steady() + self._ahead

    async def worker(self) -> None:
        """Order what is due and wait for the next beat, for ever."""
        while True:
            now = self.now()
            await self.defer_jobs(jobs_to_defer=self.get_previous_tasks(at=now))
            await self.wait(next_tick=self.get_next_tick(at=now))


def keep_steady() -> None:
    """Let every worker of this process use the steady metronome; the library has no setting for it."""
    periodic.PeriodicDeferrer = SteadyDeferrer  # type: ignore[misc]
