"""The web application for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from candour.project.logs import catch_the_uncaught

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candour.project.settings")
catch_the_uncaught()
application = get_wsgi_application()
