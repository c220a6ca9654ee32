"""What a law wants on file before a message goes out, or from its first use on: asked, entered, withdrawn.

Which gates are asked is judged anew by the releases active at that instant in every market concerned. An entry counts for the bytes it was
given for and for no others. Answers to one person are not asked: the shipped rules except them, and their check tells what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.signing import content_digest
from candour.core.terms import Severity
from candour.flows import tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.judgement import Asked as Judged
from candour.flows.judgement import asked_of
from candour.flows.signed import REPLIES
from candour.flows.submit import last_version, piece_of, reach_of
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.messages import authority_queries as queries
from candour.messages.models import ApprovedMessage, AuthorityEntry, AuthorityWithdrawal, Draft, FilingDuty
from candour.messages.queries import place_of
from candour.packs.gates import Gate, gate, gate_names
from candour.people.models import User
from candour.people.rights import Held, Place, holders
from candour.registry.queries import market_day
from candour.screening.checks import check_piece
from candour.screening.pieces import Piece

Thing = ApprovedMessage | Draft
#: How weighty a rule must be for its gate to close.
_CLOSES = (Severity.BLOCK, Severity.HIGH)
#: Where several rules name one gate, the strictest is the one shown.
_STRICTEST = (Severity.BLOCK, Severity.HIGH, Severity.MEDIUM, Severity.ADVICE)
#: Open gates listed at once.
MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One gate that the active rules of a market ask of a text, with the law behind it. `question` is in the reader's language."""

    gate: Gate
    market: str
    rule: str
    severity: Severity
    law: str
    law_url: str
    question: str
    needs_local_review: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A gate asked of a message and what stands on file: an entry, or a signature that meets it; `why` says what is missing.

    `due_on` is the day a gate that is owed from the first use on became due; None before that use.
    """

    asked: Asked
    entries: tuple[AuthorityEntry, ...]
    entry: AuthorityEntry | None
    signature: Signature | None
    due_on: date | None
    why: str

    @property
    def met(self) -> bool:
        return self.entry is not None or self.signature is not None

    @property
    def closes(self) -> bool:
        """True when nothing may go out while it is not met."""
        return self.asked.gate.due == "before" and self.asked.severity in _CLOSES


def gates_of(message: Thing, now: datetime) -> list[Standing]:
    """Which gates the active rules of the concerned markets ask of a text at an instant, and whether each is met."""
    asked = _asked(message, now)
    entries = queries.entries_for(message) if asked else []
    return [_standing(message, one, entries, now) for one in asked]


def _asked(thing: Thing, at: datetime) -> list[Asked]:
    draft = thing if isinstance(thing, Draft) else thing.draft
    if thing.kind in REPLIES or draft is None:
        return []
    text, title = _words(thing)
    version = last_version(thing) if isinstance(thing, Draft) else thing.version

    def there(market: str, on: date) -> Piece:
        return piece_of(draft, text, on, title=title, market=market, version=version)

    places, _concerned, _unjudged = asked_of(there, thing.market, at, **reach_of(draft))
    found: dict[tuple[str, str], Asked] = {}
    for one in sorted(_named(places), key=lambda one: _STRICTEST.index(one.severity)):
        found.setdefault((one.gate.id, one.market), one)
    return list(found.values())


def _named(places: list[Judged]) -> Iterator[Asked]:
    """Every gate that a rule of these markets names and that counts; a gate may be named by several rules."""
    for piece, pack, day in places:
        if not any(rule.kind == "gate" for rule in pack.rules):
            continue
        for row in check_piece(piece, [pack], on=day, language=_language()).findings:
            if row.kind == "gate" and row.counts:
                law, severity = pack.by_id[row.rule].citation.law, row.severity_at_publication
                named = gate(row.gate, pack.id)
                yield Asked(named, pack.id, row.rule, severity, law, row.citation_url, row.asks, row.needs_local_review)


def _words(thing: Thing) -> tuple[str, str]:
    """Text and title as they would go out."""
    if isinstance(thing, Draft):
        version = last_version(thing)
        return version.text, version.title
    return thing.text, thing.version.title if thing.version else thing.title


def _language() -> str:
    return (get_language() or "en")[:2]


def _bytes_of(thing: Thing) -> str:
    """The digest of the words an entry is given for."""
    return content_digest(bytes(last_version(thing).exact if isinstance(thing, Draft) else thing.exact))


def _standing(thing: Thing, asked: Asked, every: list[AuthorityEntry], now: datetime) -> Standing:
    entries = tuple(row for row in every if (row.gate, row.market) == (asked.gate.id, asked.market))
    today, digest = market_day(asked.market, now), _bytes_of(thing)
    entry = next((row for row in entries if not _missing(row, digest, today)), None)
    signature = None
    if asked.gate.met_by == "medical_signature" and isinstance(thing, ApprovedMessage):
        signature = queries.medical_signature(thing)
    used = queries.first_used(thing) if asked.gate.due == "at_first_use" and isinstance(thing, ApprovedMessage) else None
    due_on = market_day(asked.market, used) if used else None
    why = "" if entry or signature else next((_missing(row, digest, today) for row in entries), _("Nothing is on file."))
    return Standing(asked, entries, entry, signature, due_on, why)


def _missing(row: AuthorityEntry, digest: str, on: date) -> str:
    """Why an entry does not meet its gate for these bytes on a day; empty when it does."""
    if is_withdrawn(row):
        return _("The entry was withdrawn.")
    if row.digest != digest:
        return _("The entry was given for another text.")
    if row.given_on > on:
        return _("The entry is not in force yet.")
    if row.valid_until is not None and row.valid_until < on:
        return _("The entry has run out.")
    return ""


def is_withdrawn(row: AuthorityEntry) -> bool:
    """Whether an entry no longer stands."""
    return getattr(row, "withdrawal", None) is not None


# going out


def unmet(message: ApprovedMessage, at: datetime) -> str:
    """Why a law keeps a message from going out at an instant, with who can change that; empty when nothing does."""
    return _said(message, gates_of(message, at), at)


def let_out(message: ApprovedMessage, at: datetime) -> str:
    """The same at the moment of sending; where it may go, what is owed from its first use on is put on record. Call inside an act."""
    standings = gates_of(message, at)
    if why := _said(message, standings, at):
        return why
    for one in standings:
        if one.asked.gate.due == "at_first_use":
            facts = {"rule": one.asked.rule, "law": one.asked.law[:300], "digest": _bytes_of(message), "opened_at": at}
            FilingDuty.objects.get_or_create(message=message, gate=one.asked.gate.id, market=one.asked.market, defaults=facts)
    return ""


def _said(message: ApprovedMessage, standings: list[Standing], at: datetime) -> str:
    closed = next((one for one in standings if one.closes and not one.met), None)
    if closed is None:
        return ""
    return _("%(gate)s for %(market)s, which %(law)s asks for before publication: %(why)s It is entered by %(who)s.") % {
        "gate": closed.asked.gate.name(_language()),
        "market": closed.asked.market.upper(),
        "law": closed.asked.law,
        "why": closed.why,
        "who": who_enters(message, closed.asked.market, at),
    }


def _place(thing: Thing, market: str) -> Place:
    """Where an entry belongs: in the market whose law asks, for the brand and account of the text."""
    own = place_of(thing)
    return Place(market, own.brand, own.account)


def who_enters(thing: Thing, market: str, at: datetime) -> str:
    """Who may enter it, by name, at most two; the function's name where nobody may."""
    names = [person.name for person in holders("authority.enter", _place(thing, market), at)[:2]]
    return _(" or ").join(names) if names else _("a regulatory reviewer of that market, once there is one")


# entries


def enter(
    by: User,
    thing: Thing,
    gate_name: str,
    market: str,
    number: str,
    given_on: date | None,
    now: datetime,
    *,
    valid_until: date | None = None,
    note: str = "",
    document_sha256: str = "",
) -> AuthorityEntry:
    """Put a number on file for the text as it is now. Refused where no rule asks for it, and for a number or dates that can't be right."""
    ask_at(by, "authority.enter", _place(thing, market), now)
    asked = next((one for one in _asked(thing, now) if (one.gate.id, one.market) == (gate_name, market)), None)
    if asked is None:
        raise Refusal(_("No active rule asks this text for such an entry."), status=409)
    number, document = clean_text(number).strip(), document_sha256.strip().casefold()
    given = _checked(asked, number, given_on, valid_until, document, market_day(market, now))
    digest = _bytes_of(thing)
    with acting(by, "authority.enter", f"{asked.rule}: {number}"):
        _hold(thing)
        same = AuthorityEntry.objects.filter(gate=gate_name, market=market, number=number, digest=digest, withdrawal=None)
        if same.exists():
            raise Refusal(_("This number is on file already."), status=409)
        entry = AuthorityEntry.objects.create(
            **{"draft" if isinstance(thing, Draft) else "message": thing},
            gate=gate_name,
            market=market,
            number=number,
            given_on=given,
            valid_until=valid_until,
            note=clean_text(note).strip()[:400],
            document_sha256=document,
            digest=digest,
            by=by,
            at=now,
        )
        tell.text("authority.enter", thing, by, now)
    return entry


def _hold(thing: Thing) -> None:
    """One entry at a time, so that the same number sent twice is seen."""
    rows: QuerySet = Draft.objects.all() if isinstance(thing, Draft) else ApprovedMessage.objects.all()
    rows.select_for_update(no_key=True, of=("self",)).get(pk=thing.pk)


def _checked(asked: Asked, number: str, given_on: date | None, valid_until: date | None, document: str, today: date) -> date:
    """The day it was given, once number, dates and digest can be right; refused otherwise."""
    if fault := asked.gate.number.fault(number):
        raise Refusal(_number_fault(asked.gate, fault), remedy=_form_said(asked.gate), status=400)
    if given_on is None:
        raise Refusal(_("Say on which day it was given."), status=400)
    if given_on > today:
        raise Refusal(_("The day it was given has not come yet."), status=400)
    if asked.gate.ends and valid_until is None:
        raise Refusal(_("Say until which day it holds."), status=400)
    if valid_until is not None and valid_until < max(given_on, today):
        raise Refusal(_("It has run out already; enter one that holds."), status=400)
    if document and (len(document) != 64 or set(document) - set("0123456789abcdef")):
        raise Refusal(_("The digest of the letter has 64 characters, digits and the letters a to f."), status=400)
    return given_on


def _number_fault(asked: Gate, fault: str) -> str:
    said = {
        "short": _("This number is too short."),
        "long": _("This number is too long."),
        "digits": _("This number has too few digits."),
        "letters": _("This number lacks %(letters)s.") % {"letters": _(" or ").join(asked.number.one_of)},
    }
    return said[fault]


def _form_said(asked: Gate) -> str:
    words = {"form": asked.number_said(_language()), "example": asked.number.example}
    return _("What is asked for: %(form)s, for example %(example)s.") % words


def withdraw(by: User, entry: AuthorityEntry, reason: str, now: datetime) -> AuthorityWithdrawal:
    """Say that an entry no longer stands, with the reason; its gate is closed again unless another entry meets it."""
    thing = entry.message or entry.draft
    ask_at(by, "authority.withdraw", _place(thing, entry.market), now)
    if not reason.strip():
        raise Refusal(_("Say in a few words why it no longer stands."), status=400)
    with acting(by, "authority.withdraw", reason):
        locked = AuthorityEntry.objects.select_for_update(no_key=True, of=("self",)).get(pk=entry.pk)
        if AuthorityWithdrawal.objects.filter(entry=locked).exists():
            raise Stale(_("Somebody else has withdrawn this already."))
        withdrawal = AuthorityWithdrawal.objects.create(entry=locked, reason=reason.strip()[:400], by=by, at=now)
        tell.text("authority.withdraw", thing, by, now)
    return withdrawal


# what is open


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that may not go out, with the gates that are closed for it."""

    message: ApprovedMessage
    closed: tuple[Standing, ...]


def waiting(held: tuple[Held, ...], now: datetime) -> list[Waiting]:
    """Messages in force that the reader may see and that no law lets out yet; the newest fifty in whose check a gate was named."""
    before = [name for name in gate_names() if gate(name).due == "before"]
    return list(_closed(queries.waiting_at_gates(held, now, before, MOST), now))


def _closed(messages: list[ApprovedMessage], now: datetime) -> Iterator[Waiting]:
    for message in messages:
        closed = tuple(one for one in gates_of(message, now) if one.closes and not one.met)
        if closed:
            yield Waiting(message, closed)
