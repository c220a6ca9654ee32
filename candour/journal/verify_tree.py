"""Entries against leaves, leaves against heads, heads against the files of heads: one pass in the order of the tree.

Memory stays small: the tree is a frontier, heads and lines are read beside it as their sizes are reached.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, combinations
from operator import lt
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import Connection

from candour.core.merkle import Frontier
from candour.journal.sealing import Sealed, entry_leaf
from candour.journal.verify_heads import Told
from candour.journal.verify_leaves import Place, Run, covered_leaf, entry_of, leaves_of, runs
from candour.journal.verify_report import Kind, Progress, Report

BATCH = 2000
#: Changed entries that are compared with each other to find out whether they were swapped.
COMPARED = 100
#: Seconds after which a transaction can be expected to have ended: an entry older than that when a head was signed belongs under it.
LONGEST_TRANSACTION = 3600.0
#: Seconds by which the machine's clock may go back between two entries.
CLOCK_STEP = 60.0
#: Seconds after which an entry without a leaf is worth a note.
WAITED_LONG = 60.0

_UNSEALED = """
SELECT id, extract(epoch FROM written_at)::float8,
       CASE WHEN isfinite(written_at) THEN extract(epoch FROM clock_timestamp() - written_at)::float8 ELSE 0 END, at = written_at, simulated
  FROM journal_entry e WHERE NOT EXISTS (SELECT 1 FROM journal_leaf l WHERE l.entry_id = e.id) ORDER BY id
"""


class Changed(NamedTuple):
    """A leaf whose entry no longer has its hash."""

    position: int
    entry_id: int
    hash: bytes
    entry: Sealed


@dataclass
class Book:
    """A file of heads read beside the tree: its name, whether it must hold every head, and what was missed in it."""

    name: str
    complete: bool
    heads: Iterator[Told]
    largest: int = 0
    lacking: list[int] = field(default_factory=lambda: [0, 0, 0])
    waiting: list[int] = field(default_factory=lambda: [0, 0, 0])


class Mark(NamedTuple):
    """What is known about one size of the tree: the head of the database, and lines of files by their book."""

    size: int
    head: Told | None
    lines: list[tuple[Book, Told]]


@dataclass
class Walk:
    """The state of the pass: the tree so far, the heads to come, and what was found on the way."""

    db: Connection
    report: Report
    books: list[Book]
    marks: Iterator[Mark] = field(default_factory=lambda: iter(()))
    mark: Mark | None = None
    tree: Frontier = field(default_factory=Frontier)
    broken: bool = False
    end: int = 0
    changed: list[Changed] = field(default_factory=list)
    bad: int = 0
    doubted: bool = False
    sound: int = 0
    there: int = 0
    last_entry: int = 0
    last_written: float = 0.0
    head_before: float = 0.0
    batch: list[tuple[int, float]] = field(default_factory=list)


def check_tree(db: Connection, stream: Connection, heads: Iterator[Told], books: list[Book], report: Report, progress: Progress) -> None:
    """Walk through the tree once, and name whatever does not fit. `stream` sees the snapshot of `db` and brings the leaves."""
    walk = Walk(db, report, books)
    walk.marks = _marks(heads, walk)
    walk.mark = next(walk.marks, None)
    total = _count(db, "SELECT count(*) FROM journal_leaf")
    for run in runs(stream):
        _go_on(walk, run)
        progress("entries", walk.tree.size, total)
    _reach_marks(walk, to_the_last=True)
    progress("entries", total, total)
    _finish(walk)


def _go_on(walk: Walk, run: Run) -> None:
    """Through a run of leaves, from head to head."""
    while run.lines:
        part, run = run.cut(walk.mark.size - walk.end if walk.mark is not None else len(run.lines))
        if not _taken_at_once(walk, part):
            for place in part.places():
                _step(walk, place)
                _reach_marks(walk)
        _reach_marks(walk)


def _reach_marks(walk: Walk, to_the_last: bool = False) -> None:
    while walk.mark is not None and (to_the_last or walk.mark.size <= walk.end):
        _reach(walk, walk.mark)
        walk.mark = next(walk.marks, None)


def _count(db: Connection, query: str) -> int:
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


# --- Many leaves at once -------------------------------------------------------------------------------------------------------------


def _taken_at_once(walk: Walk, run: Run) -> bool:
    """Add a run of leaves to the tree if `_step` would find nothing to say about any; False, and nothing done, otherwise.

    Nearly all leaves are taken so. The others, and with them whatever is forged, go the long way one by one.
    """
    size, count = walk.tree.size, len(run.lines)
    if walk.broken or run.positions != tuple(range(size, size + count)) or not run.fits():
        return False
    written = run.written()
    latest = list(accumulate(written, max, initial=walk.last_written))
    early = any(instant < before - CLOCK_STEP for instant, before in zip(written, latest, strict=False))
    if early or not _rise(walk.last_entry, run.entries) or not run.dated_by_clock():
        return False
    walk.tree.extend(run.hashes)
    walk.end += count
    walk.there += count
    walk.last_entry, walk.last_written = run.entries[-1], latest[-1]
    walk.batch += zip(run.entries, written, strict=True)
    return True


def _rise(before: int, numbers: Sequence[int]) -> bool:
    return numbers[0] > before and all(map(lt, numbers, numbers[1:]))


# --- One leaf ------------------------------------------------------------------------------------------------------------------------


def _step(walk: Walk, place: Place) -> None:
    """Add one leaf to the tree, after comparing it with its entry and its neighbours."""
    if place.position != walk.tree.size and not walk.broken:
        walk.broken = True
        words = _("The tree has no leaf %(index)s: a leaf was deleted, so the heads above it can't be compared with the tree.")
        walk.report.add(Kind.LEAF_MISSING, f"leaf {walk.tree.size}", words % {"index": walk.tree.size})
    walk.tree.append(place.hash)
    walk.end = place.position + 1
    if not _fits(walk, place):
        return  # what it says, its dates too, is worth nothing
    walk.there += 1
    _check_order(walk, place)
    if _is_backdated(walk, place.entry_id, place.written, place.dated_by_clock):
        _name_backdated(walk.report, place.entry_id)


def _fits(walk: Walk, place: Place) -> bool:
    """Has the entry the hash of its leaf? Names it when not, or when it is gone."""
    if place.covered is not None and covered_leaf(place.covered) == place.hash:
        return True
    entry = entry_of(walk.db, place.entry_id)
    if entry is not None and place.hash in leaves_of(walk.db, entry):
        return True
    walk.bad += 1
    if entry is None:
        words = _("Entry %(entry)s is gone, but its leaf %(index)s is there: the entry was deleted.")
        walk.report.add(Kind.ENTRY_DELETED, f"entry {place.entry_id}", words % {"entry": place.entry_id, "index": place.position})
    else:
        walk.there += 1
        _remember_changed(walk, Changed(place.position, place.entry_id, place.hash, entry))
    return False


def _remember_changed(walk: Walk, changed: Changed) -> None:
    if len(walk.changed) < COMPARED:
        walk.changed.append(changed)
    else:
        _name_changed(walk.report, changed)


def _name_changed(report: Report, place: Changed) -> None:
    words = _("Entry %(entry)s was changed after it was sealed: it no longer has the hash of its leaf.")
    report.add(Kind.ENTRY_CHANGED, f"entry {place.entry_id}", words % {"entry": place.entry_id})


def _check_order(walk: Walk, place: Place) -> None:
    """Entries take their number and their instant together, so both rise together; a head covers what was written before it."""
    if walk.batch and place.entry_id < walk.batch[-1][0]:
        words = _("Leaves %(before)s and %(index)s stand in the wrong order: they were swapped.")
        walk.report.add(Kind.ENTRIES_SWAPPED, f"leaf {place.position}", words % {"before": place.position - 1, "index": place.position})
    walk.batch.append((place.entry_id, place.written))


def _is_backdated(walk: Walk, entry: int, written: float, dated_by_clock: bool) -> bool:
    """Is the entry's date earlier than its place in the journal allows?

    An entry with a higher number than all before it can't be older than they are, however far the sealer lagged; one with a lower number
    was still being written when a head left it out, so it can't be much older than that head; and outside a demo both dates of an entry
    are the same.
    """
    if entry > walk.last_entry:
        early = written < walk.last_written - CLOCK_STEP
        walk.last_entry, walk.last_written = entry, max(written, walk.last_written)
    else:
        early = bool(walk.head_before) and written < walk.head_before - LONGEST_TRANSACTION
    return early or not dated_by_clock


def _name_backdated(report: Report, entry: int) -> None:
    words = _(
        "Entry %(entry)s has a date that its place in the journal does not allow: it was slipped in, or the server's clock went back."
    )
    report.add(Kind.ENTRY_BACKDATED, f"entry {entry}", words % {"entry": entry})


# --- One head ------------------------------------------------------------------------------------------------------------------------


def _marks(heads: Iterator[Told], walk: Walk) -> Iterator[Mark]:
    """Heads and lines by size, smallest first."""
    streams: list[Iterator[tuple[int, int, Told]]] = [((head.size, -1, head) for head in heads)]
    streams += [_rising(number, book, walk) for number, book in enumerate(walk.books)]
    size, head, lines = -1, None, list[tuple[Book, Told]]()
    for now, source, told in heapq.merge(*streams, key=lambda item: item[:2]):
        if now != size and size >= 0:
            yield Mark(size, head, lines)
        if now != size:
            size, head, lines = now, None, []
        if source < 0:
            head = told
        else:
            lines.append((walk.books[source], told))
    if size >= 0:
        yield Mark(size, head, lines)


def _rising(number: int, book: Book, walk: Walk) -> Iterator[tuple[int, int, Told]]:
    """The lines of a book whose sizes rise; one that goes back is compared at once with the database."""
    for told in book.heads:
        if told.size > book.largest:
            book.largest = told.size
            yield told.size, number, told
        else:
            found = walk.db.execute("SELECT signed FROM journal_head WHERE size = %s", [told.size]).fetchone()
            if found is None or found[0] != told.signed:
                _name_unknown(walk.report, book, told)


def _reach(walk: Walk, mark: Mark) -> None:
    """The tree has grown to the size of a head: compare it with the database's head and with every file that knows this size."""
    within = mark.size <= walk.end
    root = walk.tree.root().hex() if mark.size == walk.end and not walk.broken else None
    if mark.head is not None:
        _check_head(walk, mark.head, root, within)
    for book, told in mark.lines:
        _check_line(walk, book, told, mark.head, root, within)
    for book in walk.books:
        _count_lacking(book, mark)
    if mark.head is not None and mark.head.good and mark.head.root == root and not walk.doubted:
        walk.sound = mark.size - walk.bad


def _check_head(walk: Walk, head: Told, root: str | None, within: bool) -> None:
    names = {"size": head.size, "there": walk.end}
    where = f"head {head.size}"
    if not within:
        words = _("The head of %(size)s entries counts more than the %(there)s leaves that are there: leaves were deleted.")
        walk.report.add(Kind.LEAF_MISSING, where, words % names)
    elif root is not None and root != head.root:
        words = _(
            "The tree of the first %(size)s entries does not have the root that was signed: entries and leaves were changed together."
        )
        walk.report.add(Kind.ROOT_DIFFERS, where, words % names)
    if head.good:  # the date of another head proves nothing
        _check_batch(walk, head)
        walk.head_before = head.at
    walk.batch = []


def _check_batch(walk: Walk, head: Told) -> None:
    for entry, written in walk.batch:
        if written > head.at:
            words = _("Entry %(entry)s was written after the head that covers it was signed: entries or leaves were swapped.")
            walk.report.add(Kind.ENTRIES_SWAPPED, f"entry {entry}", words % {"entry": entry})


def _check_line(walk: Walk, book: Book, told: Told, head: Told | None, root: str | None, within: bool) -> None:
    names = {"name": book.name, "line": told.line, "size": told.size}
    where = f"{book.name}:{told.line}"
    if head is not None and head.signed == told.signed:
        return
    if not within:
        return  # told once for all lines beyond the end
    if (head is not None and head.root != told.root) or (root is not None and root != told.root):
        words = _("Line %(line)s of %(name)s knows another history of the first %(size)s entries: the journal was rewritten.")
        walk.doubted = True
        walk.report.add(Kind.REWRITTEN, where, words % names)
    elif head is None:
        words = _("The head of %(size)s entries in line %(line)s of %(name)s is missing in the database: it was deleted.")
        walk.report.add(Kind.HEAD_MISSING, where, words % names)
    else:
        words = _("The head of %(size)s entries in the database is not the one in line %(line)s of %(name)s: it was signed a second time.")
        walk.report.add(Kind.HEAD_REPLACED, where, words % names)


def _name_unknown(report: Report, book: Book, told: Told) -> None:
    words = _("The head in line %(line)s of %(name)s is not in the database.")
    report.add(Kind.HEAD_MISSING, f"{book.name}:{told.line}", words % {"line": told.line, "name": book.name})


def _count_lacking(book: Book, mark: Mark) -> None:
    """Count heads of the database that a file lacks: within it at once, behind its last line only if it must be complete."""
    if any(known is book for known, _told in mark.lines):
        book.lacking = _joined(book.lacking, book.waiting)
        book.waiting = [0, 0, 0]
    elif mark.head is not None:
        book.waiting = _joined(book.waiting, [1, mark.size, mark.size])


def _joined(one: list[int], other: list[int]) -> list[int]:
    """Count, smallest and largest size of both together."""
    if not one[0] or not other[0]:
        return one if one[0] else other
    return [one[0] + other[0], min(one[1], other[1]), max(one[2], other[2])]


# --- The end -------------------------------------------------------------------------------------------------------------------------


def _finish(walk: Walk) -> None:
    _name_swapped(walk)
    for book in walk.books:
        _close_book(walk, book)
    _check_uncovered(walk)
    _check_unsealed(walk)
    walk.report.sound = walk.sound
    walk.report.entries = walk.there + walk.report.unsealed


def _name_swapped(walk: Walk) -> None:
    """Of two changed entries that would fit if they changed places, say that they were swapped."""
    left = {place.position: place for place in walk.changed}
    for one, other in combinations(walk.changed, 2):
        if one.position in left and other.position in left and _fit_swapped(one, other):
            words = _("Entries %(one)s and %(other)s were swapped.")
            names = {"one": one.entry_id, "other": other.entry_id}
            walk.report.add(Kind.ENTRIES_SWAPPED, f"entries {one.entry_id} and {other.entry_id}", words % names)
            del left[one.position], left[other.position]
    for place in left.values():
        _name_changed(walk.report, place)


def _fit_swapped(one: Changed, other: Changed) -> bool:
    if entry_leaf(one.entry) == other.hash and entry_leaf(other.entry) == one.hash:
        return True
    return entry_leaf(one.entry._replace(id=other.entry_id)) == other.hash and entry_leaf(other.entry._replace(id=one.entry_id)) == one.hash


def _close_book(walk: Walk, book: Book) -> None:
    if book.largest > walk.end:
        cut = book.largest - walk.end
        words = ngettext(
            "%(name)s knows %(known)s entries, the database ends with %(there)s: the last entry was cut off.",
            "%(name)s knows %(known)s entries, the database ends with %(there)s: the last %(cut)s entries were cut off.",
            cut,
        )
        names = {"name": book.name, "known": book.largest, "there": walk.end, "cut": cut}
        walk.report.add(Kind.CUT_OFF, book.name, words % names)
    lacking = _joined(book.lacking, book.waiting) if book.complete else book.lacking
    if lacking[0]:
        words = ngettext(
            "%(name)s lacks a head of the database, the one of %(last)s entries: a line was taken out of the file.",
            "%(name)s lacks %(count)s heads of the database, of %(first)s to %(last)s entries: lines were taken out of the file.",
            lacking[0],
        )
        names = {"name": book.name, "count": lacking[0], "first": lacking[1], "last": lacking[2]}
        walk.report.add(Kind.HEADS_FILE_SHORTENED, book.name, words % names)


def _check_uncovered(walk: Walk) -> None:
    """Leaves and their head are committed together; leaves that no head counts are not the sealer's, or their heads were deleted."""
    if walk.batch:
        words = ngettext(
            "The last leaf is counted by no head: a head was deleted, or the leaf put in.",
            "The last %(count)s leaves are counted by no head: heads were deleted, or leaves put in.",
            len(walk.batch),
        )
        walk.report.add(Kind.HEAD_MISSING, f"leaf {walk.end - 1}", words % {"count": len(walk.batch)})


def _check_unsealed(walk: Walk) -> None:
    oldest = 0.0
    with walk.db.cursor(name="unsealed") as cursor:
        cursor.itersize = BATCH
        for entry, written, age, dated, simulated in cursor.execute(_UNSEALED):
            walk.report.unsealed += 1
            oldest = max(oldest, age)
            if _is_backdated(walk, entry, written, dated or simulated):
                _name_backdated(walk.report, entry)
    if oldest > WAITED_LONG:
        words = _("The oldest unsealed entry has waited %(seconds)s seconds: see that the worker runs (`candour doctor`).")
        walk.report.notes.append(words % {"seconds": int(oldest)})
