"""The navigation by loop: which screens there are, what they are called, and which of them a reader may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candour.core.rights import functions_for
from candour.people.rights import Held
from candour.web.addresses import address_of


class Screen(NamedTuple):
    """One entry. `act` is the right that opens it; empty: everybody signed in."""

    name: str
    label: str | Promise
    icon: str
    act: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as this reader sees it."""

    name: str
    label: str | Promise
    icon: str
    url: str
    current: bool


LOOPS: tuple[tuple[str | Promise, tuple[Screen, ...]], ...] = (
    ("", (Screen("home", _("Home"), "home"), Screen("notices", _("Notices"), "flag"))),
    (
        _("Listen"),
        (
            Screen("inbox", _("Inbox"), "inbox", "case.see"),
            Screen("search", _("Posts"), "search", "post.see"),
            Screen("sources", _("Listening posts"), "antenna", "source.see"),
            Screen("screening", _("Screening"), "shield", "post.see"),
        ),
    ),
    (_("Engage"), (Screen("cases", _("Cases"), "cases", "case.see"),)),
    (
        _("Approve"),
        (
            Screen("drafts", _("Drafts and reviews"), "draft", "draft.see"),
            Screen("check", _("Ask the rules"), "check-circle", "piece.check"),
            Screen("library", _("Library"), "library", "library.see"),
            Screen("authority", _("Authorities"), "receipt", "authority.see"),
            Screen("calendar", _("Calendar"), "calendar", "library.see"),
            Screen("pauses", _("Pauses"), "pause", "library.see"),
        ),
    ),
    (
        _("Govern"),
        (
            Screen("registry", _("Registry"), "registry", "registry.see"),
            Screen("rules", _("Rules"), "scale", "registry.see"),
            Screen("training", _("Training"), "training"),
            Screen("import", _("Import"), "upload", "post.import"),
            Screen("journal", _("Journal"), "lock", "journal.see"),
            Screen("people-sign-in", _("How people sign in"), "key", "people.change"),
            Screen("retention", _("Retention and erasure"), "scale", "retention.see"),
        ),
    ),
)

#: The bottom bar of a phone; the fifth place opens the whole navigation.
THUMB = ("home", "inbox", "cases", "drafts")

#: Labels too long for a fifth of a phone's width.
SHORT: dict[str, str | Promise] = {"drafts": _("Review"), "search": _("Posts"), "sources": _("Sources")}

#: Pages that belong to an entry of another name.
BELONGS = {
    "told-list": "notices",
    "hearing": "notices",
    "post": "search",
    "screening-try": "screening",
    "case": "cases",
    "draft": "drafts",
    "draft-history": "drafts",
    "review": "drafts",
    "message": "library",
    "message-authority": "authority",
    "draft-authority": "authority",
    "reuse": "library",
    "reuse-card": "library",
    "reuse-others": "library",
    "reuse-proofs": "library",
    "reuse-proof": "library",
    "nearest": "library",
    "pictures": "library",
    "picture": "library",
    "message-withdraw": "library",
    "withdrawals": "library",
    "withdrawal": "library",
    "label-changed": "registry",
    "claims": "library",
    "claim": "library",
    "claim-new": "library",
    "claim-withdraw": "library",
    "publication-pack": "calendar",
    "passport": "registry",
    "rules-of": "rules",
    "rules-activate": "rules",
    "rule": "rules",
    "course": "training",
}


def _allowed(screen: Screen, held: Iterable[Held]) -> bool:
    return not screen.act or any(grant.function in functions_for(screen.act) for grant in held)


def _entry(screen: Screen, current: str) -> Entry | None:
    try:
        url = address_of(screen.name)
    except NoReverseMatch:  # a screen that this installation leaves out
        return None
    return Entry(screen.name, screen.label, screen.icon, url, BELONGS.get(current, current) == screen.name)


def loops_for(held: Iterable[Held], current: str) -> list[tuple[str | Promise, list[Entry]]]:
    """Loops with the entries this reader may open; a loop without any is left out."""
    grants, answer = tuple(held), []
    for title, screens in LOOPS:
        entries = [entry for screen in screens if _allowed(screen, grants) and (entry := _entry(screen, current))]
        if entries:
            answer.append((title, entries))
    return answer


@lru_cache(maxsize=500)
def thumb_for(held: tuple[Held, ...], current: str) -> tuple[Entry, ...]:
    """The first four places of the bottom bar: what this reader may open, the usual four first."""
    every = [entry for _title, entries in loops_for(held, current) for entry in entries]
    usual = [entry for name in THUMB for entry in every if entry.name == name]
    chosen = (usual + [entry for entry in every if entry not in usual])[:4]
    return tuple(replace(entry, label=SHORT.get(entry.name, entry.label)) for entry in chosen)
