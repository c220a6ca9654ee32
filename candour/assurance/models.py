"""Pilots, each with its one page; what is held, what a retention run took away, and what was erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models

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


class LegalHold(models.Model):
    """Nothing under it is cleared or forgotten, whatever its age. `kind` is case, account or author; `key` its number, key or pseudonym."""

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
