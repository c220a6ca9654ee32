"""Pilots: one page that says what is tried, on which accounts, what stops it and when it is decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
