"""How drafts, approved messages and what a signature covers are called on the screens of approval."""

from __future__ import annotations

from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candour.core.review import MessageKind
from candour.core.states import DraftState, PublicationState
from candour.core.terms import Audience
from candour.registry.models import Product
from candour.registry.queries import accounts_by_keys
from candour.web.diff import PARTS, Difference, OtherChange, signed_parts
from candour.web.words import Look, network_look

DRAFT: dict[str, Look] = {
    DraftState.WRITING: Look(pgettext_lazy("draft", "being written"), "line", "pencil"),
    DraftState.IN_REVIEW: Look(pgettext_lazy("draft", "in review"), "review", "eye"),
    DraftState.CHANGES: Look(pgettext_lazy("draft", "changes asked for"), "blocked", "reply"),
    DraftState.SIGNED: Look(pgettext_lazy("draft", "signed"), "approved", "seal"),
    DraftState.REJECTED: Look(pgettext_lazy("draft", "rejected"), "blocked", "ban"),
    DraftState.WITHDRAWN: Look(pgettext_lazy("draft", "withdrawn"), "off", "x"),
}
KIND: dict[str, str | Promise] = {
    MessageKind.POST: _("Message"),
    MessageKind.REPLY_TEMPLATE: _("Reply template"),
    MessageKind.HOLDING_STATEMENT: _("Holding statement"),
    MessageKind.FREE_REPLY: _("Single reply"),
}
STANDING: dict[str, Look] = {
    "usable": Look(pgettext_lazy("approval", "usable now"), "approved", "check"),
    "early": Look(pgettext_lazy("approval", "not yet"), "review", "clock"),
    "expired": Look(pgettext_lazy("approval", "expired"), "blocked", "ban"),
    "withdrawn": Look(pgettext_lazy("approval", "withdrawn"), "blocked", "x"),
}
PUBLICATION: dict[str, Look] = {
    PublicationState.HELD: Look(pgettext_lazy("publication", "waits for its time"), "line", "clock"),
    PublicationState.WAITING: Look(pgettext_lazy("publication", "waits for a decision"), "review", "warning"),
    PublicationState.BY_HAND: Look(pgettext_lazy("publication", "to be published by hand"), "review", "user"),
    PublicationState.STATED: Look(pgettext_lazy("publication", "published by hand, signed"), "approved", "seal"),
    PublicationState.TAKEN_BACK: Look(pgettext_lazy("publication", "taken back"), "off", "x"),
    PublicationState.SENDING: Look(pgettext_lazy("publication", "on its way"), "review", "send"),
    PublicationState.UNKNOWN: Look(pgettext_lazy("publication", "outcome not known yet"), "review", "question"),
    PublicationState.SENT: Look(pgettext_lazy("publication", "sent, not read back yet"), "review", "send"),
    PublicationState.LIVE: Look(pgettext_lazy("publication", "live as signed"), "approved", "check-circle"),
    PublicationState.DRIFTED: Look(pgettext_lazy("publication", "differs from what was signed"), "blocked", "warning"),
    PublicationState.TAKING_DOWN: Look(pgettext_lazy("publication", "being taken down"), "review", "x"),
    PublicationState.TAKEN_DOWN: Look(pgettext_lazy("publication", "taken down"), "off", "x"),
    PublicationState.FAILED: Look(pgettext_lazy("publication", "not published"), "blocked", "ban"),
}
AUDIENCE: dict[str, str | Promise] = {
    Audience.PUBLIC: _("Public"),
    Audience.HCP: _("Health professionals"),
    Audience.BOTH: _("Public and health professionals"),
}


def language_name(code: str) -> str:
    """A language in the reader's words; an unknown code reads as itself."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code


def signed_facts(exact: bytes, product: Product | None) -> list[tuple[str | Promise, str]]:
    """What a signature covers besides the text, read from the bytes and said in words.

    A key is replaced by a name only where the registry knows it; otherwise the bytes' own word stands.
    """
    parts = signed_parts(exact)
    said = {
        "kind": str(KIND.get(parts.get("kind", ""), "")),
        "audience": str(AUDIENCE.get(parts.get("audience", ""), "")),
        "market": parts.get("market", "").upper(),
        "lang": language_name(parts.get("lang", "")),
        "product": product.name if product and product.key == parts.get("product") else "",
        "accounts": _handles(parts.get("accounts", "")),
    }
    return [(PARTS[name], said.get(name) or parts[name]) for name in PARTS if parts.get(name)]


def with_handles(change: Difference) -> Difference:
    """A difference whose accounts read as handles: a reviewer knows where a text will stand, not its key."""
    return replace(change, others=tuple(_with_handles(one) for one in change.others))


def _with_handles(one: OtherChange) -> OtherChange:
    return replace(one, before=_handles(one.before), after=_handles(one.after)) if one.name is PARTS["accounts"] else one


def _handles(keys: str) -> str:
    wanted = [key for key in keys.split(", ") if key]
    known = {account.key: f"{account.handle} ({network_look(account.network).label})" for account in accounts_by_keys(wanted)}
    return ", ".join(known.get(key, key) for key in wanted)
