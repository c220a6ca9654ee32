"""Pilots and what stops them; notices of what is past its limit; what people are told and by which mails; what is held, what a retention
run took away, what was erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from candour.core.states import MailState
from candour.journal.models import Signature


class Pilot(models.Model):
    """The charter of a pilot."""

    name = models.CharField(max_length=120)
    hypothesis = models.TextField()
    target_group = models.CharField(max_length=200)
    accounts = models.CharField(max_length=300)
    daily_cap = models.PositiveIntegerField(default=20)
    stop_rules = models.TextField()
    measures = models.TextField()
    decision_on = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()


class Notice(models.Model):
    """One thing that is not as it should be, for one owner: exactly one open per cause, however many objects or rounds it hits.

    `owner` is a named person; without one the holders of the right `act` at `market` and `account` answer for it. `watch` names the row
    of the table of limits that holds its sentences, `values` their named values. `things` are [kind, key, label] of the first it hits.
    """

    watch = models.CharField(max_length=40)
    cause = models.CharField(max_length=240)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    act = models.CharField(max_length=40, blank=True)
    market = models.CharField(max_length=8, blank=True)
    account = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    provider_words = models.TextField(blank=True)
    things = models.JSONField(default=list)
    hits = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cause"], name="one_open_notice_per_cause", condition=models.Q(resolved_at=None))]
        indexes = [models.Index(fields=["-resolved_at"], name="notice_resolved", condition=models.Q(resolved_at__isnull=False))]


class WatchRound(models.Model):
    """One row: when the watch last went round to its end, so that its own silence can be seen."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    open_notices = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_watch_round")]


class LegalHold(models.Model):
    """Nothing under it is cleared or forgotten, whatever its age. `kind` is case, account, author or
    picture; `key` its number, key, pseudonym or digest."""

    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=80)
    reason = models.CharField(max_length=400)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=400, blank=True)
    lift_signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], condition=models.Q(lifted_at=None), name="one_hold_on_a_thing")]


class RetentionRun(models.Model):
    """What one run took away. `root` binds the digests of the cleared post versions in the order of their ids. Insert-only."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    why = models.CharField(max_length=12)
    counts = models.JSONField()
    root = models.CharField(max_length=64)


class Erasure(models.Model):
    """A destroyed key (`vault/...`) or an author whose posts were cleared (`author/...`), why and on whose authority. Insert-only."""

    name = models.CharField(max_length=80)
    reason = models.CharField(max_length=400)
    authority = models.CharField(max_length=24)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")
    run = models.ForeignKey(RetentionRun, models.PROTECT, null=True, blank=True, related_name="erasures")

    class Meta:
        indexes = [models.Index(fields=["name"], name="erasure_name")]


class Telling(models.Model):
    """One happening with its stakeholders, once per `cause`. `kind` is a row of core.stakes, or `limit.` and a row of the watches.

    `thing` is [kind, key, label] for the link; `place` market, brand and account; `named` the people by their part; `acts` the rights whose
    holders there are told. Nobody has been told before `spread_at`. A matter of `safety` climbs (`rung`) until it is acknowledged or ended.
    """

    kind = models.CharField(max_length=60)
    cause = models.CharField(max_length=300, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    thing = models.JSONField(default=list)
    place = models.JSONField(default=list)
    named = models.JSONField(default=dict)
    acts = models.JSONField(default=list)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="tellings")
    safety = models.BooleanField(default=False)
    spread_at = models.DateTimeField(null=True, blank=True)
    rung = models.CharField(max_length=12, default="owner")
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="telling_not_spread", condition=models.Q(spread_at=None)),
            models.Index(fields=["at"], name="telling_climbs", condition=models.Q(safety=True, acknowledged_at=None, ended_at=None)),
        ]


class Mail(models.Model):
    """One mail on its way to one person: written once, in their language, sent at most once. `provider_words` are the mail server's own."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    form = models.CharField(max_length=8)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    number = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=8, default=MailState.WAITING.value)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    sending_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    provider_words = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="mail_open", condition=models.Q(state__in=("waiting", "sending"))),
            models.Index(fields=["person", "-id"], name="mail_person"),
        ]


class Told(models.Model):
    """One person told of one telling, once: why (the rung, or the part they have), how, and in which mail."""

    telling = models.ForeignKey(Telling, models.PROTECT, related_name="told")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=16)
    group = models.CharField(max_length=16)
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(Mail, models.PROTECT, null=True, blank=True, related_name="told")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["telling", "person"], name="told_once")]
        indexes = [
            models.Index(fields=["person", "-id"], name="told_person"),
            models.Index(fields=["person"], name="told_gathers", condition=models.Q(how="digest", mail=None)),
        ]


class Hearing(models.Model):
    """How a person has chosen to hear: per kind a way, and the rhythm of the mails that gather. Empty: the usual of their functions."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hearing")
    ways = models.JSONField(default=dict)
    rhythm = models.CharField(max_length=8, blank=True)
    changed_at = models.DateTimeField()
