"""Translations: kept by whoever may write, certified pair by pair by somebody else, and only what the machine finds the same."""

from __future__ import annotations

import pytest

from candour.core.rights import Function as F
from candour.core.signing import digest
from candour.flows.answers import Refusal, Stale
from candour.flows.translate import MEANING, certified_pairs, certify, mismatches, pair_bytes, pieces_of, save_translation
from candour.flows.travel import CERTIFIED, UNCERTIFIED
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, CertifiedSentence, Translation
from candour.people.models import User
from tests import approve_factories as approving
from tests import factories
from tests.reuse_factories import FRENCH, GERMAN, Abroad, abroad, certified, looked, sentences_of, translated

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Abroad:
    return abroad()


@pytest.fixture
def plain(place: Abroad) -> ApprovedMessage:
    return approving.approved(place.home, GERMAN, title="Ein Tagebuch für die Migräne", product=None)


def not_certified(by: User, row: Translation, **other: object) -> Refusal:
    """Try to certify; it is refused and nothing is signed."""
    given = {"numbers": sentences_of(row.source), "secret": factories.PASSWORD, "seen": row.digest} | other
    before = Signature.objects.count()
    with pytest.raises(Refusal) as told:
        certify(by, row, given["numbers"], given["secret"], given["seen"], factories.now())
    assert (Signature.objects.count(), CertifiedSentence.objects.count()) == (before, 0)
    return told.value


def test_title_and_every_sentence_are_pieces(plain: ApprovedMessage) -> None:
    assert pieces_of(plain)[0] == plain.title and pieces_of(plain)[-1] == ""
    assert " ".join(pieces_of(plain)[1:-1]) == GERMAN


def test_each_sentence_gets_a_signature_over_its_pair(place: Abroad, plain: ApprovedMessage) -> None:
    row = certified(place, plain)
    rows = CertifiedSentence.objects.order_by("number")
    assert [one.number for one in rows] == sentences_of(plain)
    for one in rows:
        shown = pair_bytes(row, one.number, pieces_of(plain)[one.number])
        assert one.digest == one.signature.digest == digest(shown)
        assert (one.signature.signer, one.signature.meaning) == (place.lead, MEANING)
    assert len({one.digest for one in rows}) == len(rows)
    assert looked(plain, place.accounts["fr"]).standing == CERTIFIED


def test_the_text_keeps_the_paragraphs_of_its_source(place: Abroad) -> None:
    message = approving.approved(place.home, GERMAN.replace(". Es", ".\n\nEs"), title="Ein Tagebuch", product=None)
    assert translated(place, message).text == f"{FRENCH[1]} {FRENCH[2]}\n\n{FRENCH[3]}"


@pytest.mark.parametrize("cut", [FRENCH[:-1], (*FRENCH[:2], "", *FRENCH[3:]), (*FRENCH[:-1], "une image")])
def test_a_missing_or_added_sentence_is_refused(place: Abroad, plain: ApprovedMessage, cut: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="every sentence"):
        translated(place, plain, cut)
    assert not Translation.objects.exists()


def test_a_translation_into_its_own_language_is_none(place: Abroad, plain: ApprovedMessage) -> None:
    with pytest.raises(Refusal, match="already"):
        save_translation(place.writer, plain, "ch", "de", pieces_of(plain), factories.now())


def test_the_same_wording_is_kept_once(place: Abroad, plain: ApprovedMessage) -> None:
    assert translated(place, plain).pk == translated(place, plain).pk


def test_whoever_wrote_it_does_not_certify_it(place: Abroad, plain: ApprovedMessage) -> None:
    row = save_translation(place.lead, plain, "fr", "fr", FRENCH, factories.now())
    assert "four eyes" in not_certified(place.lead, row).why


def test_a_right_and_a_certificate_are_needed(place: Abroad, plain: ApprovedMessage) -> None:
    row = translated(place, plain)
    assert "no function" in not_certified(factories.person("Ada", F.COUNTRY_LEAD, markets=("ch",), certified=True), row).why
    assert "no certificate" in not_certified(factories.person("Ada", F.COUNTRY_LEAD, markets=("fr",)), row).why


def test_every_sentence_is_ticked_or_none_is_signed(place: Abroad, plain: ApprovedMessage) -> None:
    row = translated(place, plain)
    for ticked in ([], sentences_of(plain)[:-1], [*sentences_of(plain), 99]):
        assert "every sentence" in not_certified(place.lead, row, numbers=ticked).why


def test_a_wrong_secret_or_another_digest_signs_nothing(place: Abroad, plain: ApprovedMessage) -> None:
    row = translated(place, plain)
    assert "password" in not_certified(place.lead, row, secret="wrong").why
    assert isinstance(not_certified(place.lead, row, seen="0" * 64), Stale)


def test_a_newer_wording_takes_the_place_of_the_older_one(place: Abroad, plain: ApprovedMessage) -> None:
    old = translated(place, plain)
    new = translated(place, plain, (FRENCH[0], "Beaucoup de gens notent leurs crises de migraine.", *FRENCH[2:]))
    assert isinstance(not_certified(place.lead, old), Stale)
    assert looked(plain, place.accounts["fr"]).translation == new


def test_a_newer_wording_loses_the_certificate_of_the_older_one(place: Abroad, plain: ApprovedMessage) -> None:
    certified(place, plain)
    translated(place, plain, (FRENCH[0], "Beaucoup de gens notent leurs crises de migraine.", *FRENCH[2:]))
    assert looked(plain, place.accounts["fr"]).standing == UNCERTIFIED


@pytest.mark.parametrize(
    ("number", "words", "kind"),
    [
        (2, "Le journal nomme un médicament.", "negation"),
        (3, "Il compte 20 pages pour chaque mois.", "number"),
        (3, "Il compte des pages pour chaque mois.", "number"),
        (1, "Beaucoup de personnes notent leurs crises de migraine, voyez www.autre.example.", "link"),
        (1, "Beaucoup de personnes notent leurs crises de migraine avec Zovellark.", "product"),
    ],
)
def test_a_translation_that_changes_what_must_stay_is_refused(
    place: Abroad, plain: ApprovedMessage, number: int, words: str, kind: str
) -> None:
    row = translated(place, plain, (*FRENCH[:number], words, *FRENCH[number + 1 :]))
    assert kind in {one.kind for one in mismatches(row, factories.now())}
    told = not_certified(place.lead, row)
    assert f"sentence {number + 1}" in told.why and told.status == 409


def test_a_withdrawn_source_is_neither_translated_nor_certified(place: Abroad, plain: ApprovedMessage) -> None:
    row = translated(place, plain)
    with acting(place.lead, "test"):
        plain.withdrawn_at = factories.now()
        plain.save()
    assert "withdrawn" in not_certified(place.lead, row).why
    with pytest.raises(Refusal, match="withdrawn"):
        translated(place, plain, (*FRENCH[:1], "Autre chose.", *FRENCH[2:]))


def test_a_certificate_of_other_words_proves_nothing(place: Abroad, plain: ApprovedMessage) -> None:
    row = certified(place, plain)
    row.pieces = [row.pieces[0], "Autre chose.", *row.pieces[2:]]
    assert certified_pairs(row, factories.now()) == 0
