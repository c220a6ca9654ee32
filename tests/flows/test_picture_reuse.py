"""A picture travels with its message: same digest, same signature rules; words that stand in it were translated by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from candour.core.reuse import Answer
from candour.flows import publish, show_picture, submit
from candour.flows.exact import parts_of
from candour.flows.pictures import Rights
from candour.flows.signed import differs_from_signed
from candour.flows.travel import CERTIFIED, UNCERTIFIED
from candour.messages.models import ApprovedMessage
from tests import approve_factories as approving
from tests import factories
from tests.pictures import photograph
from tests.reuse_factories import FRENCH, GERMAN, Abroad, abroad, certified, go, looked

pytestmark = pytest.mark.django_db
ALT = "Ein Heft auf einem Tisch."


@pytest.fixture
def place() -> Abroad:
    return abroad()


def shown(place: Abroad, within: str = "") -> ApprovedMessage:
    """An approved text that shows a picture."""
    on, now = place.home, factories.now()
    draft = approving.draft(on, GERMAN, title="Ein Tagebuch für die Migräne")
    words = {"alt_text": ALT, "picture_words": within}
    show_picture.upload(on.author, draft, photograph(), "heft.jpg", Rights(), draft.version, now, text=GERMAN, words=words)
    return approving.sign_all(on, submit.submit(on.author, factories.settle(on.author, draft), draft.version, now))


def test_a_message_reused_by_one_signature_shows_the_same_picture(place: Abroad) -> None:
    source = shown(place)
    assert looked(source, place.accounts["ch"]).decision.answer == Answer.LIVE
    made = ApprovedMessage.objects.get(reused_from=go(place.lead, source, place.accounts["ch"]))
    signed = parts_of(bytes(made.exact))
    assert (signed["media"], signed["alt_text"]) == ([source.version.picture_id], ALT)
    row = publish.publish(place.writer, made, made.account, factories.now(), due_at=factories.now() + timedelta(hours=1))
    assert differs_from_signed(row) == ""


def test_a_certificate_does_not_cover_words_that_stand_in_the_picture(place: Abroad) -> None:
    pieces = (*FRENCH[:-1], "Un cahier sur une table.")
    plain, worded = shown(place), shown(place, within="Mein Tagebuch")
    for source, standing in ((plain, CERTIFIED), (worded, UNCERTIFIED)):
        certified(place, source, pieces)
        look = looked(source, place.accounts["fr"])
        assert look.standing == standing
        assert parts_of(look.exact)["media"] == [source.version.picture_id]
    assert looked(worded, place.accounts["fr"]).decision.answer == Answer.ASK
