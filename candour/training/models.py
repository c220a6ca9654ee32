"""The learning half of GOVERN: attempts and certificates. Course texts are pack data."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Attempt(models.Model):
    """One run through a course: version, language and every decision taken."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attempts")
    course = models.CharField(max_length=40)
    course_version = models.CharField(max_length=24)
    lang = models.CharField(max_length=12)
    answers = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    right = models.PositiveSmallIntegerField(default=0)
    passed = models.BooleanField(default=False)


class Certificate(models.Model):
    """Opens the right to speak until it expires. `market` empty: the course counts for every market."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="certificates")
    course = models.CharField(max_length=40)
    course_version = models.CharField(max_length=24)
    lang = models.CharField(max_length=12)
    market = models.CharField(max_length=8, blank=True)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, blank=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "course", "-expires_at"], name="certificate_person")]
