"""An approval that ends soon is let last longer: its author asks, the reviewer of the weightiest function answers with a signature.

The words do not change, so one look is enough: are they still true, and does the law still stand. Texts whose signed bytes name a window
keep it; they are written anew.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from candour.core.review import ReviewRole
from candour.core.signing import canonical, digest
from candour.core.states import EXTENSION, ExtensionState, SealState, move
from candour.flows import tell
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import parts_of
from candour.flows.gate import ask_at
from candour.flows.proof import proven
from candour.flows.reuse import VALID_DAYS
from candour.journal.acting import acting
from candour.journal.signatures import Secret, record_signature
from candour.messages.models import ApprovedMessage, Extension, Seal
from candour.messages.queries import place_of
from candour.messages.reuse_queries import wrote_message
from candour.people.models import User

#: An extension is asked for in the last three months, and for a year at most.
ASKED_FROM = timedelta(days=90)
MEANING = {True: "lets the approval last longer", False: "does not let the approval last longer"}


def role_of(message: ApprovedMessage) -> str:
    """Who is asked: medicine where a product is named, else the first function that sealed the approval."""
    if message.product_id is not None:
        return ReviewRole.MEDICAL.value
    kept = (SealState.SIGNED, SealState.KEPT)
    rows = Seal.objects.filter(review__version=message.version_id, review__draft=message.draft_id, advisory=False, state__in=kept)
    roles = set(rows.values_list("role", flat=True))
    return next((role.value for role in ReviewRole if role in roles), ReviewRole.REGULATORY.value)


def why_not(message: ApprovedMessage, now: datetime) -> str:
    """Why nobody may ask for this message now; empty when they may."""
    if message.withdrawn_at is not None:
        return _("This approval was withdrawn.")
    if message.valid_until <= now:
        return _("This approval expired; it is never published after that.")
    if message.valid_until - now > ASKED_FROM:
        return _("It still holds for more than three months.")
    if parts_of(bytes(message.exact)).get("valid_until"):
        return _("Its reviewers signed when it ends; start a new draft from it.")
    if message.reused_from_id is not None:
        return _("It ends with the message it stands on; that one is extended first, then it is reused anew.")
    return ""


def ask(by: User, message: ApprovedMessage, until: date, reason: str, now: datetime) -> Extension:
    """Ask that the message may be used to the end of a day, at most a year from now. One request at a time."""
    ask_at(by, "draft.write", place_of(message), now)
    reason = reason.strip()[:300]
    if not reason:
        raise Refusal(_("Say in a few words why it is still needed and still true."), status=400)
    if why := why_not(message, now):
        raise Refusal(why, status=409)
    wanted = message.valid_until.replace(year=until.year, month=until.month, day=until.day)
    if not message.valid_until < wanted <= now + timedelta(days=VALID_DAYS):
        raise Refusal(_("Choose a day after it ends now, and within a year."), status=400)
    with acting(by, "extension.ask", reason):
        locked = _held(message)
        if locked.extensions.filter(state=ExtensionState.ASKED).exists():
            raise Stale(_("Somebody has asked for this already; the answer is awaited."))
        return Extension.objects.create(
            message=locked, until=wanted, before=locked.valid_until, role=role_of(locked), reason=reason, by=by, at=now
        )


def _held(message: ApprovedMessage) -> ApprovedMessage:
    rows = ApprovedMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("product__brand", "account", "draft")
    return rows.get(pk=message.pk)


def told(row: Extension, grant: bool, answer: str) -> bytes:
    """The bytes of an answer that are signed: the message's own digest, until when, and the verdict."""
    return canonical(
        {
            "message": row.message.key,
            "digest": row.message.digest,
            "before": row.before.isoformat(),
            "until": row.until.isoformat(),
            "granted": grant,
            "answer": answer,
        }
    )


def decide(by: User, row: Extension, grant: bool, answer: str, secret: Secret, now: datetime) -> Extension:
    """The asked reviewer's signed answer. Four eyes: neither who asked nor who wrote the text. A refusal says why."""
    message = row.message
    ask_at(by, f"seal.{row.role}", place_of(message), now)
    answer = answer.strip()[:300]
    if not grant and not answer:
        raise Refusal(_("Say in a few words why not."), status=400)
    if by.pk == row.by_id or wrote_message(by, message):
        raise Refusal(_("You asked for this or wrote the text; four eyes means somebody else signs."))
    _refuse_over(row, message, grant, now)
    proof = proven(by, secret, now)
    with acting(by, "extension.answer", answer):
        locked = _held(message)
        fresh = Extension.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
        fresh.message = locked
        _refuse_over(fresh, locked, grant, now)
        shown = told(fresh, grant, answer)
        fresh.signature = record_signature(by, shown, subject="approval_extension", key=str(row.pk), meaning=MEANING[grant], proof=proof)
        fresh.state = move(EXTENSION, fresh.state, "grant" if grant else "refuse").value
        fresh.answered_by, fresh.answered_at, fresh.answer = by, now, answer
        fresh.save()
        if grant:
            locked.valid_until = fresh.until
            locked.save(update_fields=["valid_until"])
        tell.message("extension.grant" if grant else "extension.refuse", locked, by, now, also=row.by_id)
    return fresh


def _refuse_over(row: Extension, message: ApprovedMessage, grant: bool, now: datetime) -> None:
    if row.state != ExtensionState.ASKED:
        raise Stale(_("Somebody else has answered this already."))
    if not grant:
        return
    if message.withdrawn_at is not None or message.valid_until <= now:
        raise Refusal(_("The approval has ended meanwhile; it can't last longer."), status=409)
    if digest(bytes(message.exact)) != message.digest:
        raise Refusal(_("The stored text is not what was signed."), remedy=_("Quality looks at the journal."), status=409)
