"""Heads one by one: is a head what was signed, by this installation's key, behind the head before it? For rows and for lines of files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext as _
from psycopg import Connection

from candour.core.signing import digest, public_hex, signature_holds
from candour.journal.sealing import NO_HEAD, SPELLED
from candour.journal.verify_report import Kind, Report

BATCH = 500
_HEADS = f"""
SELECT size, root, previous, {SPELLED.format("at")}, signed, signature, public_key, extract(epoch FROM at)::float8
  FROM journal_head ORDER BY size
"""  # noqa: S608 - constants of this package


class Told(NamedTuple):
    """A head as it is used for comparing: the counted entries, the root, the signed text, when it was signed (seconds), its line in a
    file, and whether it is by itself in order."""

    size: int
    root: str
    signed: str
    at: float = 0.0
    line: int = 0
    good: bool = True


@dataclass(frozen=True)
class Seat:
    """What every head of this installation must carry: its number, whether it is a demo, and the public key on this machine."""

    uid: str
    demo: bool
    key: str | None


def public_key(path: Path) -> str | None:
    """The public half of the key on this machine (hex); None when the file is missing or unreadable. Never makes one."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return None
    return public_hex(key) if isinstance(key, Ed25519PrivateKey) else None


def heads_of_database(db: Connection, seat: Seat, report: Report) -> Iterator[Told]:
    """Every head in order, each checked by itself and against the one before."""
    previous = NO_HEAD
    with db.cursor(name="heads") as cursor:
        cursor.itersize = BATCH
        for size, root, before, spelled, signed, signature, key, at in cursor.execute(_HEADS):
            report.heads += 1
            where = _("the head of %(size)s entries") % {"size": size}
            told = _parsed(signed)
            faults = report.total()
            if tuple(map(told.get, ("size", "root", "previous", "at"))) != (size, root, before, spelled):
                words = _("The columns of %(where)s differ from what was signed.")
                report.add(Kind.HEAD_CHANGED, where, words % {"where": where})
            if told.get("previous") != previous:
                words = _("%(where)s does not follow the head before it: a head was changed, taken out or put in.")
                report.add(Kind.HEAD_CHAIN, where, _capital(words % {"where": where}))
            _check_seal(signed, signature, key, where, seat, report)
            _check_seat(told, where, seat, report)
            previous = digest(signed.encode())
            yield Told(size, root, signed, at, good=report.total() == faults)


def _check_seal(signed: str, signature: str, key: str, where: str, seat: Seat, report: Report) -> None:
    if seat.key is not None and key != seat.key:
        words = _("%(where)s was signed with another key than the one on this machine: it was made by somebody else.")
        report.add(Kind.HEAD_KEY, where, _capital(words % {"where": where}))
    if not signature_holds(key, signature, signed.encode()):
        words = _("The signature of %(where)s does not hold.")
        report.add(Kind.HEAD_SIGNATURE, where, words % {"where": where})


def _check_seat(told: dict[str, object], where: str, seat: Seat, report: Report) -> None:
    if (told.get("installation"), told.get("demo")) != (seat.uid, seat.demo):
        words = _("%(where)s was signed for another installation, or for a demo: the row of this installation was changed.")
        report.add(Kind.INSTALLATION_CHANGED, where, _capital(words % {"where": where}))


def heads_of_file(path: Path, name: str, seat: Seat, report: Report, until: int | None = None) -> Iterator[Told]:
    """Every line of a file of heads that is a head, in the order of the file, each checked by itself and against the line before.

    `until` is the byte to stop at: lines beyond it were appended after the database was looked at.
    """
    previous: Told | None = None
    read = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            read += len(line)
            if until is not None and read > until:
                return
            head = _line(line, number, name, seat, report)
            if head is None:
                continue
            if _before(head.signed) != (digest(previous.signed.encode()) if previous else NO_HEAD):
                _name_break(head, previous, name, report)
            previous = head
            yield head


def _name_break(head: Told, previous: Told | None, name: str, report: Report) -> None:
    """A line does not follow the one before: the database was set back, or somebody was at the file."""
    names = {"name": name, "line": head.line, "size": head.size, "before": previous.size if previous else 0}
    where = f"{name}:{head.line}"
    if previous is None:
        words = _("%(name)s begins with a head of %(size)s entries that is not the first: lines before it were taken out.")
        report.add(Kind.HEADS_FILE_EDITED, where, words % names)
    elif head.size <= previous.size:
        words = _("Line %(line)s of %(name)s goes back from %(before)s to %(size)s entries: the database was set back, then went on.")
        report.add(Kind.SET_BACK, where, words % names)
    else:
        words = _("Line %(line)s of %(name)s does not follow the line before it: lines were changed, taken out or put in.")
        report.add(Kind.HEADS_FILE_EDITED, where, words % names)


def _line(line: bytes, number: int, name: str, seat: Seat, report: Report) -> Told | None:
    where = f"{name}:{number}"
    names = {"name": name, "line": number}
    try:
        written = json.loads(line)
        signed, signature, key = str(written["signed"]), str(written["signature"]), str(written["public_key"])
        told = _parsed(signed)
        head = Told(int(str(told["size"])), str(told["root"]), signed, line=number)
    except (ValueError, KeyError, TypeError):
        words = _("Line %(line)s of %(name)s is no head: it was edited.")
        report.add(Kind.HEADS_FILE_EDITED, where, words % names)
        return None
    if not signature_holds(key, signature, signed.encode()):
        words = _("The signature in line %(line)s of %(name)s does not hold: the line was edited.")
        report.add(Kind.HEADS_FILE_EDITED, where, words % names)
        return None
    _check_seal(signed, signature, key, _("line %(line)s of %(name)s") % names, seat, report)
    return head


def _before(signed: str) -> object:
    return _parsed(signed).get("previous")


def _parsed(signed: str) -> dict[str, object]:
    try:
        told = json.loads(signed)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
