"""The claims a message uses, for its inspection pack: what was signed of each, how it stood then and stands now, and who vouched for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet

from candour.flows.exact import parts_of
from candour.journal.models import Entry, Signature
from candour.messages.models import ApprovedMessage, Claim, ClaimSeal, ClaimUse, ClaimVersion


def of(row: Model) -> str:
    """Where the journal has a row: its table and key."""
    return f"{row._meta.db_table}/{row.pk}"


def signed_claims(message: ApprovedMessage) -> list[dict[str, Any]]:
    """What the signed bytes say of claims, in the order of the text: code, digest, wording, references, footnote, if that stood there."""
    return list(parts_of(bytes(message.exact)).get("claims") or ())


def versions_signed(message: ApprovedMessage) -> QuerySet[ClaimVersion]:
    """The approved states of those claims, by the digests in the signed bytes."""
    return ClaimVersion.objects.filter(digest__in={row["digest"] for row in signed_claims(message)}).order_by("pk")


def rows_of_claims(message: ApprovedMessage) -> Iterator[QuerySet[Any]]:
    """Every row a pack proves of its claims."""
    versions = versions_signed(message).order_by()
    seals = ClaimSeal.objects.filter(version__in=versions.values("pk"))
    yield Claim.objects.filter(pk__in=versions.values("claim"))
    yield versions
    yield seals
    yield Signature.objects.filter(pk__in=seals.values("signature"))
    yield ClaimUse.objects.filter(version=message.version_id, version__isnull=False)


def claims(message: ApprovedMessage) -> list[dict[str, Any]]:
    """Each claim of the message: `signed` as the signed bytes have it, the claim and its approved state as rows, `state_then` as the
    journal had it when the approval was written down, where it stands in the text, and the signatures over the claim itself."""
    said = signed_claims(message)
    versions = {row.digest: row for row in versions_signed(message).select_related("claim")}
    uses: list[ClaimUse | None] = list(ClaimUse.objects.filter(version=message.version_id, version__isnull=False).order_by("start"))
    places = uses if len(uses) == len(said) else [None] * len(said)
    return [_fact(row, versions[row["digest"]], use, message) for row, use in zip(said, places, strict=True)]


def _fact(row: dict[str, Any], version: ClaimVersion, use: ClaimUse | None, message: ApprovedMessage) -> dict[str, Any]:
    return {
        "signed": row,
        "file": f"signed/{version.digest}",
        "claim": _claim(version.claim),
        "version": {"of": of(version), "number": version.number, "digest": version.digest, "claim_id": version.claim_id},
        "state_then": _state_then(version.claim, message),
        "use": {"of": of(use), "start": use.start, "end": use.end, "footnote_there": use.footnote_there} if use else None,
        "seals": [_seal(seal) for seal in version.seals.select_related("signature").order_by("pk")],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    times = {name: at.isoformat() if (at := getattr(claim, name)) else "" for name in ("review_on", "approved_at", "withdrawn_at")}
    names = ("number", "title", "state", "withdrawn_why")
    return {"of": of(claim), **{name: getattr(claim, name) for name in names}, **times}


def _seal(seal: ClaimSeal) -> dict[str, Any]:
    names = ("signer_name", "signer_title", "meaning", "digest")
    row = seal.signature
    signature = {"of": of(row), **{name: getattr(row, name) for name in names}, "at": row.at.isoformat()}
    return {"of": of(seal), "role": seal.role, "version_id": seal.version_id, "signature_id": row.pk, "signature": signature}


def _state_then(claim: Claim, message: ApprovedMessage) -> str:
    """How the claim stood when the message's row was written: the last state the journal has before that entry."""
    made = Entry.objects.filter(subject=message._meta.db_table, key=str(message.pk), op="I").values_list("pk", flat=True).first()
    entries = Entry.objects.filter(subject=claim._meta.db_table, key=str(claim.pk), pk__lt=made or 0).order_by("pk")
    states = [json.loads(new).get("state", "") for new in entries.values_list("new", flat=True) if new]
    return next((state for state in reversed(states) if state), "")
