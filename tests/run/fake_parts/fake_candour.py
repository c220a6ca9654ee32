"""`candour run` with fake parts: DATA PORT [WORKER]; FAKE_WEB names another web. Everything but the parts is the real supervisor."""

import os
import sys
from pathlib import Path

from candour.project import supervisor
from candour.project.errors import StartError

parts = supervisor.Parts(
    "fake_prepare", f"{os.environ.get('FAKE_WEB', 'fake_web')}:application", sys.argv[3] if len(sys.argv) > 3 else "fake_worker", web_log=""
)
try:
    sys.exit(supervisor.run(Path(sys.argv[1]), int(sys.argv[2]), empty=True, parts=parts))
except StartError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
