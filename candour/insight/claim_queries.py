"""Where a claim is said, as rows for a reader: on the screen, in JSON and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from candour.messages.claim_queries import where_said
from candour.messages.models import Claim
from candour.messages.queries import may_see_draft, may_see_message
from candour.people.rights import Held

Row = dict[str, str]


def said_rows(held: Iterable[Held] | None, claim: Claim) -> list[Row]:
    """Drafts, approved messages, scheduled and live texts that say a claim; only those a reader may see, all of them for None."""
    grants = None if held is None else tuple(held)
    said = where_said(claim)
    rows = [
        {"what": "draft", "market": row.market, "key": str(row.pk), "title": row.title, "state": row.state}
        for row in said.drafts
        if grants is None or may_see_draft(grants, row)
    ]
    rows += [
        {"what": "message", "market": row.market, "key": row.key, "title": row.title, "state": "approved"}
        for row in said.messages
        if grants is None or may_see_message(grants, row)
    ]
    rows += [
        {"what": what, "market": row.account.market, "key": row.message.key, "title": row.account.handle, "state": row.state}
        for what, found in (("scheduled", said.scheduled), ("live", said.live))
        for row in found
        if grants is None or may_see_message(grants, row.message)
    ]
    return rows
