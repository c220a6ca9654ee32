"""The compiled kernel, loaded once; compiled kernels of older code are thrown away.

numba keeps a compiled function until the file it stands in changes, and doesn't see that a function or number taken from another file did.
An update that changes one file alone would go on screening by the old code, without a word.
"""

from __future__ import annotations

import contextlib
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from candour.screening.sources import digest_of

_HERE = Path(__file__).parent
#: What the kernel is compiled from: its own modules and those whose constants it takes in.
_TAKEN_FROM = (
    "adverse",
    "duties",
    "fold_tables",
    "found_rows",
    "judged_rows",
    "language",
    "language_model",
    "meaning_tables",
    "model",
    "normalise",
    "phrase_tables",
    "reading",
    "result",
    "scripts",
    "timing",
    "words",
)
#: Where the numbers of cue roles come from.
_CUES = _HERE.parent / "packs" / "cues.toml"
_STAMP = "kernel.digest"


@cache
def kernel() -> Any:
    """The compiled kernel, None where numba can't be loaded; that is said once, as a warning."""
    forget_stale()
    try:
        from candour.screening import kernel as loaded  # numba costs 0.2 s and 60 MB; who reads single posts never needs it
    except ImportError as error:
        warnings.warn(f"Install numba to screen at full speed: the slow reference screens instead ({error}).", stacklevel=2)
        return None
    return loaded


def forget_stale(folder: Path = _HERE / "__pycache__", sources: Path = _HERE) -> bool:
    """Remove compiled kernels that other code made, before one is loaded; whether there were any. A folder nobody may write stays as it is:
    there numba keeps nothing either."""
    paths = [*sorted(sources.glob("kernel*.py")), *(sources / f"{name}.py" for name in _TAKEN_FROM), _CUES]
    try:
        digest = digest_of([], [path for path in paths if path.exists()])
        stamp = folder / _STAMP
        if stamp.exists() and stamp.read_bytes() == digest.encode():
            return False
        stale = [path for ending in ("nbi", "nbc") for path in folder.glob(f"kernel*.{ending}")]
        for path in stale:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                path.unlink()
        folder.mkdir(exist_ok=True)
        stamp.write_bytes(digest.encode())
    except OSError:
        return False
    return bool(stale)
