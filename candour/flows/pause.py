"""Pausing what is published, and going on afterwards: nothing that came due meanwhile leaves by itself."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from candour.core.signing import canonical
from candour.flows import tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages.models import Draft, Embargo, Pause
from candour.messages.queries import place_of
from candour.people.models import User
from candour.people.rights import Place
from candour.registry.models import Account, Product


def place_of_pause(pause: Pause) -> Place:
    """Where a pause belongs: one for no market or account needs a grant for all of them."""
    return _place(pause.market, pause.product, pause.account)


def _place(market: str, product: Product | None, account: Account | None) -> Place:
    return Place(market or (account.market if account else ""), product.brand.key if product else None, account.key if account else None)


def begin(
    by: User,
    *,
    reason: str,
    secret: Secret,
    now: datetime,
    market: str = "",
    product: Product | None = None,
    account: Account | None = None,
    theme: str = "",
) -> Pause:
    """Pause what fits every given side, from now on. Signed; at least one side must be given, so that a whole company isn't paused by an
    empty form."""
    ask_at(by, "publication.pause", _place(market, product, account), now)
    theme = " ".join(theme.split())[:120]
    if not (market or product or account or theme):
        raise Refusal(_("Say what is paused: a market, a product, an account, or words of the text."), status=400)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    proof = proven(by, secret, now)
    row = Pause(market=market, product=product, account=account, theme=theme, reason=reason.strip()[:300], by=by, began_at=now)
    with acting(by, "pause.begin", row.reason):
        row.signature = record_signature(by, told(row), subject="pause", key=_key(row), meaning="pauses what is published", proof=proof)
        row.save()
        tell.pause("pause.begin", row, by, now)
    return row


def told(pause: Pause) -> bytes:
    """The exact bytes of a pause that are signed."""
    return canonical(
        {
            "market": pause.market,
            "product": pause.product.key if pause.product else "",
            "account": pause.account.key if pause.account else "",
            "theme": pause.theme,
            "reason": pause.reason,
            "began_at": pause.began_at.isoformat(),
        }
    )


def _key(pause: Pause) -> str:
    return f"{pause.began_at:%Y%m%dT%H%M%S}-{pause.market or 'all'}"


def end(by: User, pause: Pause, reason: str, secret: Secret, now: datetime) -> Pause:
    """End a pause, signed. What came due in it stays until a person sends it, gives it a new time or drops it."""
    ask_at(by, "publication.pause", place_of_pause(pause), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    proof = proven(by, secret, now)
    with acting(by, "pause.end", reason):
        locked = Pause.objects.select_for_update(no_key=True, of=("self",)).select_related("product", "account").get(pk=pause.pk)
        if locked.ended_at is not None:
            raise Stale(_("Somebody else has ended this pause already."))
        shown = canonical({"pause": locked.signature.digest, "ended_at": now.isoformat(), "reason": reason.strip()[:300]})
        locked.end_signature = record_signature(by, shown, subject="pause", key=_key(locked), meaning="ends the pause", proof=proof)
        locked.ended_at, locked.ended_by, locked.ended_why = now, by, reason.strip()[:300]
        locked.save()
        tell.pause("pause.end", locked, by, now)
    return locked


def set_embargo(by: User, draft: Draft, until: datetime, reason: str, now: datetime) -> Embargo:
    """Keep a text, and every message approved from it, from being published before an instant."""
    ask_at(by, "draft.publish", place_of(draft), now)
    if until <= now:
        raise Refusal(_("That time has passed."), status=400)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    with acting(by, "embargo.set", reason):
        row = Embargo.objects.create(draft=draft, until=until, reason=reason.strip()[:300], by=by, at=now)
        tell.text("embargo.set", draft, by, now)
    return row


def lift_embargo(by: User, embargo: Embargo, reason: str, now: datetime) -> Embargo:
    """Lift an embargo before its time; what it held back still waits for a person."""
    ask_at(by, "draft.publish", place_of(embargo.draft), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why."), status=400)
    with acting(by, "embargo.lift", reason):
        locked = Embargo.objects.select_for_update(no_key=True).get(pk=embargo.pk)
        if locked.lifted_at is not None:
            raise Stale(_("Somebody else has lifted this already."))
        locked.lifted_at, locked.lifted_by, locked.lifted_why = now, by, reason.strip()[:300]
        locked.save()
        tell.text("embargo.lift", locked.draft, by, now)
    return locked
