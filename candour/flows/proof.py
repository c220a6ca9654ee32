"""Who acts proves it in the same request: the one place where an act asks for a password or a passkey, and says why it was refused."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.journal.signatures import NotSigned, Proof, Secret, prove
from candour.people.models import User

log = logging.getLogger(__name__)


def proven(by: User, secret: Secret, now: datetime) -> Proof:
    """The proof for an act, asked for before its transaction opens, so that a wrong secret counts although the act is refused."""
    try:
        return prove(by, secret, now)
    except NotSigned as refused:
        if refused.passkey:
            log.warning("A passkey of person %s proved nothing: %s", by.pk, refused.passkey)
        raise _refusal(refused) from None


def _refusal(refused: NotSigned) -> Refusal:
    remedy = _("Nothing was signed and nothing was changed.")
    if refused.locked:
        return Refusal(_("Too many wrong secrets. The account rests for a quarter of an hour."), remedy=remedy)
    if refused.passkey:
        return Refusal(_("The passkey did not prove who you are for this act; try once more or use your password."), remedy=remedy)
    return Refusal(_("That is not your password."), remedy=remedy)
