"""Accounts from a spreadsheet: found columns, duplicates by network and handle, and one act for the whole file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from candour.channels.base import ChannelError
from candour.channels.file_lines import Line, encoding_of, lines_of
from candour.channels.text import clean_text
from candour.core.merkle import leaf_hash, root_of
from candour.flows.answers import Refusal
from candour.flows.imports import CHANGED, NEW, REFUSED, SAME, Preview, Row
from candour.journal.acting import acting, note
from candour.people.models import User
from candour.people.queries import by_address
from candour.people.rights import Held, Place, held_by, may
from candour.registry import actions as registry
from candour.registry.actions import AccountFacts, RegistryFault, same_handle
from candour.registry.models import Account

#: A register of accounts is a list people keep by hand; a longer file is another kind of file.
MOST_ROWS = 5000

#: Our field, the word shown for it, and headers under which spreadsheets keep it (folded; several languages).
COLUMNS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "network": (
        gettext_lazy("Network"),
        ("network", "platform", "channel", "netzwerk", "plattform", "kanal", "réseau", "red", "rete", "rede"),
    ),
    "handle": (
        gettext_lazy("Handle"),
        ("handle", "account", "username", "user name", "page", "profile", "konto", "compte", "cuenta", "conta"),
    ),
    "market": (gettext_lazy("Market"), ("market", "country", "markt", "land", "pays", "país", "paese")),
    "brand": (gettext_lazy("Brand"), ("brand", "marke", "marque", "marca")),
    "audience": (gettext_lazy("Audience"), ("audience", "zielgruppe", "public", "público")),
    "purpose": (gettext_lazy("Purpose"), ("purpose", "description", "zweck", "objectif", "propósito", "scopo")),
    "owner": (gettext_lazy("Owner"), ("owner", "owner e-mail", "owner email", "verantwortlich", "responsable", "responsabile")),
    "deputy": (gettext_lazy("Deputy"), ("deputy", "backup", "vertretung", "suppléant", "suplente")),
    "ours": (gettext_lazy("Under our responsibility"), ("ours", "under our responsibility", "our responsibility")),
    "ours_reason": (gettext_lazy("Reason"), ("ours reason", "ours_reason", "reason")),
    "screening_minutes": (gettext_lazy("Screening interval, minutes"), ("screening minutes", "screening_minutes", "screening interval")),
    "rules_page": (gettext_lazy("Rules page"), ("rules page", "rules_page", "community rules", "netiquette")),
    "owner_country": (gettext_lazy("Country of the legal owner"), ("owner country", "owner_country", "legal owner")),
    "aimed_at": (gettext_lazy("Also aimed at"), ("aimed at", "aimed_at", "targeting", "countries")),
}

_NO_HEADER = gettext_noop("The file has no column for %(what)s; choose it below or correct the header.")
_NOT_READABLE = gettext_noop("The file could not be read as a table; save it as CSV in UTF-8 and choose it again.")
_TOO_LONG = gettext_noop("The file has more than %(limit)s rows; split it.")


@dataclass(frozen=True, slots=True)
class Table:
    """The file as found: its header, the column of each field, and its rows with their line numbers."""

    header: tuple[str, ...]
    columns: dict[str, str]
    rows: tuple[tuple[int, dict[str, str] | None, bytes], ...]
    warning: str = ""


def read_table(path: Path, chosen: Mapping[str, str] | None = None) -> Table:
    """Read the whole file; `chosen` maps our fields to headers and wins over what is found. Raises ChannelError with what to correct."""
    encoding = encoding_of(path)
    lines = lines_of(path, encoding)
    pairs = list(_json_rows(lines) if path.suffix.lower() in (".jsonl", ".ndjson") else _csv_rows(lines))
    if len(pairs) > MOST_ROWS:
        raise ChannelError(_TOO_LONG, permanent=True, params={"limit": str(MOST_ROWS)})
    header = tuple(dict.fromkeys(name for _line, cells, _raw in pairs for name in cells or ()))
    return Table(header, _columns(header, chosen or {}), tuple(pairs), encoding.warning)


def _json_rows(lines: Iterator[Line]) -> Iterator[tuple[int, dict[str, str] | None, bytes]]:
    for line in lines:
        if line.text is None or line.text.strip():
            yield line.number, _object(line.text or ""), line.raw


def _object(text: str) -> dict[str, str] | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {str(name): "" if value is None else str(value) for name, value in values.items()} if isinstance(values, dict) else None


def _csv_rows(lines: Iterator[Line]) -> Iterator[tuple[int, dict[str, str] | None, bytes]]:
    first = next(lines, None)
    if first is None or not (first.text or "").strip():
        raise ChannelError(_NOT_READABLE, permanent=True)
    delimiter = max(",;\t|", key=(first.text or "").count)
    header = _names(first.text or "", delimiter)
    for line in lines:
        if line.text is None or line.text.strip():
            yield line.number, _cells(line.text, header, delimiter), line.raw


def _names(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lstrip("\ufeff") for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error as problem:
        raise ChannelError(_NOT_READABLE, permanent=True, provider_words=str(problem)) from problem


def _cells(text: str | None, header: list[str], delimiter: str) -> dict[str, str] | None:
    """The cells of one line; None when they don't fit the header. A cell with a line break inside is not taken: a register has none."""
    try:
        cells = next(csv.reader([text or ""], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
    return dict(zip(header, cells, strict=True)) if len(cells) == len(header) else None


def _columns(header: tuple[str, ...], chosen: Mapping[str, str]) -> dict[str, str]:
    folded = {name.strip().casefold(): name for name in header}
    found = {ours: next((folded[word] for word in words if word in folded), "") for ours, (_label, words) in COLUMNS.items()}
    found |= {ours: name for ours, name in chosen.items() if ours in COLUMNS and (name in header or not name)}
    return {ours: name for ours, name in found.items() if name}


def missing_columns(table: Table) -> list[str]:
    """Sentences for the columns without which no row can be judged."""
    return [_(_NO_HEADER) % {"what": COLUMNS[ours][0]} for ours in ("network", "handle", "market") if ours not in table.columns]


def cell_text(raw: str) -> str:
    """The words of a cell: controls gone, and the apostrophe that keeps a spreadsheet from computing a formula taken off again."""
    text = clean_text(raw).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with the facts it stands for; `account` is the one it changes."""

    row: Row
    facts: AccountFacts | None = None
    account: Account | None = None


class AccountJudge:
    """Judges the rows of one table against the registry as it is now, with the rights of one person."""

    def __init__(self, by: User, table: Table, now: datetime) -> None:
        self.table, self.held = table, held_by(by, now)
        self.accounts = {same_handle(row.network, row.handle): row for row in Account.objects.select_related("owner", "deputy")}
        addresses = [self._word(cells, side) for _line, cells, _raw in table.rows if cells for side in ("owner", "deputy")]
        self.people = by_address(addresses)
        self.first_line: dict[tuple[str, str], int] = {}

    def _word(self, cells: Mapping[str, str], ours: str) -> str:
        return cell_text(cells.get(self.table.columns.get(ours, ""), ""))

    def judged(self) -> Iterator[Judged]:
        """Every row in the order of the file."""
        for line, cells, raw in self.table.rows:
            yield self._row(line, cells, raw)

    def _row(self, line: int, cells: Mapping[str, str] | None, raw: bytes) -> Judged:
        if cells is None:
            words = raw[:120].decode("utf-8", "replace")
            return Judged(Row(line, REFUSED, words, why=_("The cells of this line don't fit the header; correct it in the file.")))
        network, handle = self._word(cells, "network").casefold(), self._word(cells, "handle")
        title, key = f"{handle} · {network}", same_handle(network, handle)
        if key in self.first_line:
            return Judged(Row(line, REFUSED, title, why=_("Line %(line)s has this account already.") % {"line": self.first_line[key]}))
        self.first_line[key] = line
        try:
            return self._compared(line, title, cells, self.accounts.get(key))
        except RegistryFault as fault:
            return Judged(Row(line, REFUSED, title, why=str(fault)))

    def _compared(self, line: int, title: str, cells: Mapping[str, str], account: Account | None) -> Judged:
        before = registry.facts_of(account) if account else AccountFacts(network="", handle="", market="")
        facts = replace(before, **self._facts(cells, account))
        registry.check_account(facts)
        for place in filter(None, (_place(facts, account), _place(before, account) if account else None)):
            if not may(self.held, "registry.change", place):
                raise RegistryFault(_("You may not change the registry of %(market)s.") % {"market": (place.market or "").upper()})
        if account is None:
            told = _changes(replace(before, network=facts.network, handle=facts.handle), facts)
            return Judged(Row(line, NEW, title, changes=told), facts)
        changes = _changes(before, facts)
        return Judged(Row(line, CHANGED if changes else SAME, title, changes=changes), facts, account)

    def _facts(self, cells: Mapping[str, str], account: Account | None) -> dict[str, Any]:
        """What the row says; a column that is absent or a cell that is empty says nothing and changes nothing."""
        words = {ours: word for ours in self.table.columns if (word := self._word(cells, ours))}
        facts: dict[str, Any] = {
            ours: word[:300] for ours, word in words.items() if ours in ("purpose", "ours_reason", "rules_page", "brand")
        }
        facts |= {ours: words[ours].casefold() for ours in ("market", "audience", "owner_country") if ours in words}
        if "aimed_at" in words:
            facts["aimed_at"] = " ".join(words["aimed_at"].replace(",", " ").casefold().split())
        if account is None:
            facts |= {"network": words.get("network", "").casefold(), "handle": words.get("handle", "")[:120]}
        facts |= {side: self._person(words[side]) for side in ("owner", "deputy") if side in words}
        if "ours" in words:
            facts["ours"] = _yes(words["ours"])
        if "screening_minutes" in words:
            facts["screening_minutes"] = _minutes(words["screening_minutes"])
        return facts

    def _person(self, address: str) -> User:
        person = self.people.get(address.lower())
        if person is None:
            raise RegistryFault(
                _("Nobody here has the address %(address)s; invite them first, or leave the cell empty.") % {"address": address}
            )
        return person


def _place(facts: AccountFacts, account: Account | None) -> Place:
    return Place(facts.market, facts.brand, account.key if account else "")


def _yes(word: str) -> bool:
    if word.casefold() in ("yes", "y", "true", "1", "ja", "oui", "sí", "si", "sim"):
        return True
    if word.casefold() in ("no", "n", "false", "0", "nein", "non", "não"):
        return False
    raise RegistryFault(_("“%(word)s” is neither yes nor no.") % {"word": word[:40]})


def _minutes(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 43200:
        raise RegistryFault(_("“%(word)s” is no number of minutes between 1 and 43200.") % {"word": word[:40]})
    return int(word)


def _changes(before: AccountFacts, after: AccountFacts) -> tuple[tuple[str, str, str], ...]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in registry.ACCOUNT_FIELDS)
    return tuple((str(COLUMNS[name][0]), _shown(old), _shown(new)) for name, old, new in pairs if old != new)


def _shown(value: object) -> str:
    if value is None or value == "":
        return _("nobody") if value is None else "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def preview_accounts(by: User, table: Table, now: datetime) -> Preview:
    """Judge every row; writes nothing."""
    preview = Preview()
    for judged in AccountJudge(by, table, now).judged():
        preview.add(judged.row)
    return preview


def take_accounts(by: User, table: Table, now: datetime, *, name: str) -> Preview:
    """Write what is new and changed in one act, and one entry of the journal that names the file, the counts and the root over its rows.

    The rows are judged again by what the registry says at this moment. All of them are written or none.
    """
    if missing := missing_columns(table):
        raise Refusal(missing[0], status=400)
    preview = Preview()
    with acting(by, "registry.import_accounts", name[:200]):
        for judged in AccountJudge(by, table, now).judged():
            _write(judged, now)
            preview.add(judged.row)
        root = root_of(leaf_hash(raw) for _line, _cells, raw in table.rows).hex()
        counts = ", ".join(f"{count} {status}" for status, count in preview.counts.items())
        note("registry_import", root[:32], f"{name}: {counts}; root {root}")
    return preview


def _write(judged: Judged, now: datetime) -> None:
    if judged.facts is None or judged.row.status not in (NEW, CHANGED):
        return
    if judged.account is None:
        registry.add_account(judged.facts, now)
    else:
        registry.change_account(judged.account, judged.facts, now)


def may_import_accounts(held: tuple[Held, ...]) -> bool:
    """Does any grant of this reader change the registry somewhere?"""
    return may(held, "registry.change", Place())
