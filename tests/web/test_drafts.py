"""Drafts: the list, the editor, the check while typing, two editors, answers, submission."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows import submit, variants
from candour.journal.models import Entry
from candour.messages.models import CheckRun, Draft, DraftVersion, FindingAnswer, Review
from candour.people.models import User
from candour.registry.models import Account
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _post(client: Client, name: str, draft: Draft, **data: object):
    return client.post(reverse(name, args=[draft.pk]), {"version": draft.version, "title": draft.title, **data})


def test_the_list_shows_what_is_mine_to_see_and_nothing_of_another_market(on: make.Ground) -> None:
    draft = make.draft(on)
    stranger = factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",))
    assert draft.title in signed_in(on.author).get(reverse("drafts"), {"tab": "all"}).content.decode()
    answer = signed_in(stranger).get(reverse("drafts"), {"tab": "all"})
    assert draft.title not in answer.content.decode()
    assert signed_in(stranger).get(reverse("draft", args=[draft.pk])).status_code == 404


@pytest.mark.parametrize("name", ["draft-check", "draft-save", "draft-submit", "draft-answer"])
def test_every_act_on_an_unseen_draft_answers_404_and_changes_nothing(on: make.Ground, name: str) -> None:
    draft = make.draft(on)
    stranger = factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",))
    before = Entry.objects.count()
    assert _post(signed_in(stranger), name, draft, text="other words").status_code == 404
    assert Entry.objects.count() == before


def test_the_editor_marks_the_words_and_says_which_rule_blocks(on: make.Ground) -> None:
    draft = make.draft(on, make.BLOCKED, product=on.product)
    page = signed_in(on.author).get(reverse("draft", args=[draft.pk])).content.decode()
    assert "DE-04-MISLEAD blocks this text" in page
    assert "garantiert ohne Nebenwirkungen</mark>" in page
    assert "HWG § 3" in page
    assert reverse("draft-submit", args=[draft.pk]) not in page


def test_the_live_check_judges_what_is_typed_and_stores_nothing(on: make.Ground) -> None:
    draft = make.draft(on, make.CLEAN, product=on.product)
    before = Entry.objects.count()
    answer = _post(signed_in(on.author), "draft-check", draft, text=make.BLOCKED, part="1")
    part = answer.content.decode()
    assert "DE-04-MISLEAD" in part
    assert all(f'id="{region}"' in part for region in ("ap-verdict", "ap-findings", "ap-reading", "ap-count", "ap-can"))
    assert "<html" not in part
    assert (Entry.objects.count(), CheckRun.objects.count()) == (before, 0)


def test_the_check_button_answers_a_whole_page_that_keeps_the_typed_words(on: make.Ground) -> None:
    draft = make.draft(on, make.CLEAN, product=on.product)
    page = _post(signed_in(on.author), "draft-check", draft, text=make.BLOCKED).content.decode()
    assert "<html" in page
    assert "garantiert ohne Nebenwirkungen" in page
    assert "Not kept yet" in page


def test_keeping_a_draft_adds_a_version_and_its_check(on: make.Ground) -> None:
    draft = make.draft(on, make.CLEAN, product=on.product)
    client = signed_in(on.author)
    assert _post(client, "draft-save", draft, text=make.MENDED.replace("\n", "\r\n")).status_code == 302
    newest = draft.versions.order_by("-number").first()
    assert (newest.number, newest.text) == (2, make.MENDED)
    assert newest.checks.count() == 1
    assert "Draft kept on the server" in client.get(reverse("draft", args=[draft.pk])).content.decode()


def test_keeping_the_same_words_writes_nothing(on: make.Ground) -> None:
    draft = make.draft(on)
    before = Entry.objects.count()
    assert _post(signed_in(on.author), "draft-save", draft, text=make.CLEAN).status_code == 302
    assert Entry.objects.count() == before


def test_the_second_editor_sees_both_texts_and_loses_nothing(on: make.Ground) -> None:
    draft = make.draft(on)
    other = factories.person("Ada Lindqvist", Function.AUTHOR, markets=("de",), certified=True)
    assert _post(signed_in(other), "draft-save", draft, text="Adas Fassung ist da.").status_code == 302
    answer = _post(signed_in(on.author), "draft-save", draft, text="Tomas schreibt anders.")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ada Lindqvist kept another text meanwhile" in page
    assert "Tomas schreibt anders.</textarea>" in page
    assert "Adas Fassung" in page
    assert DraftVersion.objects.filter(draft=draft).count() == 2
    assert not DraftVersion.objects.filter(text__contains="Tomas").exists()


@pytest.mark.parametrize("number", ["", "x", "-1", "9999999999999999999", "1.5"])
def test_a_version_that_is_no_number_is_stale_and_never_an_error(on: make.Ground, number: str) -> None:
    draft = make.draft(on)
    answer = signed_in(on.author).post(reverse("draft-save", args=[draft.pk]), {"version": number, "text": "neu", "title": "T"})
    assert answer.status_code == 409
    assert DraftVersion.objects.filter(draft=draft).count() == 1


def test_submitting_with_a_blocking_finding_is_refused_keeps_the_words_and_opens_no_review(on: make.Ground) -> None:
    draft = make.draft(on, make.CLEAN, product=on.product)
    answer = _post(signed_in(on.author), "draft-submit", draft, text=make.BLOCKED, note="eilig")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "DE-04-MISLEAD blocks this text" in page
    assert 'value="eilig"' in page
    assert not Review.objects.exists()
    assert Entry.objects.filter(act="draft.submit.refused").exists()


def test_submitting_typed_words_keeps_them_and_opens_the_review_of_exactly_these(on: make.Ground) -> None:
    draft = make.draft(on, make.CLEAN, product=on.product)
    answer = _post(signed_in(on.author), "draft-submit", draft, text=make.MENDED, note="Nur ein Wort neu")
    review = Review.objects.get()
    assert answer.headers["Location"] == reverse("review", args=[review.pk])
    assert (review.version.text, review.note, review.seals.count()) == (make.MENDED, "Nur ein Wort neu", 3)


def test_without_a_certificate_the_course_is_offered_instead_of_the_button(on: make.Ground) -> None:
    apprentice = factories.person("Ada Lindqvist", Function.AUTHOR, markets=("de",))
    draft = make.draft(on)
    page = signed_in(apprentice).get(reverse("draft", args=[draft.pk])).content.decode()
    assert "You have no certificate yet." in page
    assert reverse("draft-submit", args=[draft.pk]) not in page


def test_an_answer_folds_the_finding_and_outlives_an_edit_elsewhere(on: make.Ground) -> None:
    draft = make.draft(on, make.FEARFUL, product=on.product)
    client = signed_in(on.author)
    given = {"rule": "DE-09-FEAR-CHILD-PRIZE", "answer": "justify", "reason": "Abschnitt 4.4 der Fachinformation"}
    for rule in (given["rule"], "EU-04-RATIONAL"):
        assert _post(client, "draft-answer", draft, **given | {"rule": rule}).status_code == 302
    page = client.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "Every finding is answered" in page
    assert "Justified: Abschnitt 4.4" in page
    assert _post(client, "draft-save", draft, text=make.FEARFUL + " Danke.").status_code == 302
    assert "Every finding is answered" in client.get(reverse("draft", args=[draft.pk])).content.decode()


def test_an_answer_does_not_cover_other_words_of_the_same_rule(on: make.Ground) -> None:
    draft = make.draft(on, make.FEARFUL, product=on.product)
    client = signed_in(on.author)
    _post(client, "draft-answer", draft, rule="DE-09-FEAR-CHILD-PRIZE", answer="justify", reason="Abschnitt 4.4")
    raffle = f"Gewinnspiel: Wir verlosen 20 Packungen Zovellark gegen Kopfschmerzen.\n\n{make.MANDATORY}"
    _post(client, "draft-save", draft, text=raffle)
    page = client.get(reverse("draft", args=[draft.pk])).content.decode()
    assert "1 finding wants an answer" in page


@pytest.mark.parametrize(
    ("answer", "reason", "status"),
    [("justify", "", 400), ("justify", "   ", 400), ("never", "because", 400)],
    ids=["none", "blank", "unknown"],
)
def test_a_wrong_answer_is_refused_and_nothing_is_kept(on: make.Ground, answer: str, reason: str, status: int) -> None:
    draft = make.draft(on, make.FEARFUL, product=on.product)
    got = _post(signed_in(on.author), "draft-answer", draft, rule="DE-09-FEAR-CHILD-PRIZE", answer=answer, reason=reason)
    assert got.status_code == status
    assert not FindingAnswer.objects.exists()


def test_a_reviewer_reads_the_draft_without_a_field_and_may_not_answer(on: make.Ground) -> None:
    draft = make.draft(on, make.FEARFUL, product=on.product)
    client = signed_in(on.medical)
    assert "<textarea" not in client.get(reverse("draft", args=[draft.pk])).content.decode()
    got = _post(client, "draft-answer", draft, rule="DE-09-FEAR-CHILD-PRIZE", answer="justify", reason="so")
    assert got.status_code == 403
    assert not FindingAnswer.objects.exists() and not CheckRun.objects.exists()


def test_editing_under_review_warns_first_and_voids_every_seal_visibly(on: make.Ground) -> None:
    review = make.review(on)
    draft, client = review.draft, signed_in(on.author)
    assert "makes every seal void" in client.get(reverse("draft", args=[draft.pk])).content.decode()
    draft.refresh_from_db()
    assert _post(client, "draft-save", draft, text=make.MENDED + " Danke.").status_code == 302
    assert {seal.state for seal in review.seals.all()} == {"void"}
    assert "The text was edited after it was submitted." in client.get(reverse("review", args=[review.pk])).content.decode()


def test_a_new_draft_keeps_what_was_typed_when_something_is_missing(on: make.Ground) -> None:
    client = signed_in(on.author)
    answer = client.post(reverse("draft-new"), {"title": "", "account": on.account.key, "text": "Noch ohne Titel", "lang": "de"})
    assert answer.status_code == 400
    assert "Noch ohne Titel" in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_draft_from_an_approved_message_remembers_it(on: make.Ground) -> None:
    message = make.approved(on)
    client = signed_in(on.author)
    assert make.MENDED.split("\n")[0] in client.get(reverse("draft-new"), {"from": message.key}).content.decode()
    fields = {"title": "Neu", "account": on.account.key, "product": "zovellark", "text": make.CLEAN, "lang": "de", "from": message.key}
    assert client.post(reverse("draft-new"), fields).status_code == 302
    assert Draft.objects.latest("pk").based_on == message


def test_nobody_writes_for_an_account_outside_their_grant(on: make.Ground) -> None:
    factories.market("fr", "France", "Europe/Paris")
    other = factories.account("newsroom-fr", handle="hollinqvist.fr", market_code="fr")
    fields = {"title": "T", "account": other.key, "text": "Bonjour", "lang": "fr"}
    assert signed_in(on.author).post(reverse("draft-new"), fields).status_code == 400
    assert signed_in(on.medical).post(reverse("draft-new"), fields).status_code == 403
    assert not Draft.objects.exists()


def test_words_that_look_like_markup_stay_words(on: make.Ground) -> None:
    draft = make.draft(on, "<script>alert(1)</script> \u202egnihtyna")
    page = signed_in(on.author).get(reverse("draft", args=[draft.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "U+202E" in page


def test_the_count_is_the_networks_own(on: make.Ground) -> None:
    bluesky = factories.account("bluesky-de", network="bluesky", handle="@hollinqvist.example")
    on.account = bluesky
    draft = make.draft(on, "👩‍⚕️" * 301)
    page = signed_in(on.author).get(reverse("draft", args=[draft.pk])).content.decode()
    assert "301 of 300 characters as Bluesky counts" in page
    assert "1 too many" in page


# texts of their own


@pytest.fixture
def bluesky(on: make.Ground) -> Account:
    return factories.account("bluesky-de", network="bluesky", handle="@hollinqvist.de")


def _page(client: Client, draft: Draft) -> str:
    return client.get(reverse("draft", args=[draft.pk])).content.decode()


def test_the_editor_gives_an_account_its_own_text_and_shows_both_with_their_length(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    assert f'value="{bluesky.key}"' in _page(client, main)
    answer = client.post(reverse("draft-variant", args=[main.pk]), {"version": main.version, "account": bluesky.key})
    variant = Draft.objects.get(variant_of=main)
    assert answer.url == reverse("draft", args=[variant.pk])
    for draft in (main, variant):
        words = _page(client, draft)
        assert "Texts of this message" in words
        assert f"{len(make.CLEAN)}/300" in words
        assert reverse("draft", args=[main.pk]) in words and reverse("draft", args=[variant.pk]) in words


def test_the_previews_of_the_main_text_show_each_account_with_its_own_words(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    variant = variants.give(on.author, main, bluesky, main.version, factories.now())
    submit.save(on.author, variant, "Kurz gesagt: keine Einbildung.", variant.version, factories.now())
    main.refresh_from_db()
    looks = _page(client, main).split('id="ap-previews"')[1]
    assert "Kurz gesagt: keine Einbildung." in looks and "30 of 300 characters as Bluesky counts" in looks
    part = _post(client, "draft-check", main, text="Anders getippt.", part="1").content.decode()
    assert "Anders getippt." in part and "Kurz gesagt: keine Einbildung." in part


def test_a_text_whose_main_one_got_another_window_says_so_and_takes_it_over(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    variant = variants.give(on.author, main, bluesky, main.version, factories.now())
    assert "another window or picture" not in _page(client, variant)
    main.refresh_from_db()
    submit.save(on.author, main, make.CLEAN, main.version, factories.now(), window=(None, factories.now() + timedelta(days=9)))
    assert "another window or picture" in _page(client, variant)
    variant.refresh_from_db()
    client.post(reverse("draft-variant-follow", args=[variant.pk]), {"version": variant.version})
    assert "another window or picture" not in _page(client, variant)
    assert Draft.objects.get(pk=variant.pk).wanted_until == Draft.objects.get(pk=main.pk).wanted_until


def test_the_page_submits_every_text_it_shows(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    variant = variants.give(on.author, main, bluesky, main.version, factories.now())
    factories.settle(on.author, main)
    factories.settle(on.author, variant)
    main.refresh_from_db()
    words = _page(client, main)
    assert "With it goes 1 other text of this message, all or none." in words
    field = f"version-{variant.pk}"
    assert f'name="{field}" value="{variant.version}"' in words
    assert _post(client, "draft-submit", main, text=make.CLEAN).status_code == 409
    assert not Review.objects.exists()
    assert _post(client, "draft-submit", main, text=make.CLEAN, **{field: variant.version}).status_code == 302
    assert {one.draft_id for one in Review.objects.all()} == {main.pk, variant.pk}
    review = Review.objects.get(draft=main)
    shown = signed_in(on.legal).get(reverse("review", args=[review.pk])).content.decode()
    assert reverse("review", args=[Review.objects.get(draft=variant).pk]) in shown


def test_giving_up_leads_back_to_the_main_text(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    variant = variants.give(on.author, main, bluesky, main.version, factories.now())
    answer = client.post(reverse("draft-variant-end", args=[variant.pk]), {"version": variant.version})
    assert answer.url == reverse("draft", args=[main.pk])
    assert "Texts of this message" not in _page(client, main)


def test_a_refused_division_says_why_and_stands_in_the_journal(on: make.Ground, bluesky: Account) -> None:
    main, client = make.draft(on), signed_in(on.author)
    answer = client.post(reverse("draft-variant", args=[main.pk]), {"version": main.version + 1, "account": bluesky.key})
    assert answer.status_code == 409 and "Somebody else saved this draft" in answer.content.decode()
    assert Entry.objects.filter(act="draft.variant.refused").exists()
    assert Draft.objects.count() == 1


def test_a_message_names_its_other_texts(on: make.Ground, bluesky: Account) -> None:
    main = make.draft(on)
    variant = variants.give(on.author, main, bluesky, main.version, factories.now())
    for text in (main, variant):
        factories.settle(on.author, text)
    variants.submit_together(on.author, main, {main.pk: main.version, variant.pk: variant.version}, factories.now())
    first, second = (make.sign_all(on, Review.objects.get(draft=one)) for one in (main, variant))
    words = signed_in(on.author).get(reverse("message", args=[first.key])).content.decode()
    assert "Other texts of this message" in words and reverse("message", args=[second.key]) in words
