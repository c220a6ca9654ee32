"""What a script may ask and do in a person's name: the same rights, the same acts and the same refusals as on the screens, as plain values.

Used by the machine doors and by the commands. What a person may not see is refused as if it were not there; a refused act leaves the same
trace in the journal as one refused on a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from candour.core.signing import digest
from candour.flows import inspection, pause, publish, reuse, schedule, travel
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.journal.signatures import Secret
from candour.messages import queries
from candour.messages import reuse_queries as reuses
from candour.messages.models import Annotation, ApprovedMessage, Pause, Publication, ReuseProof
from candour.people.models import User
from candour.people.rights import Held, held_by
from candour.registry import queries as registry
from candour.registry.models import Account, Product

#: Rows of a list told at once.
MOST = 500


@contextmanager
def _on_record(by: User, act: str, subject: str) -> Iterator[None]:
    try:
        yield
    except Refusal as refused:
        record_refusal(by, act, subject, refused)
        raise


def _not_there() -> Refusal:
    return Refusal(_("There is nothing here by that name."), status=404)


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


# inspection


def inspect(by: User, key: str, now: datetime, purpose: str = "") -> inspection.Pack:
    """The inspection pack of a message."""
    message = queries.message_for(held_by(by, now), key)
    if message is None:
        raise _not_there()
    with _on_record(by, "message.inspect", key):
        return inspection.take(by, message, now, purpose=purpose)


# reuse


def _proven(held: tuple[Held, ...], key: str) -> ApprovedMessage:
    found = reuses.proven_message(held, key)
    if found is None:
        raise _not_there()
    return found


def _account(message: ApprovedMessage, market: str, wanted: str) -> Account:
    """The account of a market that is asked for, else the most fitting one."""
    named = next((one for one in registry.accounts_in_market(market) if one.key == wanted), None)
    found = named or (travel.account_there(message, market) if not wanted else None)
    if found is None or market == message.market:
        raise _not_there()
    return found


def reuse_answers(by: User, key: str, now: datetime, market: str = "", account: str = "") -> list[dict[str, Any]]:
    """What it takes to use a message in another market, or in each: the answer, whom it asks, minutes, differences, and `seen`, the digest
    to send with the order."""
    message = _proven(held_by(by, now), key)
    if market:
        return [_answer_row(market, travel.preview(message, _account(message, market, account), now))]
    codes = [place.code for place in registry.markets()]
    return [_answer_row(code, answer) for code, answer in travel.previews(message, codes, now)]


def _answer_row(market: str, answer: travel.Look | Refusal) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"market": market, "answer": "none", "why": answer.why}
    told = travel.shown(answer)
    names = ("answer", "asked", "minutes", "refused_by", "gates", "differences")
    return {"market": market, "account": answer.account.key, "standing": answer.standing, "seen": answer.seen} | {n: told[n] for n in names}


def reuse_order(by: User, key: str, market: str, secret: Secret, seen: str, now: datetime, account: str = "") -> dict[str, Any]:
    """Sign live or ask the reviewers, as the answer said; `seen` is the digest that came with it."""
    message = _proven(held_by(by, now), key)
    there = _account(message, market, account)
    with _on_record(by, "reuse", f"{key} {market}"):
        return proof_row(reuse.ask(by, message, there, secret, seen, now))


def reuse_proof(by: User, pk: int, now: datetime) -> dict[str, Any]:
    """A stored proof with the exact bytes that were signed."""
    found = reuses.proof_for(held_by(by, now), pk)
    if found is None:
        raise _not_there()
    return proof_row(found)


def proof_row(kept: ReuseProof) -> dict[str, Any]:
    """A proof: what was answered, who signed it, and whether its bytes are still those that were signed."""
    message = kept.messages.first()
    exact = bytes(kept.exact)
    return {
        "proof": kept.pk,
        "source": kept.source.key,
        "market": kept.market,
        "account": kept.account.key,
        "answer": kept.answer,
        "asked": kept.asked,
        "minutes": kept.minutes,
        "differences": kept.differences,
        "message": message.key if message else "",
        "review": kept.review_id,
        "signed_by": kept.signature.signer_name,
        "meaning": kept.signature.meaning,
        "signed_at": _at(kept.signature.at),
        "digest": kept.digest,
        "whole": digest(exact) == kept.digest == kept.signature.digest,
        "exact": exact.decode(),
    }


# calendar and pauses


def calendar(by: User, begins: datetime, ends: datetime, now: datetime, chosen: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What goes out and went out from one instant to another; `more` where there is more than is told."""
    if ends <= begins:
        raise Refusal(_("The end comes before the beginning."), status=400)
    rows = list(queries.calendar(held_by(by, now), begins, ends, chosen or {})[: MOST + 1])
    return {"publications": [publication_row(row) for row in rows[:MOST]], "more": len(rows) > MOST}


def publication_row(row: Publication) -> dict[str, Any]:
    """One text on its way, or out."""
    return {
        "publication": row.pk,
        "message": row.message.key,
        "title": row.message.title,
        "account": row.account.key,
        "network": row.account.network,
        "market": row.account.market,
        "state": row.state,
        "due_at": _at(row.due_at),
        "sent_at": _at(row.sent_at),
        "url": row.url,
        "problem": row.problem,
        "approval_over": bool(getattr(row, "approval_over", False)),
    }


def pauses(by: User, now: datetime) -> dict[str, Any]:
    """What is or was paused, running ones first, and what came due meanwhile and waits for a decision."""
    waiting = queries.waiting_for_decision(held_by(by, now))[:MOST]
    return {"pauses": [pause_row(row) for row in queries.pauses()], "waiting": [publication_row(row) for row in waiting]}


def pause_row(row: Pause) -> dict[str, Any]:
    """One pause: what it covers, who began and ended it, and why."""
    return {
        "pause": row.pk,
        "market": row.market,
        "product": row.product.key if row.product else "",
        "account": row.account.key if row.account else "",
        "theme": row.theme,
        "reason": row.reason,
        "began_at": _at(row.began_at),
        "by": row.by.name,
        "ended_at": _at(row.ended_at),
        "ended_by": row.ended_by.name if row.ended_by else "",
        "ended_why": row.ended_why,
    }


def set_pause(by: User, what: Mapping[str, str], secret: Secret, now: datetime) -> dict[str, Any]:
    """Pause what fits market, product, account and theme, as far as they are given; signed, with `reason`."""
    market = what.get("market", "")[:8]
    with _on_record(by, "publication.pause", market):
        row = pause.begin(
            by,
            market=market,
            product=_product(what.get("product", "")[:80]),
            account=_named_account(what.get("account", "")[:80]),
            theme=what.get("theme", ""),
            reason=what.get("reason", ""),
            secret=secret,
            now=now,
        )
        return pause_row(row)


def _product(key: str) -> Product | None:
    found = next((row for row in registry.products() if row.key == key), None) if key else None
    if key and found is None:
        raise Refusal(_("There is no such product."), status=400)
    return found


def _named_account(key: str) -> Account | None:
    found = registry.accounts_by_keys([key]).first() if key else None
    if key and found is None:
        raise Refusal(_("There is no such account."), status=400)
    return found


def lift_pause(by: User, pk: int, reason: str, secret: Secret, now: datetime) -> dict[str, Any]:
    """End a pause, signed; what waits still waits for a decision."""
    found = queries.pause_for(pk)
    if found is None:
        raise _not_there()
    with _on_record(by, "publication.pause", f"pause {pk}"):
        return pause_row(pause.end(by, found, reason, secret, now))


def decide(by: User, pk: int, decision: str, now: datetime, due_at: datetime | None = None) -> dict[str, Any]:
    """Decide on what came due in a pause: `send` it now, `move` it to `due_at`, or `drop` it."""
    found = queries.publication_for(held_by(by, now), pk)
    if found is None:
        raise _not_there()
    act = "publication.take_back" if decision == "drop" else "publication.move"
    with _on_record(by, act, f"{found.message.key}: publication {pk}"):
        if decision == "drop":
            return publication_row(publish.take_back(by, found, now))
        if decision not in ("send", "move") or (decision == "move" and due_at is None):
            raise Refusal(_("Say send, drop, or move with a time."), status=400)
        return publication_row(schedule.move_to(by, found, due_at or now, now))


# notes


def notes(by: User, draft: int, now: datetime) -> list[dict[str, Any]]:
    """What reviewers noted on a draft, in the order it was written."""
    found = queries.draft_for(held_by(by, now), draft)
    if found is None:
        raise _not_there()
    return [note_row(row) for row in queries.annotations_on(found)]


def note_row(row: Annotation) -> dict[str, Any]:
    """One note: on which words of which version, in the name of which role, and what became of it."""
    return {
        "note": row.pk,
        "kind": row.kind,
        "role": row.role,
        "version": row.version.number,
        "quote": row.quote,
        "start": row.start,
        "end": row.end,
        "words": row.words,
        "by": row.by.name,
        "at": _at(row.at),
        "state": row.state,
        "answer": row.answer,
        "answered_by": row.answered_by.name if row.answered_by else "",
        "settled_by": row.settled_by.name if row.settled_by else "",
    }
