"""Which accounts this machine can speak as: told by the secrets it was given, never assumed."""

from __future__ import annotations

from datetime import datetime

from candour.core.states import SourceState
from candour.flows.doors import is_connected
from candour.journal.acting import acting
from candour.listening.models import Source
from candour.people.models import User
from candour.registry.models import Account

NETWORKS = ("newsroom", "bluesky", "mastodon")
_WHY = "Not connected: no secret for this account is on this machine."


def look_at_connections(by: User, now: datetime) -> int:
    """Set each account's connection, and begin or end listening accordingly; returns how many accounts changed."""
    changed = 0
    for account in Account.objects.filter(network__in=NETWORKS, retired_at=None):
        state = "connected" if is_connected(account) else "not_connected"
        if account.connection != state:
            changed += 1
            with acting(by, "account.connection", state):
                account.connection = state
                account.save(update_fields=["connection"])
                _sources(account, state == "connected", now)
    return changed


def _sources(account: Account, connected: bool, now: datetime) -> None:
    for source in Source.objects.filter(account=account, kind__in=NETWORKS):
        source.state = (SourceState.LISTENING if connected else SourceState.NOT_CONNECTED).value
        source.problem, source.cause, source.next_try_at = ("", "", None) if connected else (_WHY, "not_connected", None)
        if connected and source.kind == "bluesky":
            source.cursor, source.last_ok_at, source.last_try_at = "", now, None  # a stream we were not on has nothing to catch up from
        source.save()
