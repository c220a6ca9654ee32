"""Where somebody is signed in: on what, from where in coarse form, and the end of a session from elsewhere."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.translation import gettext as _

from candour.flows.answers import Refusal
from candour.flows.proof import proven
from candour.journal.acting import acting, note
from candour.journal.models import DatabaseNow
from candour.journal.signatures import Secret
from candour.people.models import SignedIn, User

#: A place that is this machine.
HERE = "here"
#: How exactly it is known when somebody was last there.
SEEN_EVERY_SECONDS = 60
#: Marks a session that stands in the list; others, made by the framework alone, are none of its business.
LISTED = "listed"

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
#: When this process last wrote that a session was seen.
_WRITTEN: dict[str, float] = {}
_MOST_WRITTEN = 10_000


def device_words(agent: str) -> str:
    """Browser and system named in a user agent, as "Firefox, Linux"; empty when it names none we know."""
    agent = re.sub(r"Headless", "", agent)
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (browser, system)))


def coarse_place(address: str) -> str:
    """The network an address is in: 24 bits of IPv4, 48 of IPv6, never the address itself."""
    try:
        known = ip_address(address.strip())
    except ValueError:
        return ""
    known = getattr(known, "ipv4_mapped", None) or known
    if known.is_loopback:
        return HERE
    return str(ip_network(f"{known}/{24 if known.version == 4 else 48}", strict=False))


def address_of(request: HttpRequest) -> str:
    """Where a request came from: the last hop, or behind our own proxies the hop that the outermost of them saw.

    A forwarding header is only read where the settings say how many proxies of ours stand before us: anybody can send one.
    """
    last = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    ours = settings.PROXIES
    return hops[-ours] if 0 < ours <= len(hops) else last


def begin(request: HttpRequest, person: User, method: str, now: datetime) -> None:
    """Put the session that was just opened into the list; rows of sessions that have run out go."""
    SignedIn.objects.filter(started_at__lte=now - timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()
    request.session[LISTED] = True
    SignedIn.objects.create(
        person=person,
        session=request.session.session_key,
        device=device_words(request.META.get("HTTP_USER_AGENT", ""))[:80],
        place=coarse_place(address_of(request))[:60],
        method=method[:32],
        started_at=now,
        seen_at=now,
    )


def touch(request: HttpRequest) -> None:
    """Somebody is there: written down at most once a minute, by the database's clock."""
    key, tick = request.session.session_key, time.monotonic()
    if not key or not request.session.get(LISTED) or tick - _WRITTEN.get(key, -SEEN_EVERY_SECONDS) < SEEN_EVERY_SECONDS:
        return
    if len(_WRITTEN) >= _MOST_WRITTEN:
        _WRITTEN.clear()
    _WRITTEN[key] = tick
    SignedIn.objects.filter(session=key).update(seen_at=DatabaseNow())


def forget(session: str) -> None:
    """A session ended by its own sign-out leaves the list."""
    SignedIn.objects.filter(session=session).delete()


def sessions_of(person: User, now: datetime) -> list[SignedIn]:
    """Sessions that are open, the last seen first."""
    rows = SignedIn.objects.filter(person=person).order_by("-seen_at", "-pk")[:50]
    alive = set(Session.objects.filter(session_key__in=[row.session for row in rows], expire_date__gt=now).values_list("pk", flat=True))
    return [row for row in rows if row.session in alive]


def end(by: User, pk: int, secret: Secret, now: datetime) -> None:
    """End one of one's own sessions."""
    row = next((one for one in sessions_of(by, now) if one.pk == pk), None)
    if row is None:
        raise Refusal(_("This session has ended already."), status=404)
    proven(by, secret, now)
    _end(by, [row], "One session ended.")


def end_others(by: User, here: str, secret: Secret, now: datetime) -> int:
    """End all one's sessions but the one with the key `here`; how many they were."""
    proven(by, secret, now)
    rows = [one for one in sessions_of(by, now) if one.session != here]
    _end(by, rows, f"{len(rows)} other sessions ended.")
    return len(rows)


def end_all(person: User, by: User, now: datetime) -> None:
    """End every session of a person. Call inside a named act of somebody who may."""
    rows = sessions_of(person, now)
    _drop(rows)
    note("people_user", str(person.pk), f"{len(rows)} sessions of {person.name} ended by {by.name}.")


def _end(by: User, rows: list[SignedIn], words: str) -> None:
    with acting(by, "person.session_end"):
        _drop(rows)
        note("people_user", str(by.pk), words)


def _drop(rows: list[SignedIn]) -> None:
    keys = [row.session for row in rows]
    Session.objects.filter(pk__in=keys).delete()
    SignedIn.objects.filter(session__in=keys).delete()
