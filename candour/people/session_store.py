"""Sessions as Django keeps them in the database, but the question for one, which every page asks, is made once, and their end is told by
the database's clock: that of a web machine, set wrongly, would end them or keep them (`SESSION_ENGINE`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import CharField, QuerySet
from django.db.models.functions import Now

from candour.people.prepared import Given, Prepared


def _running() -> QuerySet[Session]:
    return Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Now())


_RUNNING = Prepared(_running)


class SessionStore(db.SessionStore):
    """Django's own, but for how it looks for a session and from when it counts its end."""

    def get_expiry_date(self, **given: Any) -> datetime:
        if "modification" not in given:
            with connection.cursor() as cursor:
                cursor.execute("SELECT now()")
                (given["modification"],) = cursor.fetchone()
        return super().get_expiry_date(**given)

    def _get_session_from_db(self) -> Session | None:
        found = _RUNNING.ask(key=self.session_key)
        if not found:
            self._session_key = None  # a key that a browser made up is never taken over
        return found[0] if found else None
