"""Messages shown for money."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

PERSON = settings.AUTH_USER_MODEL


class AdRecord(models.Model):
    """A message shown for money to a chosen audience: where, to whom, why that is lawful, and for how long. The text is the message's.

    `described` says who sees it in words; `gate` how health professionals are told from others; `again_of` the record whose audience was
    widened or changed. `releases` judged the message as a paid piece on its first day. Ended, never edited.
    """

    message = models.ForeignKey("approval.ApprovedMessage", models.PROTECT, related_name="ads")
    network = models.CharField(_("Network"), max_length=24)
    audience = models.CharField(_("Audience"), max_length=4)
    described = models.CharField(_("Who sees it"), max_length=300)
    country = models.CharField(_("Country"), max_length=8)
    age_floor = models.PositiveSmallIntegerField(_("Lowest age"))
    gate = models.CharField(_("How professionals are told from others"), max_length=200, blank=True)
    budget = models.CharField(_("Budget"), max_length=40, blank=True)
    reason = models.CharField(_("Why this audience is lawful"), max_length=400)
    starts_on = models.DateField(_("First day"))
    ends_on = models.DateField(_("Last day"))
    releases = models.JSONField(default=dict)
    again_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    ended_why = models.CharField(max_length=300, blank=True)
