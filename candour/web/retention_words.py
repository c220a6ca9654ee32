"""Retention in the reader's language: classes, what their periods count from, and what a run took."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

_CLASSES: dict[str, tuple[str | Promise, str | Promise]] = {
    "posts": (_("Posts heard, with their raw captures, findings and handles"), _("from the day it was heard")),
    "cases": (_("Cases without a safety, quality or medical duty: evidence and words of the timeline"), _("from the day it was closed")),
    "safety_cases": (
        _("Cases with a safety, quality or medical duty: evidence, reports and words of the timeline"),
        _("from the day it was closed; set it to product life plus ten years"),
    ),
    "author_keys": (_("Keys that open the handles of a month’s authors"), _("from the end of the month, once none of its posts is kept")),
    "drafts": (_("Drafts, reviews, checks, approvals and publications"), _("from the last change")),
    "pictures": (_("Pictures of drafts that were never submitted"), _("from the last time a draft was saved with it")),
    "told": (_("What people were told of, and the mails that told it"), _("from the day it was told, once nobody is waited for")),
    "read_backs": (_("Looks at what is live, and drift"), _("from the look")),
    "journal": (_("Journal, signatures and signed heads"), _("from the entry")),
    "training": (_("Attempts and certificates"), _("from the certificate’s end")),
}


@dataclass(frozen=True, slots=True)
class ClassWords:
    """What is kept, and from when its period counts."""

    name: str | Promise
    counts_from: str | Promise


def words_of_class(key: str) -> ClassWords:
    """The words of a shipped class; a class without them is called by its key."""
    return ClassWords(*_CLASSES.get(key, (key, "")))


def counted(key: str, number: int) -> str:
    """What a run took of one class: "1 post", "3 month keys"."""
    if key == "posts":
        words = ngettext("%(n)s post", "%(n)s posts", number)
    elif key == "cases":
        words = ngettext("%(n)s case", "%(n)s cases", number)
    elif key == "safety_cases":
        words = ngettext("%(n)s safety case", "%(n)s safety cases", number)
    elif key == "pictures":
        words = ngettext("%(n)s picture", "%(n)s pictures", number)
    elif key == "told":
        words = ngettext("%(n)s notice", "%(n)s notices", number)
    elif key == "mails":
        words = ngettext("%(n)s mail", "%(n)s mails", number)
    else:
        words = ngettext("%(n)s month key", "%(n)s month keys", number)
    return words % {"n": number}
