"""A claim is approved by two people who did not write it, links itself in texts word for word, and is evidence under their signatures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.states import ClaimState
from candour.flows import claims, sign_many, submit
from candour.flows.answers import Refusal, Stale
from candour.messages import claim_queries as queries
from candour.messages.models import Claim, ClaimSeal, ClaimUse, ClaimVersion, ClaimWording
from candour.web.diff import signed_parts
from tests.approve_factories import CLAIM, FOOTNOTE
from tests.approve_factories import approved_claim as _approved
from tests.approve_factories import claim as _claim

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
TEXT = f"{CLAIM}.\n\n{g.MANDATORY}"


def claim(on: Ground, **more: object) -> Claim:
    return _claim(on, now=NOW, **more)


def approved(on: Ground, **more: object) -> Claim:
    return _approved(on, now=NOW, **more)


def sign(on: Ground, made: Claim, role: str, *, by: object = None, secret: str = g.PASSWORD, shown: str = "") -> ClaimSeal:
    made.refresh_from_db()
    shown = shown or queries.newest_claim_version(made).digest
    return claims.sign(by or on.reviewer(role), made, role, shown, secret, NOW)


def counted() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Claim, ClaimVersion, ClaimSeal, ClaimWording, ClaimUse))


def content(of: Claim) -> claims.Content:
    return claims.content_of(queries.newest_claim_version(of).content)


def test_two_signatures_approve_it_and_one_does_not(ground: Ground) -> None:
    made = claim(ground)
    sign(ground, made, "medical")
    made.refresh_from_db()
    assert (made.state, ClaimWording.objects.count()) == (ClaimState.DRAFT, 0)
    sign(ground, made, "regulatory")
    made.refresh_from_db()
    assert (made.state, ClaimWording.objects.get().text) == (ClaimState.APPROVED, CLAIM)


@pytest.mark.parametrize("case", ["author", "wrong secret", "other bytes", "again", "no such role", "wrong function"])
def test_a_refused_signature_changes_nothing(ground: Ground, case: str) -> None:
    made = claim(ground)
    if case == "again":
        sign(ground, made, "medical")
    before = counted()
    more = {
        "author": {"by": ground.author},
        "wrong secret": {"secret": "wrong"},
        "other bytes": {"shown": "0" * 64},
        "wrong function": {"by": ground.legal},
    }.get(case, {})
    with pytest.raises(Refusal):
        sign(ground, made, "legal" if case == "no such role" else "medical", **more)
    assert counted() == before


def test_an_edit_leaves_the_signature_with_the_words_it_was_given_for(ground: Ground) -> None:
    made = claim(ground)
    sign(ground, made, "medical")
    claims.save(ground.author, made, replace(content(made), title="Anders"), made.version, NOW)
    sign(ground, made, "regulatory")
    made.refresh_from_db()
    assert made.state == ClaimState.DRAFT, "medicine has not signed these words"
    with pytest.raises(Stale):
        claims.save(ground.author, made, content(made), 1, NOW)


@pytest.mark.parametrize(
    "broken",
    [
        {"title": " "},
        {"markets": ()},
        {"wordings": ()},
        {"references": ()},
        {"references": (claims.Reference("Label", "page", ""),)},
        {"references": (claims.Reference("Label", "somewhere", "4"),)},
        {"wordings": (claims.Words("", "Wirkt"),)},
        {"review_on": NOW.date()},
        {"markets": ("de", "us")},
    ],
)
def test_an_incomplete_claim_is_refused(ground: Ground, broken: dict[str, object]) -> None:
    made = claim(ground)
    before = counted()
    with pytest.raises(Refusal):
        claims.create(ground.author, ground.product, replace(content(made), **broken), NOW)
    assert counted() == before


def test_the_claims_at_signing_are_signed_and_kept(ground: Ground) -> None:
    made = approved(ground)
    message = g.approved(ground, TEXT)
    (row,) = json.loads(bytes(message.exact))["claims"]
    assert (row["claim"], row["wording"], row["footnote_there"]) == (made.code, CLAIM, False)
    assert row["references"] == [{"document": "Fachinformation Zovellark", "kind": "section", "anchor": "4.1", "dated": "2024-05-01"}]
    assert {signature.digest for signature in message.signatures.all()} == {message.digest}
    assert "without its footnote" in signed_parts(bytes(message.exact))["claims"]
    (use,) = queries.uses_in(message.version)
    assert message.text[use.start : use.end] == CLAIM
    assert [one.pk for one in queries.where_said(made).messages] == [message.pk]


def test_a_claim_without_its_footnote_is_signed_on_its_own_page(ground: Ground) -> None:
    approved(ground)
    lacks, whole = (g.submitted(ground, text) for text in (f"{TEXT} Eins.", f"{CLAIM}. {FOOTNOTE} {g.MANDATORY}"))
    told = [sign_many.why_alone(one.seals.get(role="medical")) for one in (lacks, whole)]
    assert ("footnote" in told[0], "footnote" in told[1]) == (True, False)


def test_a_text_without_a_claim_is_signed_as_before(ground: Ground) -> None:
    approved(ground)
    assert "claims" not in json.loads(bytes(g.approved(ground).exact))


@pytest.mark.parametrize("case", ["draft", "other market", "other language", "past its day", "other product"])
def test_only_an_approved_claim_of_this_market_and_language_links_itself(ground: Ground, case: str) -> None:
    made = claim(ground) if case == "draft" else approved(ground)
    draft = g.written(ground, TEXT)
    now = NOW + timedelta(days=366) if case == "past its day" else NOW
    if case == "other market":
        draft.market = "us"
    if case == "other language":
        draft.lang = "en"
    if case == "other product":
        draft.product = None
        draft.product_id = None
    hits, likely = claims.found_in(draft, TEXT, now)
    assert (hits, likely) == ([], [])
    assert queries.standing(made, now.date()) == {"draft": "draft", "past its day": "expired"}.get(case, "approved")


def test_the_footnote_and_near_words_are_told_while_writing(ground: Ground) -> None:
    made = approved(ground)
    draft = g.written(ground, TEXT)
    hits, _none = claims.found_in(draft, f"{CLAIM}. {FOOTNOTE}", NOW)
    assert [hit.found.footnote_there for hit in hits] == [True]
    hits, likely = claims.found_in(draft, "Zovellark lindert Kopfschmerzen sofort", NOW)
    assert [hit.wording.claim for hit in hits] == [made]
    hits, likely = claims.found_in(draft, "Zovellark lindert starke Kopfschmerzen.", NOW)
    assert ([], [made]) == (hits, [one.wording.claim for one in likely])


def test_a_renewal_takes_the_place_of_the_claim_once_it_is_signed(ground: Ground) -> None:
    old = approved(ground)
    new = claims.renew(ground.author, old, NOW, date(2029, 1, 1))
    old.refresh_from_db()
    assert (old.state, new.number) == (ClaimState.APPROVED, old.number + 1)
    for role in ("medical", "regulatory"):
        sign(ground, new, role)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == (ClaimState.REPLACED, ClaimState.APPROVED)
    draft = g.written(ground, TEXT)
    assert [hit.wording.claim for hit in claims.found_in(draft, TEXT, NOW)[0]] == [new]


def test_a_saved_draft_is_found_where_its_newest_text_says_it(ground: Ground) -> None:
    made = approved(ground)
    draft = g.written(ground, TEXT)
    assert [one.pk for one in queries.where_said(made).drafts] == [draft.pk]
    submit.save(ground.author, draft, "Etwas anderes", draft.version, NOW)
    assert queries.where_said(made).drafts == []
