"""APPROVE: requests to let an approval last longer."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from candour.core.states import ExtensionState
from candour.journal.models import Signature

PERSON = settings.AUTH_USER_MODEL


class Extension(models.Model):
    """Somebody asks that a message may be used until a later instant; the reviewer of `role` answers with a signature. `before`: until
    when it held when this was asked."""

    message = models.ForeignKey("approval.ApprovedMessage", models.PROTECT, related_name="extensions", db_index=False)
    until = models.DateTimeField()
    before = models.DateTimeField()
    role = models.CharField(max_length=16)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, default=ExtensionState.ASKED.value)
    answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["message", "state"], name="extension_of")]
        constraints = [models.UniqueConstraint(fields=["message"], condition=models.Q(state="asked"), name="one_open_extension")]
