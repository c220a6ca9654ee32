"""GOVERN: an account is registered, changed, given an owner. The right is asked where the account is and where it goes."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask
from candour.journal.acting import acting
from candour.people.models import User
from candour.registry import actions as registry
from candour.registry.actions import AccountFacts, RegistryFault
from candour.registry.models import Account


def seen_digest(account: Account) -> str:
    """What the reader's page showed, in short; a change made from an older page is refused by it."""
    facts = registry.facts_of(account)
    values = {name: str(getattr(facts, name)) for name in registry.ACCOUNT_FIELDS}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def register_account(by: User, facts: AccountFacts, now: datetime) -> Account:
    """Register an account in a market where `by` may change the registry."""
    _ask(by, facts, now)
    with acting(by, "registry.add_account", facts.handle):
        return _told(registry.add_account, facts, now)


def change_account(by: User, account: Account, facts: AccountFacts, seen: str, now: datetime, *, reason: str = "") -> dict[str, Any]:
    """Write what differs. Stale when the account was changed since the page that showed `seen`."""
    _ask(by, registry.facts_of(account), now, account.key)
    _ask(by, facts, now, account.key)
    with acting(by, "registry.change_account", reason):
        locked = Account.objects.select_for_update(of=("self",)).select_related("owner", "deputy").get(pk=account.pk)
        if seen_digest(locked) != seen:
            raise Stale(_("Somebody changed this account while you had it open. Nothing of yours was saved."))
        return _told(registry.change_account, locked, facts, now)


def _ask(by: User, facts: AccountFacts, now: datetime, key: str = "") -> None:
    ask(by, "registry.change", facts.market, now, brand=facts.brand, account=key)


def _told(write: Any, *values: Any) -> Any:
    """A fault of the facts becomes a refusal that a screen can show."""
    try:
        return write(*values)
    except RegistryFault as fault:
        raise Refusal(str(fault), status=400) from fault
