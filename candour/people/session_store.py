"""Sessions as Django keeps them in the database; only the question for one, which every page asks, is made once (`SESSION_ENGINE`)."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, QuerySet
from django.db.models.functions import Now

from candour.people.prepared import Given, Prepared


def _running() -> QuerySet[Session]:
    # by the database's clock: that of one web machine ends nobody's session
    return Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Now())


_RUNNING = Prepared(_running)


class SessionStore(db.SessionStore):
    """Django's own, but for how it looks for a session."""

    def _get_session_from_db(self) -> Session | None:
        found = _RUNNING.ask(key=self.session_key)
        if not found:
            self._session_key = None  # a key that a browser made up is never taken over
        return found[0] if found else None
