"""The case: from the four criteria to the receipt, by plain forms; the second writer is refused and loses nothing."""

from __future__ import annotations

from datetime import timedelta

import factories as make
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from candour.cases import actions as cases
from candour.cases.models import Case, Duty, Happening, Presence, Receipt, Reply
from candour.core.rights import Function
from candour.core.signing import digest
from candour.core.states import DutyState
from candour.core.terms import DutyKind
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.journal.keys import vault
from candour.journal.signatures import sign_bytes
from candour.messages.models import ApprovedMessage, Publication
from candour.web.timeline import lines_of

pytestmark = pytest.mark.django_db
COMMUNITY, SAFETY = Function.COMMUNITY_MANAGER, Function.DRUG_SAFETY


@pytest.fixture(autouse=True)
def ground() -> None:
    make.installation()
    make.company()
    make.market("de", "Germany")


def open_case(**given: object) -> Case:
    return make.case(on=make.source(of=make.account()), lang="de", **given)


def signed_in(*functions: Function, name: str = "Mira Castellane", certified: bool = True, markets: tuple[str, ...] = ("de",)) -> Client:
    client = Client()
    client.force_login(make.person(name, *functions, markets=markets, certified=certified))
    return client


def page(client: Client, case: Case, query: str = "") -> str:
    answer = client.get(f"/cases/{case.number}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, case: Case, name: str, **given: object) -> object:
    given.setdefault("version", Case.objects.get(pk=case.pk).version)
    return client.post(f"/cases/{case.number}/{name}/", given)


def template(text: str = "Guten Tag {first_name}, danke. {signer}", *, until: timedelta = timedelta(days=300)) -> ApprovedMessage:
    """A signed reply template, in force, with the market's rules active."""
    signer = make.person("Dr Kaja Ormond", Function.MEDICAL_REVIEWER, Function.COE_LEAD)
    if not Publication.objects.exists():
        activate_market(signer, "de", make.PASSWORD, make.now())
    exact = f'{{"text":"{text}"}}'.encode()
    with acting(signer, "test"):
        signature = sign_bytes(signer, exact, subject="draft", key="1", meaning="medically approved", secret=make.PASSWORD, now=make.now())
        message = ApprovedMessage.objects.create(
            key="dank",
            title="Danken und privat weiter",
            kind="reply_template",
            duties="AE",
            market="de",
            lang="de",
            text=text,
            exact=exact,
            digest=digest(exact),
            valid_from=make.now() - timedelta(days=1),
            valid_until=make.now() + until,
        )
        message.signatures.add(signature)
    return message


def test_a_case_of_another_market_does_not_exist_for_the_reader():
    case = open_case()
    assert signed_in(COMMUNITY, markets=("fr",)).get(f"/cases/{case.number}/").status_code == 404


def test_the_four_criteria_stand_with_the_words_that_prove_them_or_with_what_was_looked_for():
    html = page(signed_in(COMMUNITY), open_case())
    criteria = html.split('class="cs-crits"')[1].split("</dl>")[0]
    assert '<mark class="hl safety">can’t feel my left hand</mark>' in criteria
    assert "not found" in criteria
    assert "Looked for a name, handle or contact" in criteria
    assert "3 of 4" in html


def test_hand_over_then_receipt_then_close_and_closing_is_refused_before():
    case, mira, ines = open_case(service_in=None), signed_in(COMMUNITY), signed_in(SAFETY, name="Dr Ines Falkenrath")
    assert act(mira, case, "hand-over", kind="AE").status_code == 302
    refused = act(mira, case, "close", resolution="answered")
    assert refused.status_code == 409
    assert "Closing needs the receipt from drug safety" in refused.content.decode()
    assert Case.objects.get(pk=case.pk).state == "open"
    assert "Enter receipt" in page(ines, case)
    assert "Enter receipt" not in page(mira, case)
    assert act(ines, case, "receipt", kind="AE", number="ARG-417").status_code == 302
    assert act(mira, case, "close", resolution="answered").status_code == 302
    assert Case.objects.get(pk=case.pk).state == "closed"
    assert "ARG-417" in page(mira, case)


def test_only_the_receiver_enters_a_receipt():
    case, mira = open_case(), signed_in(COMMUNITY)
    act(mira, case, "hand-over", kind="AE")
    answer = act(mira, case, "receipt", kind="AE", number="forged")
    assert answer.status_code == 403
    assert Receipt.objects.count() == 0
    assert Duty.objects.get(case=case).state == DutyState.HANDED_OVER


def test_the_second_writer_is_refused_nothing_changes_and_the_typed_words_stay():
    case, mira, lena = open_case(), signed_in(COMMUNITY), signed_in(COMMUNITY, name="Lena Oswald")
    old = case.version
    assert act(lena, case, "hand-over", kind="AE").status_code == 302
    before = (Case.objects.get(pk=case.pk).version, Happening.objects.count())
    refused = act(mira, case, "judge", kind="AE", answer="not_so", reason="a figure of speech", version=old)
    html = refused.content.decode()
    assert refused.status_code == 409
    assert "changed this case while you had it open" in html
    assert "Lena Oswald" in html
    assert "What you typed is still in its field" in html
    assert (Case.objects.get(pk=case.pk).version, Happening.objects.count()) == before
    assert f'name="version" value="{before[0]}"' in html


def test_a_stale_assignment_keeps_the_chosen_colleague_and_the_reason():
    case, mira = open_case(), signed_in(COMMUNITY)
    colleague = make.person("Jonas Tiedemann", COMMUNITY, markets=("de",))
    html = act(mira, case, "assign", to=colleague.pk, reason="speaks Low German", version=0).content.decode()
    assert 'value="speaks Low German"' in html
    assert f'<option value="{colleague.pk}" selected>' in html
    assert Case.objects.get(pk=case.pk).assignee is None
    assert act(mira, case, "assign", to=colleague.pk, reason="speaks Low German").status_code == 302
    assert Case.objects.get(pk=case.pk).assignee == colleague


def test_a_form_without_its_version_is_refused_in_words():
    case, mira = open_case(), signed_in(COMMUNITY)
    answer = mira.post(f"/cases/{case.number}/hand-over/", {"kind": "AE"})
    assert answer.status_code == 400
    assert "came without the version" in answer.content.decode()
    assert Duty.objects.get(case=case).state == DutyState.OPEN


def test_not_so_wants_a_reason_and_stops_the_safety_clock():
    case, mira = open_case(), signed_in(COMMUNITY)
    assert act(mira, case, "judge", kind="AE", answer="not_so", reason=" ").status_code == 400
    assert Duty.objects.get(case=case).state == DutyState.OPEN
    assert act(mira, case, "judge", kind="AE", answer="not_so", reason="a figure of speech").status_code == 302
    assert Duty.objects.get(case=case).state == DutyState.DISMISSED
    assert Case.objects.get(pk=case.pk).safety_due_at is None


def test_a_template_is_sent_held_and_can_be_taken_back():
    message, case, mira = template(), open_case(), signed_in(COMMUNITY)
    html = page(mira, case)
    assert "Signed v1" in html
    assert f'name="fill:{message.key}:first_name"' in html
    answer = act(mira, case, "reply", message=message.key, **{f"fill:{message.key}:first_name": "Anneke"})
    assert answer["Location"].endswith("?done=held")
    reply = Reply.objects.get()
    assert reply.publication.text == "Guten Tag Anneke, danke. Mira"
    assert "Take back" in page(mira, case)
    assert act(mira, case, "take-back", reply=reply.pk).status_code == 302
    assert Publication.objects.get().state == "taken_back"


def test_an_unfilled_place_is_refused_and_nothing_is_sent():
    message, case, mira = template(), open_case(), signed_in(COMMUNITY)
    assert act(mira, case, "reply", message=message.key).status_code == 400
    assert Reply.objects.count() == 0


def test_an_expired_template_is_shown_with_the_reason_and_refused():
    message, case, mira = template(until=-timedelta(hours=1)), open_case(), signed_in(COMMUNITY)
    assert "This approval expired" in page(mira, case)
    assert act(mira, case, "reply", message=message.key).status_code == 409
    assert Reply.objects.count() == 0


def test_without_a_certificate_send_becomes_send_for_approval_and_offers_the_course():
    message, case = template("Guten Tag, danke. {signer}"), open_case()
    untrained = signed_in(COMMUNITY, certified=False)
    html = page(untrained, case)
    assert "Send for approval" in html
    assert "Send reply" not in html
    assert "/training/basics/" in html
    assert act(untrained, case, "reply", message=message.key).status_code == 403
    assert Reply.objects.count() == 0


def test_where_only_an_answer_by_hand_is_possible_the_course_is_offered_too():
    case = make.case(on=make.source("forum"))
    html = page(signed_in(COMMUNITY, certified=False), case)
    assert "answer there by hand" in html and "/training/basics/" in html
    assert "/training/basics/" not in page(signed_in(COMMUNITY, name="Tom"), case)


def test_the_reply_says_how_long_it_is_held(settings):
    template()
    settings.HOLD_REPLY_SECONDS = 42
    assert "Held 42 s, you can take it back" in page(signed_in(COMMUNITY), open_case())


def test_an_edit_is_shown_as_a_comparison_of_the_two_captures():
    case = open_case()
    data = make.evidence(case.post.versions.get(), [], "anneke.example") | {
        "text": "Third week on Mivrantel and I can’t feel my left hand, dizzy as well."
    }
    with acting(make.founder(), "test"):
        cases.keep_evidence(case, case.post, "edit", data, make.now())
    html = page(signed_in(COMMUNITY), case)
    assert "Author edited the post" in html
    assert '<ins class="d">' in html


def test_after_the_key_is_destroyed_the_page_says_so_and_shows_no_word():
    case = open_case()
    vault().destroy(case.vault)
    html = page(signed_in(COMMUNITY), case)
    assert "can’t be read any more" in html
    assert "left hand" not in html


def test_notes_are_sealed_and_stand_in_the_timeline():
    case, mira = open_case(), signed_in(COMMUNITY)
    act(mira, case, "note", text="Same person as yesterday.\n<b>bold</b>")
    kept = Happening.objects.get(case=case, kind="note")
    assert b"yesterday" not in bytes(kept.sealed)
    html = page(mira, case)
    assert "Same person as yesterday." in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert [line.group for line in lines_of(case, [])].count("note") == 1


def test_a_born_late_case_says_so():
    case = open_case()
    with acting(make.founder(), "test"):
        Case.objects.filter(pk=case.pk).update(born_late=str(9 * 24 * 60))
    html = page(signed_in(COMMUNITY), case)
    assert "Born late" in html
    assert "9 d 0 h" in html


def test_colleagues_see_each_other_and_who_writes():
    case, mira, lena = open_case(), signed_in(COMMUNITY), signed_in(COMMUNITY, name="Lena Oswald")
    page(mira, case)
    assert "Mira Castellane looks" in page(lena, case)
    mira.get(f"/cases/{case.number}/presence/?doing=writing")
    assert "Mira Castellane writes" in lena.get(f"/cases/{case.number}/presence/?version={case.version}").content.decode()
    Presence.objects.update(seen_at=make.now() - timedelta(minutes=2))
    assert "Mira" not in lena.get(f"/cases/{case.number}/presence/?version={case.version}").content.decode()


def test_the_open_page_learns_that_somebody_else_changed_the_case():
    case, mira = open_case(), signed_in(COMMUNITY)
    assert "Changed since" not in mira.get(f"/cases/{case.number}/presence/?version={case.version}").content.decode()
    act(signed_in(COMMUNITY, name="Lena Oswald"), case, "hand-over", kind="AE")
    assert "Changed since" in mira.get(f"/cases/{case.number}/presence/?version={case.version}").content.decode()


def test_a_closed_case_opens_again_only_with_a_reason():
    case, mira = open_case(findings=[], service_in=None), signed_in(COMMUNITY)
    assert act(mira, case, "close", resolution="not_ours").status_code == 302
    assert act(mira, case, "reopen", reason="").status_code == 400
    assert Case.objects.get(pk=case.pk).state == "closed"
    assert act(mira, case, "reopen", reason="wrote again").status_code == 302
    assert Case.objects.get(pk=case.pk).state == "open"


def test_an_unknown_resolution_duty_or_colleague_is_refused():
    case, mira = open_case(), signed_in(COMMUNITY)
    assert act(mira, case, "close", resolution="because").status_code == 400
    assert act(mira, case, "judge", kind="PQC", answer="agree").status_code == 404
    assert act(mira, case, "hand-over", kind="PRAISE").status_code == 400
    assert act(mira, case, "assign", to="999999").status_code == 400
    assert Case.objects.get(pk=case.pk).version == case.version


def test_the_page_costs_a_bounded_number_of_queries():
    case, mira = open_case(), signed_in(COMMUNITY)
    template()
    page(mira, case)
    for number in range(6):
        act(mira, case, "note", text=f"note {number}")
    with CaptureQueriesContext(connection) as asked:
        page(mira, case)
    assert len(asked) <= 55


def test_words_in_two_duties_give_two_tabs():
    text = "I can’t feel my left hand on Mivrantel. May I stop?"
    found = [make.finding(text, "can’t feel my left hand"), make.finding(text, "May I stop?", DutyKind.MIR, 0.7)]
    html = page(signed_in(COMMUNITY), open_case(text=text, findings=found), "?duty=MIR")
    assert "Hand over to medical information" in html
    assert "Four criteria" not in html
