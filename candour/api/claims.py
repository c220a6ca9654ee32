"""Claims as JSON for somebody who is signed in: the same rows as the screens, for an agency's tool or a spreadsheet. It only reads."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from candour.insight.claim_queries import said_rows
from candour.messages import claim_queries as queries
from candour.messages.models import Claim

#: Claims of one answer; `next` asks for those behind them.
PAGE = 200


@login_required
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """Claims of the reader's markets by number, at most a page; `after` a number, `state` and `market` narrow it."""
    on, given = request.reader.now.date(), request.GET
    found = queries.in_claim_state(queries.claims_visible_to(request.reader.held), given.get("state", ""), on)
    if market := given.get("market", "")[:8]:
        found = found.filter(markets__contains=[market])
    after = given.get("after", "")
    rows = list(found.filter(number__gt=int(after) if after.isdecimal() and len(after) < 9 else 0)[:PAGE])
    contents = queries.contents_of(rows)
    answer = {"claims": [row_of(row, contents[row.pk], on) for row in rows], "next": rows[-1].number if len(rows) == PAGE else None}
    return JsonResponse(answer)


@login_required
@require_safe
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """One claim with its signatures and where it is said, as far as the reader may see."""
    found = queries.claim_for(request.reader.held, number)
    if found is None:
        raise Http404
    version = queries.newest_claim_version(found)
    seals = [
        {"role": seal.role, "name": seal.signature.signer_name, "meaning": seal.signature.meaning, "at": seal.signature.at.isoformat()}
        for seal in queries.claim_seals(version).values()
    ]
    more = {"digest": version.digest, "signatures": seals, "said": said_rows(request.reader.held, found)}
    return JsonResponse(row_of(found, version.content, request.reader.now.date()) | more)


def row_of(row: Claim, content: dict[str, Any], on: date) -> dict[str, Any]:
    """One claim as JSON says it."""
    return {"claim": row.code, "number": row.number, "product": row.product.key, "state": queries.standing(row, on), **content}


urls = [
    path("api/claims", claims, name="api-claims"),
    path("api/claims/<int:number>", claim, name="api-claim"),
]
