"""What the links of a text lead to: looked at when it is submitted, and again before somebody signs.

A page is known by the words it shows, not by its bytes: tokens and scripts change with every visit. A page that is not reached is no reason
to refuse; the reviewers read that it was not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from html import unescape

import httpx
import regex
from django.utils.translation import gettext as _

from candour.channels.base import ChannelError
from candour.channels.http import ask
from candour.channels.text import clean_text, html_to_text
from candour.core.signing import Plain, canonical, digest
from candour.flows.doors import door
from candour.flows.exact import instant
from candour.journal.acting import acting
from candour.messages.models import DraftVersion, LinkSnapshot
from candour.messages.queries import link_looks
from candour.people.models import User

#: Links that are looked at; a post with more is a list, and says so by the missing rows.
MOST_LINKS = 10
#: A look that is younger than this is fresh enough to sign by.
FRESH = timedelta(minutes=10)
#: Of one page, and of all pages of a text: somebody waits for the answer.
_MOST_BYTES, _SECONDS, _ALL_SECONDS = 2_000_000, 8.0, 20.0
_LINK = regex.compile(r"https?://[^\s<>\"”»)\]]+")
_TITLE = regex.compile(r"<title[^>]*>(.*?)</title>", regex.IGNORECASE | regex.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """One link and what it led to. `digest` covers the words of a page, or the bytes of anything else; empty when not reached."""

    address: str
    final_address: str = ""
    status: int = 0
    digest: str = ""
    title: str = ""
    problem: str = ""


def links_in(text: str, links: Iterable[str]) -> list[str]:
    """Every web address a reader of the text can follow, each once, in the order of the links and then of the words."""
    found = [*links, *(link.rstrip(".,;:!?") for link in _LINK.findall(text))]
    return [link[:1000] for link in dict.fromkeys(found) if link][:MOST_LINKS]


def look_at(addresses: Sequence[str]) -> list[Seen]:
    """What stands behind each address now, by the guarded door."""
    if not addresses:
        return []
    guarded, end = replace(door(), limit=_MOST_BYTES, seconds=_SECONDS), time.monotonic() + _ALL_SECONDS
    with guarded.client() as client:
        return [_look(client, address, end) for address in addresses]


def _look(client: httpx.Client, address: str, end: float) -> Seen:
    if time.monotonic() > end:
        return Seen(address, problem=_("Not looked at: the pages before it were too slow."))
    try:
        answer = ask(client, "GET", address, timeout=_SECONDS)
    except ChannelError as problem:
        words = _(problem.template) % problem.params if problem.params else _(problem.template)
        return Seen(address, problem=words[:300])
    body = answer.content
    page = "html" in answer.headers.get("Content-Type", "")
    markup = answer.text if page else ""
    found = _TITLE.search(markup)
    title = clean_text(unescape(" ".join(found[1].split())))[:200] if found else ""
    shown = html_to_text(markup).encode("utf-8", "replace") if page else body
    return Seen(address, str(answer.url)[:1000], answer.status_code, digest(shown), title)


def rows(seen: Iterable[Seen], at: datetime) -> list[dict[str, Plain]]:
    """What the signed bytes say of the pages."""
    return [asdict(one) | {"fetched_at": instant(at)} for one in seen]


def look_again(by: User, version: DraftVersion, now: datetime) -> list[LinkSnapshot]:
    """Look once more at what the submitted links lead to, and keep what is seen; returns the pages that changed since the submission."""
    seen = look_at([row.address for row in first_looks(version)])
    if seen:
        with acting(by, "review.look_at_links"):
            keep(version, seen, now)
    return drifted(version)


def first_looks(version: DraftVersion) -> list[LinkSnapshot]:
    """What each link led to when the text was submitted."""
    looks = link_looks(version)
    return [look for look in looks if look.fetched_at == looks[0].fetched_at]


def last_looks(version: DraftVersion) -> dict[str, LinkSnapshot]:
    """What each link led to when it was last looked at."""
    return {look.address: look for look in link_looks(version)}


def drifted(version: DraftVersion) -> list[LinkSnapshot]:
    """The newest look at every page that shows other words than at the submission, or is reached no more or only now."""
    last = last_looks(version)
    return [last[first.address] for first in first_looks(version) if _shown(last[first.address]) != _shown(first)]


def drift_mark(version: DraftVersion) -> str:
    """A digest of what changed behind the links; empty when nothing did. A form carries it, so that nobody signs over a change unseen."""
    changed = [[row.address, row.status, row.digest] for row in drifted(version)]
    return digest(canonical(changed)) if changed else ""


def _shown(look: LinkSnapshot) -> tuple[int, str]:
    return (look.status, look.digest)


def is_old(version: DraftVersion, now: datetime) -> bool:
    """True when the pages behind the links should be looked at again before somebody signs."""
    looks = link_looks(version)
    return bool(looks) and looks[-1].fetched_at < now - FRESH


def keep(version: DraftVersion, seen: Iterable[Seen], at: datetime) -> None:
    """Store a look. Call inside a named act."""
    LinkSnapshot.objects.bulk_create([LinkSnapshot(version=version, fetched_at=at, **asdict(one)) for one in seen])
