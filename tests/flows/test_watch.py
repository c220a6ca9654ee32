"""What is past its limit takes its way out; what only a person can end is told once per cause, and the notice closes with the cause."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.utils import DataError

from candour.assurance import actions
from candour.assurance.actions import Hit
from candour.assurance.models import Notice, WatchRound
from candour.assurance.queries import last_round
from candour.cases.models import Case, Duty
from candour.channels.base import ChannelError, Page
from candour.core.states import PublicationState, SourceState
from candour.core.watches import WATCHES, Way
from candour.flows import listen, past_limit, publish, watch
from candour.flows.outgoing import outgoing
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.listening.models import Gap, Post, Source
from candour.messages.models import Draft, Drift, Publication, Review, Seal
from candour.people.models import User
from candour.training.models import Attempt

from . import ground as g
from .test_listen import hearing
from .test_sending import FakeChannel, going_to, ordered

if TYPE_CHECKING:
    from pytest_django import Settings

    from .ground import Ground

NOW = g.NOW
State = PublicationState
WORDS = "Rate limit für @hollinqvist.de\n<b>try later</b> “’”"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA = str(tmp_path)


def look(on: Ground, **later: float) -> list[Notice]:
    """One round so much later, and the notices that are open after it. Sources keep silent about themselves."""
    watch.go_round(on.listener, NOW + timedelta(**later))
    return list(Notice.objects.filter(resolved_at=None).order_by("watch", "cause"))


def told(notices: list[Notice]) -> list[tuple[str, int]]:
    return [(notice.watch, notice.hits) for notice in notices]


def passing(cause: str = "too_many", wait: timedelta | None = None) -> ChannelError:
    return ChannelError("It can't answer now.", permanent=False, provider_words=WORDS, cause=cause, wait=wait)


def refusing() -> ChannelError:
    return ChannelError("It refused the text.", permanent=True, provider_words=WORDS, cause="too_long")


def locked_out() -> ChannelError:
    return ChannelError("It refused the password.", permanent=True, provider_words="401", cause="sign_in", reach="place")


# publications: one outcome per destination


def test_a_sound_company_has_no_notice_and_the_round_leaves_its_mark(ground: Ground) -> None:
    assert look(ground) == []
    mark = last_round()
    assert mark is not None
    assert (mark.at, mark.open_notices, WatchRound.objects.count()) == (NOW, 0, 1)


def test_the_outcome_of_a_destination_is_kept_whole(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([passing(), passing()])):
        publish.send_due(ground.publisher, NOW)
        row.refresh_from_db()
        assert (row.failure, row.cause, row.reach, row.provider_words, row.attempts) == ("transient", "too_many", "place", WORDS, 1)
        assert (row.first_tried_at, row.sending_since) == (NOW, NOW)
        assert row.next_at == NOW + timedelta(seconds=30)
        publish.send_due(ground.publisher, NOW + timedelta(seconds=31))
        row.refresh_from_db()
        assert (row.attempts, row.first_tried_at, row.sending_since) == (2, NOW, NOW + timedelta(seconds=31))
        publish.send_due(ground.publisher, NOW + timedelta(seconds=95))
    row.refresh_from_db()
    assert (row.state, row.attempts, row.failure, row.cause, row.provider_words, row.next_at) == (State.LIVE, 3, "", "", "", None)


def test_the_wait_that_was_asked_for_is_kept(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([passing(wait=timedelta(minutes=20))])) as channel:
        publish.send_due(ground.publisher, NOW)
        assert publish.send_due(ground.publisher, NOW + timedelta(minutes=19)) == 0
        assert publish.send_due(ground.publisher, NOW + timedelta(minutes=20)) == 1
    row.refresh_from_db()
    assert (row.state, len(channel.sent)) == (State.LIVE, 2)


def test_what_failed_at_one_destination_holds_up_no_other(ground: Ground) -> None:
    rows = [publish.publish(ground.author, g.approved(ground, title="Post " + "abcd"[n]), ground.account, NOW) for n in range(4)]
    with going_to(FakeChannel([passing(), refusing(), RuntimeError("a bug")])):
        assert publish.send_due(ground.publisher, NOW) == 3
    states = [Publication.objects.get(pk=row.pk).state for row in rows]
    assert states == [State.UNKNOWN, State.FAILED, State.SENDING, State.LIVE]


def test_a_refused_text_is_told_to_who_ordered_it_until_they_say_something(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([refusing()])):
        publish.send_due(ground.publisher, NOW)
        (notice,) = look(ground, minutes=1)
    assert (notice.watch, notice.owner, notice.provider_words, notice.problem) == (
        "publication.failed", ground.author, WORDS, "It refused the text.",
    )  # fmt: skip
    assert notice.things == [["message", row.message.key, row.message.title]]
    publish.give_up(ground.author, row, "It stays unsent.", NOW)
    assert look(ground, minutes=2) == []
    row.refresh_from_db()
    assert (row.state, row.failure, row.problem, row.provider_words) == (State.FAILED, "given_up", "It stays unsent.", WORDS)
    g.refused(lambda: publish.give_up(ground.author, row, "Again.", NOW), "approval_publication")


def test_a_refused_text_that_was_ordered_anew_is_no_longer_told(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([refusing()])):
        publish.send_due(ground.publisher, NOW)
        assert told(look(ground, minutes=1)) == [("publication.failed", 1)]
        publish.publish(ground.author, row.message, ground.account, NOW)
        publish.send_due(ground.publisher, NOW)
        assert look(ground, minutes=2) == []


def test_one_cause_is_one_notice_however_many_texts_and_rounds_it_hits(ground: Ground) -> None:
    for number in range(7):
        publish.publish(ground.author, g.approved(ground, title="Post " + "abcdefgh"[number]), ground.account, NOW)
    with going_to(FakeChannel([locked_out() for _ in range(7)])):
        publish.send_due(ground.publisher, NOW)
        entries = None
        for minute in range(1, 6):
            (notice,) = look(ground, minutes=minute)
            assert (notice.watch, notice.hits, len(notice.things)) == ("place.fault", 7, actions.NAMED)
            assert (notice.first_seen_at, notice.last_seen_at) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=minute))
            assert notice.owner == ground.account.owner, "the account is its owner's matter, not that of each author"
            count = Entry.objects.filter(subject="assurance_notice").count()
            assert entries in (None, count), "seeing it again is no new entry"
            entries = count
    assert entries == 1


def test_a_source_and_the_texts_of_one_account_share_the_notice_of_what_ails_it(ground: Ground) -> None:
    ordered(ground)
    with going_to(FakeChannel([locked_out()])), hearing(locked_out()):
        publish.send_due(ground.publisher, NOW)
        listen.poll(ground.listener, ground.source.pk, NOW)
        (notice,) = look(ground, minutes=1)
    assert (notice.hits, {kind for kind, _key, _label in notice.things}) == (2, {"message", "source"})


def test_an_outcome_nobody_knows_is_told_after_half_an_hour_and_closes_when_it_is_known(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([passing(wait=timedelta(hours=1))])):
        publish.send_due(ground.publisher, NOW)
        assert look(ground, minutes=29) == []
        assert told(look(ground, minutes=31)) == [("place.fault", 1)]
        publish.send_due(ground.publisher, NOW + timedelta(minutes=61))
    assert look(ground, minutes=62) == []
    closed = Notice.objects.get()
    assert closed.resolved_at == NOW + timedelta(minutes=62)
    row.refresh_from_db()
    assert row.state == State.LIVE


def test_the_watch_takes_the_way_out_before_it_tells_anybody(ground: Ground) -> None:
    held, seen = ordered(ground), publish.publish(ground.author, g.approved(ground, title="Zwei"), ground.account, NOW)
    with going_to(FakeChannel([])):
        publish.step(ground.publisher, seen.pk, NOW)
        later = NOW + timedelta(hours=2)
        assert {row.pk for row in past_limit.late_publications(later)} == {held.pk, seen.pk}
        assert look(ground, hours=2) == [], "one was sent, the other looked at"
    held.refresh_from_db()
    seen.refresh_from_db()
    assert (held.state, seen.seen_at) == (State.LIVE, later)


def test_what_the_worker_can_not_send_is_told_and_never_forgotten(ground: Ground) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([RuntimeError("a bug")] * 9)):
        assert look(ground, minutes=20) == [], "it was begun only now"
        (notice,) = look(ground, minutes=26)
        row.refresh_from_db()
        assert (notice.watch, notice.owner, row.state) == ("publication.sending", ground.author, State.SENDING)
        assert told(look(ground, minutes=40)) == [("publication.sending", 1)]


def test_a_text_whose_outcome_waits_for_a_person_is_told_at_once(ground: Ground) -> None:
    ordered(ground)
    with going_to(FakeChannel([ChannelError("x", False, cause="odd", reach="message")], delivery="never_twice")):
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
        (notice,) = look(ground, minutes=2)
    assert (notice.watch, notice.owner) == ("publication.unknown", ground.author)


def test_sent_and_live_texts_that_can_not_be_looked_at(ground: Ground) -> None:
    first, second = ordered(ground), publish.publish(ground.author, g.approved(ground, title="Zwei"), ground.account, NOW)
    with going_to(FakeChannel([])):
        publish.step(ground.publisher, first.pk, NOW)
    lost = ChannelError("x", False, provider_words="no page", cause="odd", reach="message")
    with going_to(FakeChannel([], looks=[lost] * 9)):
        publish.step(ground.publisher, second.pk, NOW)
        assert look(ground, minutes=14) == []
        assert told(look(ground, minutes=70)) == [("publication.live", 1), ("publication.sent", 1)]
    with going_to(FakeChannel([])) as channel:
        channel.sent.append(outgoing(first))
        publish.read_back(ground.publisher, first, NOW + timedelta(minutes=71))
    assert not Drift.objects.exists()


def test_a_drift_is_told_until_it_is_closed(ground: Ground) -> None:
    row = ordered(ground)
    publish.send_due(ground.publisher, NOW)
    with acting(ground.lead, "test"):
        drift = Drift.objects.create(publication=row, opened_at=NOW, signed_text="a", seen_text="b", letters=1)
    assert told(look(ground, minutes=1)) == [("drift.open", 1)]
    publish.close_drift(ground.author, drift, "Put right.", NOW)
    assert look(ground, minutes=2) == []


# the provider's words


def test_the_provider_s_words_are_on_record_and_in_no_log(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    rows = [publish.publish(ground.author, g.approved(ground, title="Post " + "abc"[n]), ground.account, NOW) for n in range(3)]
    poison = RuntimeError(f"{WORDS} Anneke 0171 234")
    with caplog.at_level(logging.DEBUG), going_to(FakeChannel([passing(), refusing(), poison])):
        publish.send_due(ground.publisher, NOW)
        look(ground, minutes=1)
    assert Publication.objects.get(pk=rows[0].pk).provider_words == WORDS
    written = "".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    assert "took no step: RuntimeError in flows/publish.py:" in written
    assert [word for word in ("Rate limit", "Anneke", "0171", "try later") if word in written] == []


# sources


def test_a_silent_source_is_one_notice_and_ends_with_its_silence(ground: Ground) -> None:
    with hearing(passing(), passing()):
        listen.poll(ground.listener, ground.source.pk, NOW + timedelta(minutes=20))
        assert Gap.objects.filter(closed_at=None).count() == 1
        (notice,) = look(ground, minutes=21)
        assert (notice.watch, notice.provider_words, notice.owner) == ("place.fault", WORDS, ground.account.owner)
    with hearing():
        listen.poll(ground.listener, ground.source.pk, NOW + timedelta(minutes=30))
    assert look(ground, minutes=31) == []
    assert Source.objects.get().cause == ""


def test_a_poll_waits_out_the_pause_that_was_asked_for(ground: Ground) -> None:
    with hearing(passing(wait=timedelta(minutes=40))):
        listen.poll(ground.listener, ground.source.pk, NOW)
        assert listen.due(NOW + timedelta(minutes=39)) == []
        assert listen.due(NOW + timedelta(minutes=40)) == [ground.source.pk]
    with hearing(Page((), "1")):
        listen.poll(ground.listener, ground.source.pk, NOW + timedelta(minutes=40))
    row = Source.objects.get()
    assert (row.failed_tries, row.next_try_at) == (0, None)


@pytest.mark.parametrize(("state", "key"), [("stopped", "source.stopped"), ("not_connected", "source.not_connected")])
def test_a_source_that_was_lost_is_told(ground: Ground, state: str, key: str) -> None:
    with acting(ground.lead, "test"):
        Source.objects.update(state=SourceState(state), cause="")
    (notice,) = look(ground)
    assert (notice.watch, notice.values) == (key, {"source": Source.objects.get().name})
    with acting(ground.lead, "test"):
        Source.objects.update(state="listening")
    assert look(ground, minutes=1) == []


# reviews, cases, posts, people


def test_drafts_reviews_and_seals_left_lying(ground: Ground) -> None:
    draft = Draft.objects.get(pk=g.approved(ground).draft_id)
    with acting(ground.lead, "test"):
        Draft.objects.filter(pk=draft.pk).update(state="writing", changed_at=NOW - timedelta(days=31))
    assert [(n.watch, n.owner) for n in look(ground)] == [("draft.writing", draft.owner)]
    with acting(ground.lead, "test"):
        Draft.objects.filter(pk=draft.pk).update(state="changes", changed_at=NOW - timedelta(days=8))
    assert [n.watch for n in look(ground, seconds=1)] == ["draft.changes"]
    with acting(ground.lead, "test"):
        Draft.objects.filter(pk=draft.pk).update(state="in_review", changed_at=NOW)
        Review.objects.filter(draft=draft).update(ended_at=None, due_at=NOW - timedelta(hours=1), submitted_at=NOW - timedelta(hours=9))
    assert [n.watch for n in look(ground, seconds=2)] == ["draft.in_review"]
    with acting(ground.lead, "test"):
        first, second = Seal.objects.filter(review__draft=draft).order_by("pk")[:2]
        Seal.objects.filter(pk=first.pk).update(state="waiting")
        Seal.objects.filter(pk=second.pk).update(state="looking")
    waiting = {n.watch: n for n in look(ground, seconds=3)}
    assert sorted(waiting) == ["seal.looking", "seal.waiting"]
    assert (waiting["seal.waiting"].owner, waiting["seal.waiting"].act) == (None, f"seal.{first.role}")
    assert waiting["seal.looking"].owner == second.person


def test_cases_duties_and_receipts_past_their_time_are_one_matter_per_owner(ground: Ground) -> None:
    g.hear(ground, g.heard(g.MOTHER, "c1"), g.heard(g.HEADACHE, "c2", author="Other"))
    with acting(ground.lead, "test"):
        Duty.objects.update(state="open", due_at=NOW - timedelta(hours=1))
    count = Case.objects.count()
    (notice,) = [n for n in look(ground) if n.watch == "duty.open"]
    assert (notice.hits, notice.act, notice.owner) == (Duty.objects.count(), "case.hand_over", None)
    assert all(kind == "case" and key == label for kind, key, label in notice.things)
    with acting(ground.lead, "test"):
        Duty.objects.update(state="handed_over", handed_over_at=NOW - timedelta(hours=25))
        Case.objects.update(service_due_at=NOW - timedelta(hours=1), service_met_at=None, next_due_at=NOW - timedelta(hours=1))
    watches = {n.watch: n for n in look(ground, seconds=1)}
    assert {"duty.handed_over", "case.open"} <= set(watches)
    assert "duty.open" not in watches
    assert watches["case.open"].hits == count


def test_posts_that_wait_too_long(ground: Ground) -> None:
    g.hear(ground, g.heard(g.CLEAN, "p1"), g.heard(g.PRAISE, "p2", author="B"))
    with acting(ground.lead, "test"):
        one, two = Post.objects.order_by("pk")[:2]
        Post.objects.filter(pk=one.pk).update(judge_by=NOW - timedelta(minutes=1))
        Post.objects.filter(pk=two.pk).update(second_look=True, first_heard_at=NOW - timedelta(days=2))
    assert told(look(ground)) == [("post.judge", 1), ("post.second_look", 1)]


def test_an_invitation_that_ran_out_unused(ground: Ground) -> None:
    with acting(ground.lead, "test"):
        User.objects.create(email="late@hollinqvist.example", name="Late Guest", password="!x", invited_at=NOW - timedelta(days=8))
    (notice,) = look(ground)
    assert (notice.watch, notice.act) == ("invitation.sent", "people.change")
    assert "Late Guest" not in str(notice.__dict__), "a notice names no guest"


def test_a_run_left_open_is_ended_as_not_passed_and_a_fresh_one_is_not(ground: Ground) -> None:
    common = {"person": ground.author, "course": "basics", "course_version": "1", "lang": "en"}
    with acting(ground.author, "test"):
        old = Attempt.objects.create(**common, started_at=NOW - timedelta(days=31), answers={"l": {"a": "read"}})
        new = Attempt.objects.create(**common, started_at=NOW - timedelta(days=29))
    assert look(ground) == []
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.finished_at, old.passed, old.answers, new.finished_at) == (NOW, False, {"l": {"a": "read"}}, None)


def test_an_upload_nobody_imported_is_taken_away(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir()
    old, new = tmp_path / "imports" / "old.csv", tmp_path / "imports" / "new.csv"
    for file, age in ((old, timedelta(days=2)), (new, timedelta(hours=2))):
        file.write_text("x")
        os.utime(file, ((NOW - age).timestamp(),) * 2)
    look(ground)
    assert (old.exists(), new.exists()) == (False, True)


# the machinery


def test_work_that_failed_waits_or_hangs_is_told_once_per_kind(ground: Ground) -> None:
    make = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts) "
        "VALUES ('default', %s, 0, '{}', %s::procrastinate_job_status, 0) RETURNING id"
    )
    tell = "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, %s::procrastinate_job_event_type, %s)"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        for task, status, event in (
            ("a", "failed", "failed"), ("a", "failed", "failed"), ("b", "todo", "deferred"), ("c", "doing", "started"),
        ):  # fmt: skip
            cursor.execute(make, [task, status])
            number = cursor.fetchone()[0]
            cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [number])
            cursor.execute(tell, [number, event, NOW - timedelta(minutes=20)])
    assert told(look(ground)) == [("job.doing", 1), ("job.failed", 2), ("job.todo", 1)]
    assert sorted(n.values["task"] for n in Notice.objects.all()) == ["a", "b", "c"]
    assert "job.failed" not in [n.watch for n in look(ground, minutes=90)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        assert cursor.fetchone()[0] == 0


def test_a_journal_that_is_not_sealed_a_file_and_a_disk(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "journal").mkdir()
    monkeypatch.setattr("candour.flows.past_limit_machine.os.access", lambda path, mode: False)
    monkeypatch.setattr(
        "candour.flows.past_limit_machine.shutil.disk_usage", lambda path: __import__("shutil")._ntuple_diskusage(10**12, 10**12, 10**8)
    )
    written = Entry.objects.order_by("-pk").values_list("written_at", flat=True).first()
    watch.go_round(ground.listener, written + timedelta(minutes=3))
    assert {"journal.heads", "disk.full", "journal.unsealed"} <= {n.watch for n in Notice.objects.all()}


def test_a_finder_that_breaks_is_told_and_closes_nothing(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = ordered(ground)
    with going_to(FakeChannel([refusing()])):
        publish.send_due(ground.publisher, NOW)
    assert told(look(ground, minutes=1)) == [("publication.failed", 1)]

    def broken(now: object) -> list[Hit]:
        raise DataError(f"{WORDS}")

    monkeypatch.setitem(watch.FINDERS, "publications", (broken, ("publication.",)))
    assert told(look(ground, minutes=2)) == [("publication.failed", 1), ("watch.broken", 1)]
    assert WORDS not in caplog.text
    monkeypatch.setitem(watch.FINDERS, "publications", (past_limit.publications, ("publication.",)))
    publish.give_up(ground.author, row, "Left.", NOW)
    assert look(ground, minutes=3) == []


def test_every_watch_that_asks_has_a_finder() -> None:
    prefixes = tuple(prefix for _find, told_of in watch.FINDERS.values() for prefix in told_of)
    asking = {key for key, row in WATCHES.items() if not row.within and Way.ASK in row.ways}
    assert {key for key in asking if not key.startswith(prefixes)} == set(watch.SHARED)
