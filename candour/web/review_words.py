"""How routes, tiers, notes and standing signatures read on the screens of the review."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candour.core.review import Tier
from candour.core.states import NoteState
from candour.web.words import Look

#: What a signature of each role says, in the reader's language; the stored meaning is the flow's.
MEANING: dict[str, str | Promise] = {
    "medical": _("I reviewed this medically and approve it"),
    "legal": _("I reviewed this legally and approve it"),
    "regulatory": _("I did the regulatory review and approve it"),
}
TIER: dict[str, Look] = {
    Tier.LOW: Look(pgettext_lazy("risk", "Low risk"), "approved", "check"),
    Tier.USUAL: Look(pgettext_lazy("risk", "Usual risk"), "line", "scale"),
    Tier.HIGH: Look(pgettext_lazy("risk", "High risk"), "blocked", "warning"),
}
REASON: dict[str, str | Promise] = {
    "investigational": _("a product under investigation, or without a status here"),
    "prescription_public": _("a prescription product before the public"),
    "high_finding": _("a finding of high severity"),
    "finding": _("a finding that wanted an answer"),
    "product": _("a product is named"),
    "no_product": _("no product is named"),
    "otc_answer": _("an answer about an over-the-counter product"),
    "nothing_found": _("no rule objects"),
}
NOTE_KIND: dict[str, Look] = {
    "must_fix": Look(pgettext_lazy("note", "Must fix"), "blocked", "pencil"),
    "question": Look(pgettext_lazy("note", "Question"), "review", "question"),
    "nit": Look(pgettext_lazy("note", "Nit"), "line", "note"),
}
NOTE_STATE: dict[str, str | Promise] = {
    NoteState.OPEN: pgettext_lazy("note", "open"),
    NoteState.ANSWERED: pgettext_lazy("note", "answered"),
    NoteState.RESOLVED: pgettext_lazy("note", "settled"),
}


def reasons_in_words(keys: Iterable[str]) -> list[str]:
    """The reasons for a tier; an unknown key reads as itself."""
    return [str(REASON.get(key, key)) for key in keys]
