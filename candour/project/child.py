"""Run a module as a child that never outlives its supervisor.

`python -m candour.project.child MODULE ARGUMENTS...` is `python -m MODULE ARGUMENTS...`, with one thread that waits at the supervisor's
end of a pipe. The kernel closes that end however the supervisor ends, kill -9 included; then this process ends itself.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

LIFELINE = "CANDOUR_LIFELINE"
#: Seconds between asking this process to end and ending it.
GRACE = 10.0


def hold_lifeline(fd: int) -> None:
    """End this process when the other end of the pipe closes: first politely, then for certain."""
    while os.read(fd, 64):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def main() -> None:
    """Tie this process to its supervisor and become the module named in the arguments."""
    fd = os.environ.pop(LIFELINE, None)
    if fd is not None:
        threading.Thread(target=hold_lifeline, args=(int(fd),), daemon=True, name="lifeline").start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
