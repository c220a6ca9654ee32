"""Who is told of what: everybody with a stake, once, in their own market; safety climbs until somebody has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from candour.assurance.actions import Hit, settle
from candour.assurance.models import Mail, Telling, Told
from candour.channels.smtp import MailServer
from candour.core.rights import Function
from candour.core.states import DutyState
from candour.flows import annotate, hand_over, letters, pause, publish, review, spread, submit, triage
from candour.flows.answers import Refusal, Stale
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import Review
from candour.newsroom.models import Item
from candour.people.actions import set_deputy
from candour.people.models import User

from . import ground as g

if TYPE_CHECKING:
    from pytest_django import Settings

    from .ground import Ground

NOW = g.NOW
EVERY = [function for function in Function if function not in (Function.LISTENER, Function.PUBLISHER)]


@pytest.fixture
def abroad(ground: Ground) -> User:
    """Somebody with every function, in another market."""
    return g.somebody("Aveline Roussel", *EVERY, markets=("fr",))


@pytest.fixture
def mails(settings: Settings) -> None:
    settings.SMTP = MailServer("127.0.0.1", 9)


def told(on: Ground, key: str, now: object = NOW) -> set[str]:
    """Names of the people told of the last such happening."""
    spread.spread(on.listener, now)
    telling = Telling.objects.filter(kind=key).order_by("-id").first()
    return {row.person.name for row in telling.told.all()} if telling else set()


def sign(on: Ground, running: Review, role: str) -> None:
    review.sign(on.reviewer(role), running.seals.get(role=role), g.PASSWORD, running.version.digest, NOW)


def names(*people: User) -> set[str]:
    return {person.name for person in people}


def test_a_draft_on_its_way_tells_everybody_with_a_stake(ground: Ground, abroad: User) -> None:
    on, draft = ground, g.written(ground, g.MENDED)
    running = submit.submit(on.author, draft, draft.version, NOW)
    assert told(on, "draft.submit") == names(on.medical, on.legal, on.regulatory)
    note = annotate.annotate(on.legal, running, "nit", "Belegen.", NOW, quote="Kopfschmerzen")
    assert told(on, "note.write") == names(on.author)
    draft.refresh_from_db()
    review.ask_changes(on.medical, running.seals.get(role="medical"), "Kürzer.", NOW)
    assert told(on, "draft.ask_changes") == names(on.author)
    annotate.answer(on.author, note, "Quelle steht unten.", NOW)
    assert told(on, "note.answer") == names(on.legal)
    annotate.settle(on.legal, note, NOW)
    assert told(on, "note.resolve") == names(on.author)
    annotate.reopen(on.legal, note, NOW)
    assert told(on, "note.reopen") == names(on.author)
    annotate.settle(on.legal, note, NOW)
    draft.refresh_from_db()
    submit.save(on.author, draft, g.MENDED + " Bald mehr.", draft.version, NOW)
    again = submit.submit(on.author, draft, draft.version, NOW)
    sign(on, again, "medical")
    assert told(on, "seal.sign") == names(on.author)
    draft.refresh_from_db()
    submit.save(on.author, draft, g.MENDED, draft.version, NOW)
    assert told(on, "draft.edit") == names(on.medical, on.legal, on.regulatory)
    assert not Told.objects.filter(person=abroad).exists(), "another market's people hear nothing of it"


def test_approval_and_rejection_tell_author_and_reviewers(ground: Ground, abroad: User) -> None:
    on = ground
    g.approved(on)
    publishers = names(on.author, on.lead, on.medical, on.legal, on.regulatory)
    assert told(on, "draft.complete") | names(on.regulatory) == publishers, "whoever signed last knows it"
    draft = g.written(on, g.MENDED)
    running = submit.submit(on.author, draft, draft.version, NOW)
    sign(on, running, "legal")
    review.reject(on.medical, running.seals.get(role="medical"), "So nicht.", NOW)
    assert told(on, "draft.reject") == names(on.author, on.legal)
    assert not Told.objects.filter(person=abroad).exists()


def test_a_publication_tells_who_ordered_wrote_and_signed(ground: Ground, abroad: User) -> None:
    on, message = ground, g.approved(ground)
    publication = publish.publish(on.lead, message, on.account, NOW)
    assert told(on, "publication.order") == names(on.author)
    publish.send_due(on.publisher, NOW)
    assert told(on, "publication.seen_equal") == names(on.lead, on.author)
    Item.objects.filter(key=publication.key.hex).update(text=g.MENDED + "!")
    publish.watch(on.publisher, NOW + timedelta(minutes=11))
    assert told(on, "publication.seen_other", NOW + timedelta(minutes=11)) == names(on.lead, on.author, on.medical, on.legal, on.regulatory)
    count = Telling.objects.filter(kind="publication.seen_other").count()
    publish.watch(on.publisher, NOW + timedelta(minutes=22))
    assert Telling.objects.filter(kind="publication.seen_other").count() == count, "still the same drift is no news"
    assert not Told.objects.filter(person=abroad).exists()


def test_a_pause_tells_who_publishes_there_and_nobody_else(ground: Ground, abroad: User) -> None:
    on = ground
    begun = pause.begin(on.lead, reason="Recall", secret=g.PASSWORD, now=NOW, market="de")
    assert told(on, "pause.begin") == names(on.author)
    pause.end(on.lead, begun, "Over", g.PASSWORD, NOW)
    assert told(on, "pause.end") == names(on.author)
    assert not Told.objects.filter(person=abroad).exists()


def test_a_case_of_safety_tells_community_and_drug_safety_then_the_receiver(ground: Ground, abroad: User) -> None:
    on = ground
    (case,) = g.hear(on, g.heard(g.MOTHER, "p1"))
    assert told(on, "duty.begin") == names(on.community, on.safety)
    assert not Telling.objects.filter(kind="case.open").exists(), "one happening is told once"
    triage.assign(on.community, case, on.safety, case.version, NOW)
    assert told(on, "case.assign") == names(on.safety)
    case.refresh_from_db()
    hand_over.hand_over(on.community, case, "AE", case.version, NOW)
    assert told(on, "duty.hand_over") == names(on.safety)
    case.refresh_from_db()
    hand_over.enter_receipt(on.safety, case.duties.get(kind="AE"), "R-1", case.version, NOW)
    assert told(on, "duty.receipt") == names(on.community)
    assert not Told.objects.filter(person=abroad).exists()


def test_a_question_is_no_matter_of_safety(ground: Ground) -> None:
    g.hear(ground, g.heard(g.QUESTION, "p1"))
    assert told(ground, "case.open") == names(ground.community, ground.safety, ground.information)
    assert not Telling.objects.filter(safety=True).exists()


def test_what_was_rolled_back_is_told_to_nobody(ground: Ground) -> None:
    draft = g.written(ground, g.BLOCKED)
    g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *g.DRAFTS)
    assert not Telling.objects.exists()


def test_nobody_is_told_twice_of_one_cause_and_no_mail_is_written_twice(ground: Ground, mails: None) -> None:
    draft = g.written(ground, g.MENDED)
    submit.submit(ground.author, draft, draft.version, NOW)
    assert spread.spread(ground.listener, NOW) == 3
    assert spread.spread(ground.listener, NOW) == 0
    Telling.objects.update(spread_at=None)  # as if the worker had died just before it wrote that down
    assert spread.spread(ground.listener, NOW) == 0
    assert (Told.objects.count(), Mail.objects.count()) == (3, 3)


def test_who_lost_the_right_meanwhile_is_not_told(ground: Ground) -> None:
    draft = g.written(ground, g.MENDED)
    running = submit.submit(ground.author, draft, draft.version, NOW)
    ground.author.grants.update(valid_to=NOW)
    review.ask_changes(ground.medical, running.seals.get(role="medical"), "Kürzer.", NOW)
    assert told(ground, "draft.ask_changes", NOW + timedelta(seconds=1)) == set()


# the climb


def climbing(on: Ground, minutes: int) -> set[str]:
    """Names of those whom the climb tells when so many minutes have passed, and not before."""
    before = set(Told.objects.values_list("pk", flat=True))
    spread.climb(on.listener, NOW + timedelta(minutes=minutes) - timedelta(seconds=1))
    assert set(Told.objects.values_list("pk", flat=True)) == before
    spread.climb(on.listener, NOW + timedelta(minutes=minutes))
    return {row.person.name for row in Told.objects.exclude(pk__in=before)}


@pytest.fixture
def owned(ground: Ground, abroad: User, mails: None) -> Ground:
    """A hand-over to drug safety waits; its receiver is away with a deputy, and Germany has a lead."""
    deputy = g.somebody("Ansgar Velten", Function.AUTHOR, markets=("fr",))
    g.somebody("Birte Holm", Function.COUNTRY_LEAD, markets=("de",))
    with acting(ground.lead, "test"):
        set_deputy(ground.safety, deputy, away_from=NOW - timedelta(days=1), away_to=NOW + timedelta(days=9))
    (case,) = g.hear(ground, g.heard(g.MOTHER, "p1"))
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    Telling.objects.exclude(kind="duty.hand_over").update(safety=False)
    spread.spread(ground.listener, NOW)
    return ground


def test_unacknowledged_safety_climbs_to_lead_and_everybody_each_once(owned: Ground) -> None:
    first = {row.person.name for row in Told.objects.filter(telling__kind="duty.hand_over")}
    assert first == {"Dr Ines Falkenrath", "Ansgar Velten"}, "whoever stands in for the receiver holds the right meanwhile"
    assert climbing(owned, 15) == {"Birte Holm"}, "the deputy knows it, so the lead is told without a further wait"
    assert climbing(owned, 60) == names(owned.lead)
    assert climbing(owned, 600) == set()
    assert Told.objects.filter(telling__kind="duty.hand_over", how="mail").count() == 4
    assert Entry.objects.filter(act="telling.climb").exists()


def test_whoever_has_it_ends_the_climb_and_the_second_reads_who(owned: Ground) -> None:
    mine, other = Told.objects.filter(telling__kind="duty.hand_over").order_by("person__name")
    spread.acknowledge(mine.person, mine, NOW)
    with pytest.raises(Stale, match=mine.person.name):
        spread.acknowledge(other.person, other, NOW)
    with pytest.raises(Refusal):
        spread.acknowledge(owned.author, other, NOW)
    assert climbing(owned, 600) == set()


def test_a_matter_that_is_done_wakes_nobody(owned: Ground) -> None:
    Telling.objects.get(kind="duty.hand_over")
    case = g.Case.objects.get()
    hand_over.enter_receipt(owned.safety, case.duties.get(kind="AE"), "R-1", case.version, NOW)
    for duty in case.duties.exclude(kind="AE"):
        duty.state = DutyState.NOTED
    assert spread.end_settled(NOW) == 1
    assert climbing(owned, 600) == set()


def test_the_deputy_comes_first_then_the_lead_then_everybody(ground: Ground, mails: None) -> None:
    deputy = g.somebody("Ansgar Velten", Function.AUTHOR, markets=("fr",))
    lead = g.somebody("Birte Holm", Function.COUNTRY_LEAD, markets=("de",))
    with acting(ground.lead, "test"):
        set_deputy(ground.community, deputy, away_from=NOW - timedelta(days=1), away_to=NOW + timedelta(days=9))
    hit = Hit(watch="duty.open", cause="duty.open:x", since=NOW, owner_id=ground.community.pk, act="case.hand_over", market="de")
    with acting(ground.listener, "test"):
        settle([hit], {"duty.open"}, NOW)
    assert told(ground, "limit.duty.open") == names(ground.community)
    assert climbing(ground, 15) == names(deputy)
    assert climbing(ground, 30) == names(lead)
    assert climbing(ground, 60) == names(ground.safety, ground.lead)
    assert climbing(ground, 600) == set()


def test_a_notice_past_its_limit_reaches_its_owner_once(ground: Ground, mails: None) -> None:
    hit = Hit(watch="duty.open", cause="duty.open:x", since=NOW, owner_id=ground.community.pk, act="case.hand_over", market="de")
    with acting(ground.listener, "test"):
        settle([hit], {"duty.open"}, NOW)
    assert told(ground, "limit.duty.open") == names(ground.community)
    spread.spread(ground.listener, NOW)
    assert Mail.objects.filter(person=ground.community).count() == 1
    assert climbing(ground, 15) == names(ground.safety, ground.lead), "no deputy and no country lead: all the others at once"


# how people hear


def gathered(person: User, now: datetime) -> int:
    """How many digests this round wrote to this person."""
    before = Mail.objects.filter(person=person).count()
    letters.gather(now)
    return Mail.objects.filter(person=person).count() - before


def test_a_digest_gathers_once_in_the_morning_of_the_person_s_own_zone(ground: Ground, mails: None) -> None:
    spread.choose(ground.author, {"texts": "digest"}, "daily", NOW)
    draft = g.written(ground, g.MENDED)
    running = submit.submit(ground.author, draft, draft.version, NOW)
    sign(ground, running, "medical")
    sign(ground, running, "legal")
    told(ground, "seal.sign")
    assert not Mail.objects.filter(person=ground.author).exists()
    assert gathered(ground.author, NOW.replace(hour=3)) == 0, "nobody is written to at night"
    assert gathered(ground.author, NOW) == 1
    assert "2" in Mail.objects.get(person=ground.author).subject
    sign(ground, running, "regulatory")
    told(ground, "draft.complete")
    assert gathered(ground.author, NOW + timedelta(hours=2)) == 0, "the next one comes tomorrow"
    assert gathered(ground.author, NOW + timedelta(days=1)) == 1
    assert gathered(ground.author, NOW + timedelta(days=1)) == 0


def test_what_was_seen_meanwhile_is_not_gathered(ground: Ground, mails: None) -> None:
    spread.choose(ground.author, {"texts": "digest"}, "hourly", NOW)
    draft = g.written(ground, g.MENDED)
    running = submit.submit(ground.author, draft, draft.version, NOW)
    sign(ground, running, "medical")
    told(ground, "seal.sign")
    assert spread.see(ground.legal, Told.objects.values_list("pk", flat=True), NOW) == 1, "only one's own"
    spread.see(ground.author, Told.objects.values_list("pk", flat=True), NOW)
    assert letters.gather(NOW) == 0


def test_safety_can_not_be_chosen_away(ground: Ground) -> None:
    for ways in ({"safety": "drawer"}, {"texts": "pigeon"}, {"nonsense": "mail"}):
        with pytest.raises(Refusal):
            spread.choose(ground.author, ways, "daily", NOW)


def test_without_a_mail_server_everything_stands_in_the_drawer(ground: Ground) -> None:
    g.hear(ground, g.heard(g.MOTHER, "p1"))
    spread.spread(ground.listener, NOW)
    assert set(Told.objects.values_list("how", flat=True)) == {"drawer"}
    assert not Mail.objects.exists()
