"""The ledger held against what the product shows: nothing lost, nothing doubled, every transient state ended in time, the journal sound."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.soak.approvals import BLUESKY, NEWSROOM
from tests.soak.ledger import Act, read
from tests.soak.network import Author
from tests.soak.shown import Shown

Book = dict[str, dict[str, Act]]


@dataclass
class Compared:
    """One kind of act: what was promised to be there, what is there, and what is wrong."""

    what: str
    promised: int
    found: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.lost and not self.doubled


def compare(what: str, promised: Iterable[str], found: Mapping[str, int]) -> Compared:
    """Each promised key exactly once; a key nobody was promised at most once, because its act may have been done before the line broke."""
    keys = set(promised)
    lost = sorted(key for key in keys if found.get(key, 0) == 0)
    doubled = sorted(key for key, times in found.items() if times > 1)
    return Compared(what, len(keys), sum(1 for times in found.values() if times), lost, doubled)


def _acknowledged(acts: Mapping[str, Act]) -> list[Act]:
    return [act for act in acts.values() if act.acknowledged]


def heard(book: Book, shown: Shown) -> list[Compared]:
    """Comments, imported rows and feed entries against the posts."""
    marks = shown.marks()
    promised = {
        "comments": [act.key for act in _acknowledged(book.get("comment", {}))],
        "imported rows": [row for act in _acknowledged(book.get("file", {})) for row in act.facts["rows"]],
        "feed entries": [act.key for act in _acknowledged(book.get("entry", {}))],
    }
    letters = {"comments": "c", "imported rows": "i", "feed entries": "f"}
    return [
        compare(what, keys, {mark: times for mark, times in marks.items() if mark[5] == letters[what]}) for what, keys in promised.items()
    ]


def listed(authors: Iterable[Author]) -> Counter[str]:
    """Every post that stands on the server, by its own list."""
    return Counter(str(row["uri"]) for author in authors for row in author.records())


def heard_on_network(book: Book, shown: Shown, standing: Counter[str]) -> list[Compared]:
    """What stands on the server against the posts; and what it acknowledged against what stands there."""
    answered = [act.key for act in _acknowledged(book.get("network post", {}))]
    answered += [uri for act in _acknowledged(book.get("network burst", {})) for uri in act.facts["uris"]]
    return [
        compare("network posts acknowledged, in the server's list", answered, standing),
        compare("network posts in the server's list, heard", standing, _of_authors(shown.network_posts(), standing)),
    ]


def _of_authors(found: Counter[str], standing: Counter[str]) -> dict[str, int]:
    """Posts of the soak's own authors only: the demo company has a past."""
    authors = {uri.split("/")[2] for uri in standing}
    return {uri: times for uri, times in found.items() if uri.split("/")[2:3] and uri.split("/")[2] in authors}


def signed(book: Book, shown: Shown) -> Compared:
    """Signatures against the journal."""
    keys = {act.key for act in book.get("signature", {}).values()}
    found = {key: times for key, times in shown.signatures().items() if key in keys}
    return compare("signatures in the journal", (act.key for act in _acknowledged(book.get("signature", {}))), found)


def published(book: Book, shown: Shown) -> list[Compared]:
    """Publications, counted where their readers are."""
    orders = book.get("publication", {})
    by_account = {account: [act for act in orders.values() if act.facts["account"] == account] for account in (NEWSROOM, BLUESKY)}
    pages = {act.facts["mark"]: shown.on_page(act.facts["mark"]) for act in by_account[NEWSROOM]}
    live = [compare("publications on the newsroom's pages", _marks(by_account[NEWSROOM]), pages)]
    if by_account[BLUESKY]:
        texts = Counter(text.rsplit(" ", 1)[-1] for text in shown.on_network())
        live.append(compare("publications in the network's list", _marks(by_account[BLUESKY]), texts))
    return live


def replied(book: Book, shown: Shown) -> Compared:
    """Replies, counted on the public pages of their threads: one item per case."""
    sent, found = book.get("reply", {}), Counter[str]()
    for number, key in shown.replies():
        if number in sent:
            found[number] += shown.item_times(key)
    return compare("replies on the newsroom's page", (act.key for act in _acknowledged(sent)), found)


def _marks(orders: Iterable[Act]) -> list[str]:
    return [act.facts["mark"] for act in orders if act.acknowledged]


@dataclass
class Settled:
    """What the waiting after the load found: when each kind of open end was last seen, and what is still open."""

    seconds: dict[str, float] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    took: float = 0.0


def settle(ledger: Path, shown: Shown, standing: Counter[str], bound: float) -> Settled:
    """Wait until nothing is on its way any more, at most `bound` seconds."""
    begun, settled, book = time.monotonic(), Settled(), read(ledger)
    while True:
        open_ends = _open_ends(book, shown, standing)
        settled.took = time.monotonic() - begun
        settled.left = {name: count for name, count in open_ends.items() if count}
        settled.seconds |= dict.fromkeys(settled.left, settled.took)
        if not settled.left or settled.took > bound:
            return settled
        time.sleep(2)


def _open_ends(book: Book, shown: Shown, standing: Counter[str]) -> dict[str, int]:
    try:
        rows = [*heard(book, shown), *(heard_on_network(book, shown, standing) if standing else ())]
        return shown.transient() | {f"{row.what} still to be heard": len(row.lost) for row in rows}
    except psycopg.OperationalError:
        return {"the database does not answer": 1}


def compared(ledger: Path, shown: Shown, standing: Counter[str]) -> list[Compared]:
    """The whole comparison, once everything has ended."""
    book = read(ledger)
    network = heard_on_network(book, shown, standing) if standing else []
    once = compare("second versions of posts nobody edited", (), {f"{shown.versions()} of them": 2 if shown.versions() else 0})
    return [*heard(book, shown), *network, signed(book, shown), *published(book, shown), replied(book, shown), once]
