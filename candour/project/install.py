"""The first start: database structure, the installation's own row, the machines that act under their own names."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.db import transaction

from candour.core.rights import Function
from candour.journal.acting import database_now, founding
from candour.journal.models import Installation
from candour.journal.queries import installation
from candour.people.actions import add_machine
from candour.people.models import User

#: A demo's story begins this long before its seeding; its machines must have been there.
DEMO_PAST = timedelta(days=500)


def prepare(*, demo: bool) -> None:
    """Bring the database to this release and, once, found the installation; a demo also gets its company. Safe to run again."""
    _structure(demo=demo)
    if demo:
        from candour.project.demo import emptying, seed  # only a demo needs the demo's story

        if seed.is_half_seeded():
            emptying.empty()
            _structure(demo=demo)
        seed.seed_if_empty()


def _structure(*, demo: bool) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    found(demo=demo)


def found(*, demo: bool) -> Installation:
    """Create this installation's row and machines unless they exist. `demo` counts only now; it can't be changed later."""
    with transaction.atomic():
        row = installation() or Installation.objects.create(demo=demo)
        if not User.objects.filter(is_machine=True).exists():
            since = database_now() - (DEMO_PAST if demo else timedelta())
            with founding("install"):
                for name, function in (("listener", Function.LISTENER), ("publisher", Function.PUBLISHER)):
                    add_machine(name, function, since)
    return row
