"""What a command started by a test finds around it: nothing of the tests' own installation but the compiled packs, as on one machine."""

from __future__ import annotations

import os

from candour.screening.kept_file import VARIABLE

_OURS = ("CANDOUR_", "DATABASE_URL", "DJANGO_")


def clean(**more: str) -> dict[str, str]:
    """The environment for a command of an installation of its own, with `more` of it."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    kept = {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
    return {**given, **kept, **more}
