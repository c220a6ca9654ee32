"""The hand-over to drug safety, quality or medical information: what was given, to whom, and the digest of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from candour.cases.models import Duty


class HandOver(models.Model):
    """One hand-over of one duty. `report_sealed` holds the report (criteria with their words, source, clocks) under the case's key."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="hand_overs")
    recipient = models.CharField(max_length=200)
    way = models.CharField(max_length=16, default="queue")
    report_sealed = models.BinaryField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expected = models.CharField(max_length=200)
