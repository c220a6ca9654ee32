"""One message in several texts: what goes to an account is exactly what its reviewers signed for that account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from candour.core.rights import Function
from candour.core.states import DraftState
from candour.flows import pause, publish, review, submit, variants, withdraw
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import accounts_in
from candour.flows.hold_back import embargo_on
from candour.flows.signed import differs_from_signed
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Draft, DraftVersion, Review, Withdrawal
from candour.people.rights import held_by
from candour.registry.models import Account
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db
SHORT = "Migräne ist keine Einbildung."


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


@pytest.fixture
def bluesky(on: make.Ground) -> Account:
    return factories.account("bluesky-de", network="bluesky", handle="@hollinqvist.de")


@pytest.fixture
def mastodon(on: make.Ground) -> Account:
    return factories.account("mastodon-de", network="mastodon", handle="@hollinqvist@sozial.example")


@pytest.fixture
def linkedin(on: make.Ground) -> Account:
    return factories.account("linkedin-de", network="linkedin", handle="hollinqvist-de")


def _give(on: make.Ground, main: Draft, account: Account, text: str = "") -> Draft:
    variant = variants.give(on.author, main, account, main.version, factories.now())
    if text:
        submit.save(on.author, variant, text, variant.version, factories.now())
    return variant


def _submit(on: make.Ground, main: Draft, **more: Any) -> Review:
    for text in queries.texts_of(main):
        factories.settle(on.author, text)
    versions = more.pop("versions", None) or {text.pk: text.version for text in queries.texts_of(main)}
    return variants.submit_together(on.author, main, versions, factories.now(), **more)


def test_from_then_on_the_main_text_goes_there_no_more_and_both_stand_in_the_history(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    assert main.also == [] and accounts_in(bytes(submit.last_version(main).exact)) == (on.account.key,)
    assert accounts_in(bytes(submit.last_version(variant).exact)) == (bluesky.key,)
    assert [row.text for row in variant.versions.order_by("number")] == [make.CLEAN, SHORT]
    assert main.versions.count() == 2


def test_each_text_is_signed_over_its_own_bytes_and_published_on_its_account_alone(
    on: make.Ground, bluesky: Account, linkedin: Account
) -> None:
    main = make.draft(on, also=[bluesky, linkedin])
    short, _middle = _give(on, main, bluesky, SHORT), _give(on, main, linkedin, SHORT + " Fragen Sie in Ihrer Praxis.")
    _submit(on, main)
    for running in Review.objects.all():
        make.sign_all(on, running)
    found = {row.account.key: row for row in ApprovedMessage.objects.all()}
    assert {key: row.text for key, row in found.items()} == {
        on.account.key: make.CLEAN,
        bluesky.key: SHORT,
        linkedin.key: SHORT + " Fragen Sie in Ihrer Praxis.",
    }
    for key, row in found.items():
        assert accounts_in(bytes(row.exact)) == (key,)
        assert {one.digest for one in row.signatures.all()} == {row.digest}
        others = [account for account in (on.account, bluesky, linkedin) if account.key != key]
        for other in others:
            with pytest.raises(Refusal, match="not signed for"):
                publish.publish(on.author, row, other, factories.now())
    sent = publish.publish(on.author, found[linkedin.key], linkedin, factories.now(), hand_to=on.author)
    assert sent.text == found[linkedin.key].text and differs_from_signed(sent) == ""
    short.refresh_from_db()
    assert short.state == DraftState.SIGNED


def test_they_are_submitted_all_or_none_and_the_refusal_names_the_account(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky, "Wort " * 100)
    before = DraftVersion.objects.count()
    with pytest.raises(Refusal) as refused:
        _submit(on, main)
    assert bluesky.handle in refused.value.why and "300" in refused.value.why
    assert not Review.objects.exists() and DraftVersion.objects.count() == before
    assert {row.state for row in Draft.objects.filter(pk__in=[main.pk, variant.pk])} == {DraftState.WRITING}


def test_a_blocking_rule_in_one_text_keeps_all_with_their_author(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, make.MENDED, product=on.product)
    _give(on, main, bluesky, make.BLOCKED)
    with pytest.raises(Refusal, match="DE-04-MISLEAD"):
        _submit(on, main)
    assert not Review.objects.exists()


def test_a_text_that_was_changed_since_the_page_was_made_is_not_submitted(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky)
    old = {main.pk: main.version, variant.pk: variant.version}
    submit.save(on.author, variant, SHORT, variant.version, factories.now())
    for versions in (old, {main.pk: main.version}):
        with pytest.raises(Stale):
            _submit(on, main, versions=versions)
    assert not Review.objects.exists()


def test_what_comes_back_from_its_reviewers_is_submitted_anew_alone(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky, SHORT)
    _submit(on, main)
    running = Review.objects.get(draft=variant)
    review.ask_changes(on.legal, running.seals.get(role="legal"), "Shorter", factories.now())
    variant.refresh_from_db()
    assert variants.to_submit(variant) == [variant]
    _submit(on, variant)
    assert Review.objects.filter(draft=main).count() == 1 and Review.objects.filter(draft=variant).count() == 2


def test_nobody_who_wrote_one_text_signs_another(on: make.Ground, bluesky: Account) -> None:
    both = factories.person("Ada Lindqvist", Function.AUTHOR, Function.LEGAL_REVIEWER, markets=("de",), certified=True)
    main = make.draft(on)
    variant = _give(on, main, bluesky)
    submit.save(both, variant, SHORT, variant.version, factories.now())
    running = _submit(on, main)
    seal = running.seals.get(role="legal")
    assert seal not in queries.seals_waiting_for(both, held_by(both, factories.now()))
    assert seal in queries.seals_waiting_for(on.legal, held_by(on.legal, factories.now()))
    with pytest.raises(Refusal, match="four eyes"):
        review.sign(both, seal, factories.PASSWORD, running.version.digest, factories.now())


def test_given_up_its_account_gets_the_main_text_again(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    back = variants.give_up(on.author, variant, variant.version, factories.now())
    assert back == main and back.also == [bluesky.key]
    assert accounts_in(bytes(submit.last_version(main).exact)) == (on.account.key, bluesky.key)
    variant.refresh_from_db()
    assert variant.state == DraftState.WITHDRAWN and variant.versions.count() == 2
    main.refresh_from_db()
    assert not queries.variants_of(main).exists()
    assert _give(on, main, bluesky).pk != variant.pk


def test_texts_are_divided_only_while_their_author_has_them(on: make.Ground, bluesky: Account, mastodon: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky, SHORT)
    _submit(on, main)
    main.refresh_from_db()
    variant.refresh_from_db()
    before = DraftVersion.objects.count()
    with pytest.raises(Refusal, match="while their author"):
        variants.give(on.author, main, mastodon, main.version, factories.now())
    with pytest.raises(Refusal, match="while their author"):
        variants.give_up(on.author, variant, variant.version, factories.now())
    assert DraftVersion.objects.count() == before


def test_one_account_has_one_text_and_a_variant_has_none_of_its_own(on: make.Ground, bluesky: Account, mastodon: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky)
    elsewhere = factories.account("bluesky-fr", network="bluesky", handle="@hollinqvist.fr", market_code="fr")
    for draft, account in ((main, bluesky), (main, on.account), (variant, mastodon)):
        with pytest.raises(Refusal):
            variants.give(on.author, draft, account, draft.version, factories.now())
    with pytest.raises(Refusal):
        variants.give(factories.person("Zoe", Function.AUTHOR, certified=True), main, elsewhere, main.version, factories.now())
    stranger = factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",), certified=True)
    with pytest.raises(Refusal):
        variants.give(stranger, main, mastodon, main.version, factories.now())
    assert Draft.objects.count() == 2


def test_an_embargo_on_the_main_text_holds_every_text_and_one_on_a_variant_only_that(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on)
    variant = _give(on, main, bluesky, SHORT)
    now = factories.now()
    _submit(on, main)
    first, second = (make.sign_all(on, Review.objects.get(draft=one)) for one in (main, variant))
    kept = pause.set_embargo(on.author, main, now + timedelta(days=3), "launch", now)
    assert embargo_on(first, now) == kept and embargo_on(second, now) == kept
    pause.lift_embargo(on.author, kept, "earlier", now)
    pause.set_embargo(on.author, variant, now + timedelta(days=3), "launch", now)
    assert embargo_on(first, now) is None and embargo_on(second, now) is not None


def _approved_texts(on: make.Ground, main: Draft) -> dict[str, ApprovedMessage]:
    _submit(on, main)
    for running in Review.objects.all():
        make.sign_all(on, running)
    return {row.account.key: row for row in ApprovedMessage.objects.all()}


def _withdraw(on: make.Ground, message: ApprovedMessage, *, whole: bool, seen: str = "") -> None:
    cause, now = withdraw.of_message(message, whole=whole), factories.now()
    withdraw.begin(on.lead, cause, "neue Warnung", factories.PASSWORD, seen or withdraw.reach_of(cause, now).seen, now)


def _in_use() -> set[str]:
    return set(ApprovedMessage.objects.filter(withdrawn_at=None).values_list("account__key", flat=True))


def test_a_message_is_withdrawn_in_all_its_texts_by_one_signature_that_says_so(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    _give(on, main, bluesky, SHORT)
    found = _approved_texts(on, main)
    _withdraw(on, found[bluesky.key], whole=True)
    row = Withdrawal.objects.get()
    assert _in_use() == set()
    assert row.signature.meaning == withdraw.WHOLE
    assert all(message.digest in bytes(row.exact).decode() for message in found.values())


def test_one_text_alone_is_withdrawn_where_that_is_asked(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    _give(on, main, bluesky, SHORT)
    found = _approved_texts(on, main)
    _withdraw(on, found[bluesky.key], whole=False)
    assert _in_use() == {on.account.key}
    assert Withdrawal.objects.get().signature.meaning == withdraw.MEANING[withdraw.MESSAGE]


def test_a_text_still_under_review_stops_with_its_message(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    _submit(on, main)
    make.sign_all(on, Review.objects.get(draft=main))
    approved = ApprovedMessage.objects.get()
    assert list(withdraw.reach_of(withdraw.of_message(approved, whole=True), factories.now()).drafts) == [variant]
    _withdraw(on, approved, whole=True)
    variant.refresh_from_db()
    assert variant.state != DraftState.IN_REVIEW and Review.objects.get(draft=variant).ended_at is not None


def test_a_text_that_was_approved_since_the_page_was_made_is_shown_first(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    _submit(on, main)
    make.sign_all(on, Review.objects.get(draft=main))
    approved = ApprovedMessage.objects.get()
    seen = withdraw.reach_of(withdraw.of_message(approved, whole=True), factories.now()).seen
    make.sign_all(on, Review.objects.get(draft=variant))
    with pytest.raises(Stale):
        _withdraw(on, approved, whole=True, seen=seen)
    assert _in_use() == {on.account.key, bluesky.key} and not Withdrawal.objects.exists()


def test_a_text_takes_over_the_window_of_the_main_one_and_keeps_its_words(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    begins, ends = factories.now() + timedelta(days=1), factories.now() + timedelta(days=9)
    assert not variants.lags(variant)
    submit.save(on.author, main, make.CLEAN, main.version, factories.now(), window=(begins, ends))
    variant = Draft.objects.get(pk=variant.pk)
    assert variants.lags(variant)
    variants.follow(on.author, variant, variant.version, factories.now())
    variant, main = Draft.objects.get(pk=variant.pk), Draft.objects.get(pk=main.pk)
    assert (variant.wanted_from, variant.wanted_until) == (main.wanted_from, main.wanted_until)
    assert submit.last_version(variant).text == SHORT and not variants.lags(variant)


def test_nothing_is_taken_over_by_the_main_text_from_an_old_page_or_under_review(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on, also=[bluesky])
    variant = _give(on, main, bluesky, SHORT)
    submit.save(on.author, main, make.CLEAN, main.version, factories.now(), window=(None, factories.now() + timedelta(days=9)))
    before = variant.versions.count()
    with pytest.raises(Refusal, match="main text"):
        variants.follow(on.author, Draft.objects.get(pk=main.pk), main.version, factories.now())
    with pytest.raises(Stale):
        variants.follow(on.author, Draft.objects.get(pk=variant.pk), variant.version - 1, factories.now())
    _submit(on, main)
    variant = Draft.objects.get(pk=variant.pk)
    with pytest.raises(Refusal, match="while their author has them"):
        variants.follow(on.author, variant, variant.version, factories.now())
    assert variant.wanted_until is None and variant.versions.count() == before + 1  # what was submitted
