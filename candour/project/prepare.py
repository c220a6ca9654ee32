"""The step before web and worker start: is the database usable, is its structure current, is there a company?"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

from candour.project.errors import StartError
from candour.project.logs import catch_the_uncaught


def main() -> int:
    """Run the checks, the migrations and, on an empty database, the first company. 0 when done, 2 with one sentence when not."""
    django.setup()
    catch_the_uncaught()
    from django.conf import settings

    from candour.project import database_checks, install  # models can only be imported after the set-up above

    try:
        database_checks.require_reachable()
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        install.prepare(demo=os.environ.get("CANDOUR_DEMO") == "1")
        database_checks.require_locale()
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
