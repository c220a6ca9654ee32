"""What an inspector asks of one message, in plain values: each fact with the row it stands in (`of`), so that the journal proves it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from candour.cases.models import Case
from candour.core.reentry import changed_parts
from candour.core.rights import NEEDS_CERTIFICATE
from candour.core.worddiff import word_diff
from candour.flows.exact import parts_of
from candour.flows.inspection_claims import versions_signed
from candour.flows.inspection_record import of, signatures_about
from candour.flows.signed import REPLIES
from candour.journal.models import Entry, Signature
from candour.listening.models import PostFinding, PostVersion
from candour.messages import models as rows
from candour.messages.models import ApprovedMessage, CheckRun, Publication
from candour.messages.queries import answers_to
from candour.people.models import Deputy, Grant, User
from candour.registry import queries as registry
from candour.training.models import Certificate
from candour.training.queries import GATE_COURSE


def instant(at: datetime | None) -> str:
    """An instant in UTC; empty for none."""
    return at.isoformat() if at else ""


def there(at: datetime | None, zone: str) -> str:
    """The same on the clocks of a place, with the zone in words."""
    return f"{at.astimezone(zoneinfo.ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z} ({zone})" if at else ""


def zone_of(message: ApprovedMessage) -> str:
    """The time zone of the message's market."""
    place = registry.market(message.market)
    return place.timezone if place else "UTC"


def message_facts(message: ApprovedMessage) -> dict[str, Any]:
    """The message itself."""
    names = ("key", "title", "kind", "duties", "market", "lang", "audience", "number", "text", "digest", "withdrawn_why")
    times = {name: instant(getattr(message, name)) for name in ("valid_from", "valid_until", "withdrawn_at")}
    product, account = message.product, message.account
    return {
        "of": of(message),
        **{name: getattr(message, name) for name in names},
        **times,
        "product_name": f"{product.name} ({product.substance})" if product and product.substance else product.name if product else "",
        "account_handle": f"{account.handle} ({account.network})" if account else "",
    }


def label_facts(message: ApprovedMessage) -> list[dict[str, Any]]:
    """What the label of the market let be said of the product on the day the approval began: status, indication, limits and risks."""
    if message.product is None:
        return []
    on = registry.market_day(message.market, message.valid_from)
    status, label = registry.status_on(message.product, message.market, on), registry.label_on(message.product, message.market, on)
    found: list[dict[str, Any]] = []
    if status:
        found.append({"of": of(status), "what": "status", "status": status.status, "valid_from": status.valid_from.isoformat()})
    if label:
        words = {name: getattr(label, name) for name in ("indication", "limits", "serious_risks", "risk_page")}
        found.append({"of": of(label), "what": "label", **words, "valid_from": label.valid_from.isoformat()})
    return found


# checks


def checks(message: ApprovedMessage) -> list[dict[str, Any]]:
    """Every check that the approval stands on: its releases, its findings, and what the author answered to each."""
    reviews = rows.Review.objects.filter(version=message.version_id, version__isnull=False)
    wanted = Q(version=message.version_id, version__isnull=False) | Q(pk__in=reviews.values("check_run"))
    return [
        {
            "of": of(run),
            "at": instant(run.at),
            "releases": run.releases,
            "verdict": run.verdict,
            "findings": [_finding(row) for row in run.findings],
            "answers": _answers(message, run),
        }
        for run in CheckRun.objects.filter(wanted).order_by("pk")
    ]


def _answers(message: ApprovedMessage, run: CheckRun) -> list[dict[str, Any]]:
    """What was said before the text was signed; a later version's answers belong to that one."""
    if message.draft is None or message.version is None:
        return []
    given = answers_to(message.draft, run.findings).values()
    return [
        {"of": of(one), "rule": one.rule, "answer": one.answer, "reason": one.reason, "at": instant(one.at), "by_name": one.by.name}
        for one in given
        if one.check_run.version.number <= message.version.number
    ]


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    names = ("rule", "market", "severity", "citation", "citation_url", "suggestion", "exempted_by", "needs_local_review")
    return {name: row.get(name) for name in names if name in row} | {"words": [span["words"] for span in row.get("spans", ())]}


def answered_before(message: ApprovedMessage) -> list[dict[str, Any]]:
    """What the signed bytes themselves say of the check: each finding with the author's answer. Forms before the second one say nothing."""
    said = parts_of(bytes(message.exact)).get("check") or {}
    return list(said.get("findings", ()))


def notes(message: ApprovedMessage) -> list[dict[str, Any]]:
    """What reviewers noted on the words, what was answered, and whether it was settled."""
    number = message.version.number if message.version else 0
    found = rows.Annotation.objects.filter(draft=message.draft_id, draft__isnull=False, version__number__lte=number).order_by("pk")
    names = ("kind", "role", "quote", "words", "state", "answer")
    return [
        {
            "of": of(one),
            **{name: getattr(one, name) for name in names},
            "at": instant(one.at),
            "by_name": one.by.name,
            "version_number": one.version.number,
        }
        for one in found.select_related("by", "version")
    ]


# what changed


def last_before(message: ApprovedMessage) -> ApprovedMessage | None:
    """What was approved last before this message: of the same draft, else what it stands on."""
    earlier = ApprovedMessage.objects.filter(draft=message.draft_id, draft__isnull=False, pk__lt=message.pk).order_by("-pk").first()
    return earlier or (message.draft.based_on if message.draft else None)


def difference(message: ApprovedMessage, before: ApprovedMessage | None) -> dict[str, Any] | None:
    """The words and parts that differ from what was approved last; None for a first approval."""
    if before is None:
        return None
    old, new = parts_of(bytes(before.exact)), parts_of(bytes(message.exact))
    changed = sorted(changed_parts(old, new))
    return {
        "since": {"key": before.key, "number": before.number, "market": before.market, "digest": before.digest},
        "words": [list(piece) for piece in word_diff(before.text, message.text)],
        "parts": [{"part": name, "before": old.get(name), "after": new.get(name)} for name in changed if name != "text"],
    }


# signatures


def signatures(message: ApprovedMessage) -> list[dict[str, Any]]:
    """Who signed what, meaning what, when and how; `under` says whether it stands under the very bytes of the message."""
    under, zone = set(message.signatures.values_list("pk", flat=True)), zone_of(message)
    found = signatures_about(message).select_related("on_behalf_of").order_by("at", "pk")
    return [_signature(row, row.pk in under, zone) for row in found]


def _signature(row: Signature, under: bool, zone: str) -> dict[str, Any]:
    names = ("signer_name", "signer_title", "meaning", "subject", "key", "digest", "pack_releases", "method", "simulated")
    return {
        "of": of(row),
        **{name: getattr(row, name) for name in names},
        "for_name": row.on_behalf_of.name if row.on_behalf_of else "",
        "under": under,
        "at": instant(row.at),
        "at_there": there(row.at, zone),
        "auth_time": instant(row.auth_time),
        "file": f"signed/{row.digest}",
    }


def signed_files(message: ApprovedMessage, before: ApprovedMessage | None) -> dict[str, bytes]:
    """The exact bytes that were signed, each under its digest."""
    found = {row.digest: bytes(row.shown) for row in signatures_about(message)}
    found |= {one.digest: bytes(one.exact) for one in (message, before) if one is not None}
    found |= {one.digest: bytes(one.exact) for one in versions_signed(message)}
    return {f"signed/{digest}": content for digest, content in sorted(found.items())}


# out in the world


def publications(message: ApprovedMessage) -> list[dict[str, Any]]:
    """Each destination: what was tried, what became of it, every look at what is live, every drift. Of answers to people only the case."""
    found = Publication.objects.filter(message=message).select_related("account", "by", "hand_to", "reply__case")
    sent = list(found.prefetch_related("read_backs", "drifts__closed_by").order_by("pk"))
    return [_answer_sent(row) if message.kind in REPLIES else _publication(row, zone_of(message)) for row in sent]


def _place(row: Publication) -> dict[str, Any]:
    return {"account_handle": row.account.handle, "network": row.account.network, "account_market": row.account.market}


def _answer_sent(row: Publication) -> dict[str, Any]:
    reply = getattr(row, "reply", None)
    case = reply.case.number if reply else ""
    return {**_place(row), "state": row.state, "attempts": row.attempts, "sent_at": instant(row.sent_at), "case": case}


def _publication(row: Publication, zone: str) -> dict[str, Any]:
    names = ("state", "attempts", "failure", "cause", "problem", "provider_words", "remote_id", "url", "digest", "lang")
    times = ("due_at", "first_tried_at", "sent_at", "stated_at")
    return {
        "of": of(row),
        **_place(row),
        **{name: getattr(row, name) for name in names},
        **{name: instant(getattr(row, name)) for name in times},
        "sent_there": there(row.sent_at or row.stated_at, zone),
        "by_name": row.by.name,
        "hand_to_name": row.hand_to.name if row.hand_to else "",
        "read_backs": [
            {"of": of(one), "at": instant(one.at), "equal": one.equal, "seen_text": one.seen_text}
            for one in sorted(row.read_backs.all(), key=lambda one: one.pk)
        ],
        "drifts": [_drift(one) for one in sorted(row.drifts.all(), key=lambda one: one.pk)],
    }


def _drift(one: rows.Drift) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ("letters", "seen_text", "reason")}
    closed = {"closed_at": instant(one.closed_at), "closed_by_name": one.closed_by.name if one.closed_by else ""}
    return {"of": of(one), "opened_at": instant(one.opened_at), **said, **closed}


def on_file(message: ApprovedMessage) -> list[dict[str, Any]]:
    """What authorities gave or are owed for it."""
    wanted = Q(message=message) | Q(draft=message.draft_id, draft__isnull=False)
    found = rows.AuthorityEntry.objects.filter(wanted).select_related("by").order_by("pk")
    names = ("gate", "market", "number", "digest", "document_sha256", "note")
    given = [
        {
            "of": of(row),
            **{name: getattr(row, name) for name in names},
            "given_on": row.given_on.isoformat(),
            "valid_until": row.valid_until.isoformat() if row.valid_until else "",
            "by_name": row.by.name,
        }
        for row in found
    ]
    owed = rows.FilingDuty.objects.filter(message=message).order_by("pk")
    return given + [
        {"of": of(row), "gate": row.gate, "market": row.market, "rule": row.rule, "law": row.law, "opened_at": instant(row.opened_at)}
        for row in owed
    ]


def ads(message: ApprovedMessage) -> list[dict[str, Any]]:
    """Where it was shown for money: to whom, why that is lawful, and for how long."""
    names = ("network", "audience", "described", "country", "age_floor", "gate", "budget", "reason", "ended_why")
    return [
        {
            "of": of(row),
            **{name: getattr(row, name) for name in names},
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "by_name": row.by.name,
            "ended_at": instant(row.ended_at),
        }
        for row in rows.AdRecord.objects.filter(message=message).select_related("by").order_by("pk")
    ]


# comments


def comments(message: ApprovedMessage) -> dict[str, Any]:
    """How many comments under what was published were heard and screened, by which releases, what was found, and which cases came of it.

    Numbers only: no words, no names, no addresses.
    """
    empty = {"heard": 0, "screened": 0, "waiting_for_a_person": 0, "found": {}, "releases": [], "cases": []}
    wanted = _threads(message)
    if wanted is None:
        return empty
    versions = PostVersion.objects.filter(wanted)
    posts = set(versions.values_list("post_id", flat=True))
    unscreened = set(versions.filter(unscreened=True).values_list("post_id", flat=True))
    duties: dict[str, set[int]] = {}
    for duty, post in PostFinding.objects.filter(version__in=versions).values_list("duty", "version__post_id"):
        duties.setdefault(duty, set()).add(post)
    return {
        "heard": len(posts),
        "screened": len(posts - unscreened),
        "waiting_for_a_person": len(unscreened),
        "found": {duty: len(found) for duty, found in sorted(duties.items())},
        "releases": sorted(filter(None, set(versions.values_list("intake__screened_by", flat=True)))),
        "cases": sorted(set(Case.objects.filter(posts__post__in=posts).values_list("number", flat=True))),
    }


def _threads(message: ApprovedMessage) -> Q | None:
    """Comments stand in the thread of what was published, or answer it; None when it stands nowhere or speaks to one person."""
    if message.kind in REPLIES:
        return None
    wanted = None
    for row in Publication.objects.filter(message=message).exclude(sent_at=None, stated_at=None):
        names = {name for name in (row.remote_id, row.thread, row.url.rstrip("/").rpartition("/")[2]) if name}
        here = Q(post__source__account=row.account_id) & (Q(thread__in=names) | Q(in_reply_to__in=names))
        wanted = here if wanted is None else wanted | here
    return wanted


# people


def involved(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Everybody who did something to the message, by act: when first, with which functions, and whether a certificate held then."""
    firsts: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        firsts.setdefault((entry.actor, entry.act), entry)
    people = User.objects.in_bulk([int(actor) for actor, _act in firsts if actor.isdecimal()])
    return [row for (actor, act), entry in firsts.items() if (row := _act_of(people.get(int(actor or 0)), act, entry))]


def _act_of(person: User | None, act: str, entry: Entry) -> dict[str, Any] | None:
    if person is None:
        return None
    found = _certificate_at(person, entry.at)
    words = {name: getattr(found, name) for name in ("course", "course_version", "lang")} if found else {}
    times = {name: instant(getattr(found, name)) for name in ("issued_at", "expires_at")} if found else {}
    return {
        **({"of": of(found)} if found else {}),
        "name": entry.actor_name,
        "title": person.title,
        "machine": person.is_machine,
        "act": act,
        "entry": entry.pk,
        "first_at": instant(entry.at),
        "functions": _functions_at(person, entry.at),
        "certificate": "held" if found else "none",
        "asked_for": act.removesuffix(".refused") in _SIGNING,
        **words,
        **times,
    }


#: Acts, as the journal names them, before which a certificate is asked for.
_SIGNING = NEEDS_CERTIFICATE | {"reuse"}


def _certificate_at(person: User, at: datetime) -> Certificate | None:
    """The certificate that held then: one that was revoked later held until it was."""
    held = Certificate.objects.filter(person=person, course=GATE_COURSE, issued_at__lte=at, expires_at__gt=at)
    return held.filter(Q(revoked_at=None) | Q(revoked_at__gt=at)).order_by("pk").first()


def _functions_at(person: User, at: datetime) -> list[str]:
    """Functions held then, also by who has left since, and those held for somebody who was away."""
    away = Deputy.objects.filter(deputy=person, away_from__lte=at, away_to__gt=at).values("person")
    dated = Q(valid_to=None) | Q(valid_to__gt=at)
    held = Grant.objects.filter(dated, Q(person=person) | Q(person__in=away), valid_from__lte=at)
    return sorted(set(held.values_list("function", flat=True)))


def by_person(facts: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The same, person by person, machines last."""
    grouped: dict[tuple[bool, str], list[dict[str, Any]]] = {}
    for one in facts:
        grouped.setdefault((one["machine"], one["name"]), []).append(one)
    for (_machine, name), acts in sorted(grouped.items()):
        yield name, acts
