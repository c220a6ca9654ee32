"""How the field's words look and read on every screen: label, hue and icon of duties, networks, functions, roles and states."""

from __future__ import annotations

from typing import NamedTuple

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_bidi, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candour.core.rights import Function
from candour.core.terms import DutyKind


class Look(NamedTuple):
    """A word as shown: its label, the hue it takes (safety, service, blocked, review, approved or none) and its icon."""

    label: str | Promise
    hue: str
    icon: str


DUTY: dict[str, Look] = {
    DutyKind.AE: Look(_("Adverse event"), "safety", "shield"),
    DutyKind.SPECIAL_SITUATION: Look(_("Special situation"), "safety", "shield"),
    DutyKind.PQC: Look(_("Quality complaint"), "safety", "box"),
    DutyKind.MIR: Look(_("Medical information"), "service", "question"),
    DutyKind.COMPLAINT: Look(_("Complaint"), "service", "message"),
    DutyKind.OFF_LABEL: Look(_("Off-label"), "blocked", "ban"),
    DutyKind.PRIVACY: Look(_("Personal data"), "review", "eye-off"),
    DutyKind.CRISIS: Look(_("Crisis"), "review", "siren"),
    DutyKind.MISINFORMATION: Look(_("Misinformation"), "review", "warning"),
    DutyKind.PRAISE: Look(_("Praise"), "", "smile"),
    DutyKind.SPAM: Look(_("Spam"), "", "ban"),
    "UNSCREENED": Look(_("Language not screened"), "review", "globe"),
}

#: Who confirms a duty that ends with a receipt.
RECEIVER: dict[str, str | Promise] = {
    DutyKind.AE: pgettext_lazy("receiver", "drug safety"),
    DutyKind.SPECIAL_SITUATION: pgettext_lazy("receiver", "drug safety"),
    DutyKind.PQC: pgettext_lazy("receiver", "quality"),
    DutyKind.MIR: pgettext_lazy("receiver", "medical information"),
}

#: What a placeholder of a reply template stands for.
PLACEHOLDER: dict[str, str | Promise] = {
    "first_name": pgettext_lazy("placeholder", "first name"),
    "signer": pgettext_lazy("placeholder", "who signs"),
    "company": pgettext_lazy("placeholder", "company"),
    "product": pgettext_lazy("placeholder", "product"),
    "phone": pgettext_lazy("placeholder", "phone"),
    "emergency": pgettext_lazy("placeholder", "emergency number"),
    "private_contact": pgettext_lazy("placeholder", "private contact"),
    "reporting_route": pgettext_lazy("placeholder", "reporting route"),
    "leaflet": pgettext_lazy("placeholder", "leaflet"),
}

NETWORK: dict[str, Look] = {
    "newsroom": Look(_("Newsroom"), "", "news"),
    "feed": Look(_("Feed"), "", "rss"),
    "atom": Look(_("Feed"), "", "rss"),
    "rss": Look(_("Feed"), "", "rss"),
    "bluesky": Look("Bluesky", "", "bluesky"),
    "mastodon": Look("Mastodon", "", "mastodon"),
    "reddit": Look("Reddit", "", "reddit"),
    "youtube": Look("YouTube", "", "youtube"),
    "instagram": Look("Instagram", "", "instagram"),
    "facebook": Look("Facebook", "", "user"),
    "linkedin": Look("LinkedIn", "", "user"),
    "x": Look("X", "", "x"),
    "mail": Look(_("E-mail"), "", "mail"),
    "imap": Look(_("E-mail"), "", "mail"),
    "phone": Look(_("Contact centre"), "", "phone"),
    "file": Look(_("File"), "", "file"),
    "web_form": Look(_("Contact form"), "", "mail"),
}

FUNCTION: dict[str, str | Promise] = {
    Function.COMMUNITY_MANAGER: _("Community manager"),
    Function.AUTHOR: _("Author"),
    Function.MEDICAL_REVIEWER: _("Medical reviewer"),
    Function.LEGAL_REVIEWER: _("Legal reviewer"),
    Function.REGULATORY_REVIEWER: _("Regulatory reviewer"),
    Function.DRUG_SAFETY: _("Drug safety"),
    Function.QUALITY: _("Quality"),
    Function.MEDICAL_INFORMATION: _("Medical information"),
    Function.COUNTRY_LEAD: _("Country lead"),
    Function.COE_LEAD: _("Centre of excellence"),
    Function.AUDITOR: _("Auditor"),
    Function.ADMINISTRATOR: _("Administrator"),
    Function.LISTENER: _("Listener"),
    Function.PUBLISHER: _("Publisher"),
}

ROLE: dict[str, str | Promise] = {
    "medical": _("Medical"),
    "legal": _("Legal"),
    "regulatory": _("Regulatory"),
}

#: Seal state to its word, the class of its ring and its icon.
SEAL: dict[str, Look] = {
    "waiting": Look(pgettext_lazy("seal", "waiting"), "", "user"),
    "looking": Look(pgettext_lazy("seal", "looking now"), "open", "eye"),
    "changes": Look(pgettext_lazy("seal", "asks for changes"), "refused", "pencil"),
    "rejected": Look(pgettext_lazy("seal", "rejected"), "refused", "ban"),
    "signed": Look(pgettext_lazy("seal", "signed"), "signed", "check"),
    "kept": Look(pgettext_lazy("seal", "stands from an earlier text"), "signed", "check"),
    "void": Look(pgettext_lazy("seal", "void"), "void", "x"),
}

#: What a toast says after an act, by the code in the address.
DONE: dict[str, str | Promise] = {
    "judged": _("Noted"),
    "assigned": _("Assigned"),
    "noted": _("Note kept"),
    "handed-over": _("Handed over. It stays open until the receipt"),
    "received": _("Receipt entered"),
    "closed": _("Case closed"),
    "reopened": _("Case opened again"),
    "no-reply": _("Service clock stopped"),
    "held": _("Reply held for a moment, you can take it back"),
    "taken-back": _("Reply taken back, nothing was sent"),
    "asked": _("Sent for approval"),
    "case": _("Made a case"),
    "dismissed": _("Dismissed"),
}


def quoted(words: str) -> str:
    """Words of somebody in the quotation marks of the reader's language."""
    return pgettext("words of somebody, in quotation marks", "“%(words)s”") % {"words": words}


def market_name(code: str, given: str) -> str:
    """A market in the reader's language by its country code; one that is no country reads as it was named."""
    country = {"uk": "GB"}.get(code.casefold(), code.upper())
    return Locale.parse(get_language() or "en", sep="-").territories.get(country, "") or gettext(given)


def isolated(words: str) -> str:
    """A handle or address that keeps its own order inside a line of the other direction; unchanged where lines run left to right."""
    return f"\N{FIRST STRONG ISOLATE}{words}\N{POP DIRECTIONAL ISOLATE}" if words and get_language_bidi() else words


def duty_look(kind: str) -> Look:
    """Look of a duty; an unknown kind reads as itself, so that a new kind is never invisible."""
    return DUTY.get(kind) or Look(kind, "", "flag")


def network_look(kind: str) -> Look:
    """Look of a network or kind of source; an unknown one reads as itself."""
    return NETWORK.get(kind) or Look(kind.replace("_", " ").capitalize(), "", "globe")
