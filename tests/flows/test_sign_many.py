"""Several seals by one secret: only identical decisions, each with a signature of its own, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.review import MessageKind
from candour.flows import annotate, review, submit
from candour.flows.answers import Refusal
from candour.flows.sign_many import MOST, groups, sign_many
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, Review, Seal
from candour.people.models import User
from tests import factories

from . import ground as g
from .landing_pages import landing_pages

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
SEALING = (*g.DRAFTS, "approval_annotation")


def _template(on: Ground, text: str, **more: object) -> Review:
    fields = {"product": None, "kind": MessageKind.REPLY_TEMPLATE.value, "title": text[:20]} | more
    draft = submit.create_draft(on.author, account=on.account, lang="de", text=text, now=NOW, **fields)
    return submit.submit(on.author, factories.settle(on.author, draft, NOW), draft.version, NOW)


@pytest.fixture
def three(ground: Ground) -> list[Review]:
    return [_template(ground, f"Danke für Ihre Nachricht, Fassung {number}.") for number in range(3)]


def _seals(reviews: Sequence[Review], role: str = "legal") -> list[Seal]:
    return [one.seals.get(role=role) for one in reviews]


def _digests(reviews: Sequence[Review], role: str = "legal") -> dict[int, str]:
    return {one.seals.get(role=role).pk: one.version.digest for one in reviews}


def _together(by: User, reviews: Sequence[Review], secret: str = g.PASSWORD, role: str = "legal") -> list[Signature]:
    return sign_many(by, _seals(reviews, role), _digests(reviews, role), secret, NOW)


def test_three_alike_are_one_decision_and_three_signatures(ground: Ground, three: list[Review]) -> None:
    assert [len(group) for group in groups(_seals(three))] == [3]
    signed = _together(ground.legal, three)
    assert len({one.pk for one in signed}) == 3
    assert {one.digest for one in signed} == {one.version.digest for one in three}
    assert {bytes(one.shown) for one in signed} == {bytes(one.version.exact) for one in three}
    for one in three:
        for role in set(one.seals.values_list("role", flat=True)) - {"legal"}:
            if not one.seals.get(role=role).advisory:
                review.sign(ground.reviewer(role), one.seals.get(role=role), g.PASSWORD, one.version.digest, NOW)
    assert ApprovedMessage.objects.count() == 3


def test_a_wrong_secret_signs_none(ground: Ground, three: list[Review]) -> None:
    g.refused(lambda: _together(ground.legal, three, "wrong"), *SEALING)
    assert User.objects.get(pk=ground.legal.pk).failed_attempts == 1


def test_one_wrong_digest_signs_none(ground: Ground, three: list[Review]) -> None:
    digests = _digests(three) | {_seals(three)[1].pk: three[0].version.digest}
    g.refused(lambda: sign_many(ground.legal, _seals(three), digests, g.PASSWORD, NOW), *SEALING)


def test_sent_twice_signs_once(ground: Ground, three: list[Review]) -> None:
    _together(ground.legal, three)
    g.refused(lambda: _together(ground.legal, three), *SEALING)


def test_one_signed_meanwhile_signs_none_of_the_others(ground: Ground, three: list[Review]) -> None:
    review.sign(ground.legal, _seals(three)[1], g.PASSWORD, three[1].version.digest, NOW)
    g.refused(lambda: _together(ground.legal, three), *SEALING)


def test_other_roles_are_not_the_same_decision(ground: Ground, three: list[Review]) -> None:
    mixed = [*_seals(three[:2]), three[2].seals.get(role="regulatory")]
    digests = {seal.pk: seal.review.version.digest for seal in mixed}
    g.refused(lambda: sign_many(ground.legal, mixed, digests, g.PASSWORD, NOW), *SEALING)


def test_a_product_is_another_decision(ground: Ground, three: list[Review]) -> None:
    other = g.submitted(ground)
    assert [len(group) for group in groups(_seals([*three, other]))] == [3]
    g.refused(lambda: _together(ground.legal, [three[0], other]), *SEALING)


def test_an_open_note_asks_for_its_own_page(ground: Ground, three: list[Review]) -> None:
    annotate.annotate(ground.regulatory, three[0], "question", "Wirklich?", NOW)
    assert [len(group) for group in groups(_seals(three))] == [2]
    assert "own page" in g.refused(lambda: _together(ground.legal, three), *SEALING).why


def test_a_finding_asks_for_its_own_page(ground: Ground) -> None:
    found = f"Kopfschmerzen? Handeln, bevor es zu spät ist, mit Zovellark. {g.MANDATORY}"
    two = [g.submitted(ground, found), g.submitted(ground, found)]
    assert groups(_seals(two)) == []
    g.refused(lambda: _together(ground.legal, two), *SEALING)


def test_a_changed_page_asks_for_its_own_page(ground: Ground) -> None:
    with landing_pages() as pages:
        two = [_template(ground, f"Danke, Fassung {number}.", links=[pages.address()]) for number in range(2)]
        assert [len(group) for group in groups(_seals(two))] == [2]
        pages.at["/page"] = (200, "<p>Something else</p>")
        later = NOW + timedelta(minutes=20)
        with pytest.raises(Refusal, match="has changed since"):
            sign_many(ground.legal, _seals(two), _digests(two), g.PASSWORD, later)
        assert not Signature.objects.filter(signer=ground.legal).exists()


def test_one_alone_or_a_crowd_is_not_several(ground: Ground, three: list[Review]) -> None:
    g.refused(lambda: _together(ground.legal, three[:1]), *SEALING)
    g.refused(lambda: sign_many(ground.legal, _seals(three[:1]) * (MOST + 1), {}, g.PASSWORD, NOW), *SEALING)
