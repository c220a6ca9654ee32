"""The proofs of reuse: what they saved, and each as a page to print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from candour.core.reuse import Answer
from candour.core.signing import digest
from candour.core.states import SealState
from candour.flows.translate import pieces_of
from candour.messages import reuse_queries as reuses
from candour.messages.models import ReuseProof, Seal
from candour.messages.queries import seals_of
from candour.web.diff import difference
from candour.web.reuse_words import ANSWER, lines
from candour.web.words import Look

#: The list shows the newest; the sums are over all of them.
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """One proof in the list: its answer and, once something was approved by it, what it took and saved in minutes."""

    proof: ReuseProof
    look: Look
    saved: reuses.Saved | None


@login_required
@require_GET
def reuse_proofs(request: HttpRequest) -> HttpResponse:
    """Every reuse of the messages the reader may see, with the hours it saved against a full review, summed."""
    rows = reuses.proofs_visible_to(request.reader.held)
    saved = reuses.saved_by(rows)
    hours = {name: round(sum(getattr(one, name) for one in saved.values()) / 60) for name in ("own", "full", "saved")}
    kept = [Kept(row, ANSWER[row.answer], saved.get(row.pk)) for row in rows[:SHOWN]]
    return render(request, "reuse_proofs.html", {"kept": kept, "hours": hours, "done": len(saved), "asked": rows.count()})


@login_required
@require_GET
def reuse_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """One proof, to read and to print: both ends, both results, what differs, who answered for what, and the signature."""
    found = reuses.proof_for(request.reader.held, pk)
    if found is None:
        raise Http404
    return render(request, "reuse_proof.html", told(found))


def told(found: ReuseProof) -> dict[str, Any]:
    """What the page and the paper of a proof show."""
    source, version = found.source, found.draft.versions.order_by("number").first()
    translation = found.translation
    signed = {row.number: row.signature for row in reuses.certificates_of(translation)} if translation else {}
    pairs = [(one, there, signed.get(at)) for at, (one, there) in enumerate(_sides(found)) if one.strip()] if translation else []
    return {
        "proof": found,
        "source": source,
        "version": version,
        "message": found.messages.first(),
        "look": ANSWER[found.answer],
        "lines": lines(found.differences, found.results["target"]["findings"]),
        "pairs": pairs,
        "change": difference(source.text, version.text) if not translation and source.text != version.text else None,
        "seals": _seals(found),
        "saved": reuses.saved_by([found]).get(found.pk),
        "whole": digest(bytes(found.exact)) == found.digest == found.signature.digest and _says_the_same(found),
        "live": found.answer == Answer.LIVE,
    }


def _sides(found: ReuseProof) -> list[tuple[str, str]]:
    return list(zip(pieces_of(found.source), found.translation.pieces, strict=False)) if found.translation else []


def _seals(found: ReuseProof) -> list[Seal]:
    return [seal for seal in seals_of(found.review) if seal.state == SealState.SIGNED] if found.review else []


def _says_the_same(found: ReuseProof) -> bool:
    """Whether the columns shown here are what the signed bytes say."""
    said = json.loads(bytes(found.exact))
    told = (said["answer"], said["asked"], said["differences"], said["target"]["digest"], said["source"]["digest"], said["releases"])
    return told == (found.answer, found.asked, found.differences, found.target_digest, found.source_digest, found.releases)


urls = [
    path("reuse/", reuse_proofs, name="reuse-proofs"),
    path("reuse/<int:pk>/", reuse_proof, name="reuse-proof"),
]
