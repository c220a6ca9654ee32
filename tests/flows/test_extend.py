"""An approval lasts longer only by the signed answer of the right reviewer, and never beyond what its reviewers signed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.states import ExtensionState
from candour.flows import extend, submit
from candour.flows.answers import Refusal, Stale
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, Extension

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
#: Thirty days before an approval of NOW ends.
LATE = NOW + timedelta(days=335)


def asked(on: Ground, message: ApprovedMessage | None = None, *, days: int = 200, now: datetime = LATE) -> Extension:
    message = message or g.approved(on)
    return extend.ask(on.author, message, (now + timedelta(days=days)).date(), "wird noch gebraucht", now)


def test_medicine_is_asked_and_its_signature_lets_it_last(ground: Ground) -> None:
    row = asked(ground)
    assert row.role == "medical"
    done = extend.decide(ground.medical, row, True, "", g.PASSWORD, LATE)
    message = ApprovedMessage.objects.get(pk=row.message_id)
    assert (done.state, message.valid_until) == (ExtensionState.GRANTED, row.until)
    assert (done.signature.signer, done.signature.digest) == (ground.medical, Signature.objects.get(pk=done.signature_id).digest)
    assert bytes(done.signature.shown) == extend.told(done, True, "")


def test_a_text_without_a_product_asks_the_first_function_that_sealed_it(ground: Ground) -> None:
    draft = submit.create_draft(
        ground.author, title="Fragen", account=ground.account, product=None, lang="de", text="Schreiben Sie uns.", now=NOW
    )
    message = g.signed(ground, submit.submit(ground.author, draft, draft.version, NOW))
    assert asked(ground, message).role == "legal"


def test_a_refusal_says_why_and_leaves_the_day_as_it_was(ground: Ground) -> None:
    row = asked(ground)
    with pytest.raises(Refusal):
        extend.decide(ground.medical, row, False, " ", g.PASSWORD, LATE)
    done = extend.decide(ground.medical, row, False, "neue Studie", g.PASSWORD, LATE)
    assert (done.state, ApprovedMessage.objects.get().valid_until) == (ExtensionState.REFUSED, row.before)
    with pytest.raises(Stale):
        extend.decide(ground.medical, row, True, "", g.PASSWORD, LATE)


@pytest.mark.parametrize("case", ["too early", "too far", "not later", "no reason", "withdrawn", "expired", "window", "twice", "reviewer"])
def test_a_refused_request_writes_nothing(ground: Ground, case: str) -> None:
    message, now, days, by, reason = g.approved(ground), LATE, 200, ground.author, "gebraucht"
    if case == "twice":
        asked(ground, message)
    if case == "withdrawn":
        message.withdrawn_at = NOW
    if case == "window":
        draft = g.written(ground)
        submit.save(ground.author, draft, f"{g.MENDED} Bis bald.", draft.version, NOW, window=(None, LATE + timedelta(days=20)))
        message = g.signed(ground, submit.submit(ground.author, draft, draft.version, NOW))
    now = {"too early": NOW, "expired": NOW + timedelta(days=366)}.get(case, now)
    days = {"too far": 400, "not later": 1}.get(case, days)
    before = Extension.objects.count()
    with pytest.raises(Refusal):
        extend.ask(
            ground.legal if case == "reviewer" else by,
            message,
            (now + timedelta(days=days)).date(),
            "" if case == "no reason" else reason,
            now,
        )
    assert Extension.objects.count() == before


@pytest.mark.parametrize("case", ["asker", "other function", "wrong secret", "over"])
def test_a_refused_answer_changes_nothing(ground: Ground, case: str) -> None:
    row = asked(ground)
    by = {"asker": ground.author, "other function": ground.legal}.get(case, ground.medical)
    now = LATE + timedelta(days=40) if case == "over" else LATE
    before, signed = ApprovedMessage.objects.get().valid_until, Signature.objects.count()
    with pytest.raises(Refusal):
        extend.decide(by, row, True, "", "wrong" if case == "wrong secret" else g.PASSWORD, now)
    row.refresh_from_db()
    assert (row.state, ApprovedMessage.objects.get().valid_until, Signature.objects.count()) == (ExtensionState.ASKED, before, signed)
