"""The monthly file for an authority: what was first used in a market in a month, for whom, where and since when, as JSON and on paper.

Form FDA 2253 (21 CFR 314.81(b)(3)(i)) is owed for each item at its first use; for live channels a monthly list of addresses with the days
of activity replaces copies of every post (FDA draft guidance, January 2014). Directive 2001/83/EC Art. 98(2): a sample of every
advertisement with whom it was addressed to, the method and the day of first dissemination. Both are made from what was sent, never from
what was planned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from candour.core.clocks import day_begins, local_day
from candour.core.review import MessageKind
from candour.core.signing import content_digest
from candour.core.terms import Audience
from candour.flows.answers import Refusal
from candour.flows.authority import is_withdrawn
from candour.flows.printed import printed
from candour.flows.releases import active_pack
from candour.flows.signed import REPLIES
from candour.messages import authority_queries as queries
from candour.messages.models import ApprovedMessage, Publication
from candour.packs.gates import AuthorityFile, file_for, gate
from candour.packs.loader import UnknownMarket, load_market
from candour.registry import queries as registry

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Use:
    """Where an item stood, and since when (the day in the market)."""

    account: str
    network: str
    address: str
    first_used_on: str


@dataclass(frozen=True, slots=True)
class OnFile:
    """A standing entry for these very bytes."""

    gate: str
    number: str
    given_on: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Item:
    """One message first used in the month: what, to whom, how, since when, and what is on file. `first_used_at` is UTC."""

    message: str
    number: int
    title: str
    kind: str
    product: str
    substance: str
    audience: str
    language: str
    text: str
    digest: str
    first_used_at: str
    first_used_on: str
    uses: tuple[Use, ...]
    on_file: tuple[OnFile, ...]


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """An account under our responsibility, with the days of the month on which we were active there first and last, and how often."""

    account: str
    network: str
    address: str
    registered_on: str
    first_active_on: str
    last_active_on: str
    messages: int
    answers: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The file of one market and month."""

    file: AuthorityFile
    market: str
    month: str
    zone: str
    company: str
    made_at: datetime
    items: tuple[Item, ...]
    channels: tuple[LiveChannel, ...]

    @property
    def name(self) -> str:
        return f"{self.file.id}-{self.market}-{self.month}"


def file_of(market: str, now: datetime) -> AuthorityFile | None:
    """The monthly file of a market by its active rules, else by the shipped ones; None where no law we know asks for one."""
    try:
        pack = active_pack(market, now) or load_market(market)
    except UnknownMarket:
        return None
    return file_for(pack.id, pack.chain)


def listing(market: str, month: str, now: datetime) -> Listing:
    """What was first used in a market in a month ("2026-11"), by the days of that market. Refuses a market without such a file, and a
    month that is none or has not begun."""
    place, wanted = registry.market(market), file_of(market, now)
    if place is None or wanted is None:
        raise Refusal(_("No law that Candour knows asks for a monthly file in %(market)s.") % {"market": market.upper()}, status=404)
    first, following = _month(month)
    start, end = day_begins(first, place.timezone), day_begins(following, place.timezone)
    if start > now:
        raise Refusal(_("That month has not begun yet."), status=400)
    here = registry.company()
    return Listing(
        file=wanted,
        market=market,
        month=month,
        zone=place.timezone,
        company=here.name if here else "",
        made_at=now,
        items=tuple(_item(row, place.timezone) for row in queries.first_used_between(market, start, end, wanted.asked_by)),
        channels=tuple(_channels(market, start, end, place.timezone)) if wanted.channels else (),
    )


def _month(words: str) -> tuple[date, date]:
    """The first day of a month and of the following one."""
    try:
        first = date.fromisoformat(f"{words}-01")
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    except ValueError:
        raise Refusal(_("That is no month; write it like 2026-11."), status=400) from None
    return first, following


def _item(message: ApprovedMessage, zone: str) -> Item:
    sent = sorted((row for row in message.publications.all() if row.sent_at), key=lambda row: row.sent_at)
    first = sent[0].sent_at
    return Item(
        message=message.key,
        number=message.number,
        title=message.title,
        kind=message.kind,
        product=message.product.name,
        substance=message.product.substance,
        audience=message.audience,
        language=message.lang,
        text=message.text,
        digest=message.digest,
        first_used_at=first.isoformat(),
        first_used_on=local_day(first, zone).isoformat(),
        uses=tuple(_use(row, zone) for row in sent),
        on_file=tuple(_on_file(message)),
    )


def _use(row: Publication, zone: str) -> Use:
    return Use(row.account.handle, row.account.network, row.url, local_day(row.sent_at, zone).isoformat())


def _on_file(message: ApprovedMessage) -> Iterator[OnFile]:
    for row in queries.entries_for(message):
        if not is_withdrawn(row) and row.digest == content_digest(bytes(message.exact)):
            yield OnFile(row.gate, row.number, row.given_on.isoformat(), row.valid_until.isoformat() if row.valid_until else "")


def _channels(market: str, start: datetime, end: datetime, zone: str) -> Iterator[LiveChannel]:
    sent: dict[int, list[Publication]] = {}
    for row in queries.activity_between(market, start, end):
        sent.setdefault(row.account_id, []).append(row)
    for account in registry.live_accounts(market, start, end):
        rows = sent.get(account.pk, [])
        answers = sum(row.message.kind in REPLIES for row in rows)
        days = [local_day(row.sent_at, zone).isoformat() for row in rows] or [""]
        address = next((row.url for row in rows if row.url), account.rules_page)
        registered = local_day(account.registered_at, zone).isoformat()
        yield LiveChannel(account.handle, account.network, address, registered, days[0], days[-1], len(rows) - answers, answers)


def bundle(made: Listing) -> dict[str, bytes]:
    """The files by name: the data as JSON, the paper as PDF with the digest of that JSON in its foot, and the manifest with SHA-256 and
    size of both."""
    data = _json(_as_data(made))
    digest = hashlib.sha256(data).hexdigest()
    found = {f"{made.name}.json": data, f"{made.name}.pdf": printed("listing", _paper(made, digest))}
    sums = {name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in found.items()}
    manifest = {"file": made.file.id, "market": made.market, "month": made.month, "made_at": made.made_at.isoformat(), "files": sums}
    return found | {MANIFEST: _json(manifest)}


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _as_data(made: Listing) -> dict[str, Any]:
    head = {"file": made.file.id, "title": made.file.title, "law": made.file.source, "company": made.company, "market": made.market}
    when = {"month": made.month, "zone": made.zone, "made_at": made.made_at.isoformat()}
    rows = {"items": [asdict(item) for item in made.items]}
    return head | when | rows | ({"live_channels": [asdict(one) for one in made.channels]} if made.file.channels else {})


# on paper, in the reader's language


def _paper(made: Listing, digest: str) -> dict[str, Any]:
    language = (get_language() or "en")[:2]
    month = date_format(date.fromisoformat(f"{made.month}-01"), "F Y")
    sections = [_items_section(made)]
    if made.file.channels:
        sections.append(_channels_section(made))
    return {
        "title": made.file.name(language),
        "subtitle": f"{made.company} · {made.market.upper()} · {month}",
        "lang": language,
        "rtl": get_language_bidi(),
        "facts": [
            [_("Asked for by"), made.file.source],
            [_("Made on"), f"{made.made_at:%Y-%m-%d %H:%M} UTC"],
            [_("Days are those of"), made.zone],
        ],
        "sections": sections,
        "foot": _("SHA-256 of the data: %(digest)s") % {"digest": digest},
    }


def _items_section(made: Listing) -> dict[str, Any]:
    return {
        "title": _("First used in this month: %(count)s") % {"count": len(made.items)},
        "columns": [
            _("Product"),
            _("Title and text"),
            _("To whom"),
            _("How"),
            _("First use"),
            _("On file"),
            _("SHA-256 of what was signed"),
        ],
        "widths": [2, 6, 2, 3, 2, 3, 3],
        "rows": [_item_row(item) for item in made.items],
        "empty": _("Nothing was first used in this month."),
    }


def _item_row(item: Item) -> list[str]:
    kinds = {MessageKind.POST.value: _("Message"), MessageKind.HOLDING_STATEMENT.value: _("Holding statement")}
    whom = {Audience.PUBLIC.value: _("Public"), Audience.HCP.value: _("Health professionals")}
    uses = [" ".join(filter(None, (use.account, f"({use.network})", use.address))) for use in item.uses]
    on_file = [f"{gate(row.gate).name((get_language() or 'en')[:2])}: {row.number}, {row.given_on}" for row in item.on_file]
    return [
        f"{item.product} ({item.substance})" if item.substance else item.product,
        f"{item.title}\n{item.text}",
        whom.get(item.audience, _("Public and health professionals")),
        "\n".join([kinds.get(item.kind, item.kind), *uses]),
        item.first_used_on,
        "\n".join(on_file) or _("nothing"),
        " ".join(item.digest[at : at + 16] for at in range(0, len(item.digest), 16)),
    ]


def _channels_section(made: Listing) -> dict[str, Any]:
    return {
        "title": _("Live channels of this month: %(count)s") % {"count": len(made.channels)},
        "columns": [
            _("Account"),
            _("Network"),
            _("Address"),
            _("Registered"),
            _("First active"),
            _("Last active"),
            _("Messages"),
            _("Answers"),
        ],
        "widths": [3, 2, 6, 2, 2, 2, 1, 1],
        "rows": [[str(value) if value != "" else "–" for value in asdict(one).values()] for one in made.channels],
        "empty": _("No account is under our responsibility there."),
    }
