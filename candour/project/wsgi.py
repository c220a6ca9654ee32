"""The web application for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from candour.project.logs import catch_the_uncaught
from candour.project.turns import InTurn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candour.project.settings")
catch_the_uncaught()
application = InTurn(get_wsgi_application())
