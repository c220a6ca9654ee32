"""The web application for a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from candour.project.logs import catch_the_uncaught
from candour.project.turns import InTurn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "candour.project.settings")
catch_the_uncaught()
application = InTurn(get_wsgi_application())
# What is loaded by now stays to the end: the collector need not walk through it in the middle of a page, and pages make few cycles.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
