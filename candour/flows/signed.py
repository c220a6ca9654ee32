"""Is this still what was signed? Asked when a text is ordered and again at the moment it is sent; any doubt stops it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.core.placeholders import Misfit, fill, names_in
from candour.core.reentry import changed_parts, concerned
from candour.core.reuse import Answer
from candour.core.review import MessageKind, ReviewRole
from candour.core.signing import digest
from candour.core.states import SealState
from candour.flows.exact import parts_of
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, Publication, Seal

#: Kinds that leave as answers to a person, with their placeholders filled.
REPLIES = frozenset({MessageKind.REPLY_TEMPLATE.value, MessageKind.FREE_REPLY.value})


def not_sendable(message: ApprovedMessage, at: datetime) -> str:
    """Why this approval can't be used at an instant; empty when it can. Costs one query, none when `signatures` are prefetched."""
    if message.withdrawn_at is not None:  # also when the clock has been set back since
        return _("This approval was withdrawn.")
    if message.valid_from > at:
        return _("This approval is not in force yet.")
    if message.valid_until <= at:
        return _("This approval expired; it is never published after that.")
    if digest(bytes(message.exact)) != message.digest:
        return _("The stored text is not what was signed.")
    signatures = list(message.signatures.all())
    if not signatures or not all(_covers(signature, message.digest) for signature in signatures):
        return _("No signature covers these bytes.")
    return ""


def _covers(signature: Signature, signed: str) -> bool:
    return signature.digest == signed and digest(bytes(signature.shown)) == signed


def differs_from_signed(publication: Publication) -> str:
    """Why what would be sent is not what every reviewer signed (with its placeholders filled); empty when it is."""
    message = publication.message
    if not (_reused_by_signature(message) or _all_seals_signed(message)):
        return _("A signature of the review is missing.")
    if not _same_place(publication, parts_of(bytes(message.exact))):
        return _("The text to send differs from what was signed.")
    expected, problem = filled_text(message, publication.filled)
    if problem is not None:
        return in_words(problem)
    if publication.text != expected or digest(publication.text.encode()) != publication.digest:
        return _("The text to send differs from what was signed.")
    return ""


def _reused_by_signature(message: ApprovedMessage) -> bool:
    """A message that travelled without review: its one signature is that of whoever signed the proof, over the bytes the proof names."""
    kept = message.reused_from
    if kept is None or kept.answer != Answer.LIVE or kept.review_id is not None:
        return False
    signatures = list(message.signatures.all())
    proven = digest(bytes(kept.exact)) == kept.digest == kept.signature.digest and kept.target_digest == message.digest
    return proven and kept.draft_id == message.draft_id and [one.signer_id for one in signatures] == [kept.signature.signer_id]


def _all_seals_signed(message: ApprovedMessage) -> bool:
    """Every seal that the approving review needed is signed over these bytes, or stands by an earlier signature that this review named; the
    signatures under the message are those of its own seals and of no other, and at least one of them was needed."""
    rows = Seal.objects.filter(review__version=message.version_id, review__draft=message.draft_id)
    seals = list(rows.values("review", "role", "state", "signature", "advisory", "kept__signature", "kept__review__version__exact"))
    last = max((seal["review"] for seal in seals), default=None)
    own = [seal for seal in seals if seal["review"] == last]
    needed = [seal for seal in own if not seal["advisory"]]
    signed = {seal["signature"] for seal in own if seal["state"] == SealState.SIGNED}
    stand = [seal for seal in needed if seal["state"] == SealState.KEPT and _stands(seal, message)]
    fresh = [seal for seal in needed if seal["state"] == SealState.SIGNED]
    under = {signature.pk for signature in message.signatures.all()}
    return bool(fresh) and len(fresh) + len(stand) == len(needed) and signed == under


def _stands(seal: Mapping[str, Any], message: ApprovedMessage) -> bool:
    """The earlier signature is there, and nothing that concerns the role differs between what it covers and the message."""
    if seal["kept__signature"] is None:
        return False
    before, after = parts_of(bytes(seal["kept__review__version__exact"])), parts_of(bytes(message.exact))
    return bool(before) and ReviewRole(seal["role"]) not in concerned(changed_parts(before, after))


def _same_place(publication: Publication, signed: dict[str, Any]) -> bool:
    """The same words to the same readers: an article on the very account, an answer in the same market."""
    message, account = publication.message, publication.account
    same = all(signed.get(name) == getattr(message, name) for name in ("kind", "text", "market", "lang")) and _same_picture(message, signed)
    if message.kind in REPLIES:
        return same and account.market == message.market
    return same and account.key in signed.get("accounts", ()) and (publication.title, publication.lang) == (signed["title"], signed["lang"])


def _same_picture(message: ApprovedMessage, signed: dict[str, Any]) -> bool:
    """The picture that would be sent, with its description, is the one in the signed bytes."""
    version = message.version
    if version is None:
        return not signed.get("media")
    shown = [version.picture_id] if version.picture_id else []
    return shown == list(signed.get("media") or ()) and version.alt_text == (signed.get("alt_text") or "")


def wanted(message: ApprovedMessage) -> list[str]:
    """Placeholders of a message; only templates have any, braces in other texts are just braces."""
    return names_in(message.text) if message.kind == MessageKind.REPLY_TEMPLATE else []


def filled_text(message: ApprovedMessage, values: Mapping[str, str]) -> tuple[str, Misfit | None]:
    """The signed text with these values in its placeholders, and what does not fit."""
    return fill(message.text, values) if wanted(message) or values else (message.text, None)


def in_words(problem: Misfit) -> str:
    """A misfit in the reader's language."""
    return _(problem.template) % problem.params
