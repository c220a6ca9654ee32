"""The web server's own lines in the form of all others; the supervisor names this class to the server."""

from __future__ import annotations

import os
from typing import Any

from gunicorn import glogging

from candour.project.logs import Discreet, Json, Line


class WebServerLog(glogging.Logger):
    """Only its form differs from the server's own."""

    def setup(self, cfg: Any) -> None:
        """Called by the web server once its options are read."""
        super().setup(cfg)
        form = Json() if os.environ.get("CANDOUR_LOG_FORMAT") == "json" else Line()
        for one in self.error_log.handlers:
            one.setFormatter(form)
            one.addFilter(Discreet())
