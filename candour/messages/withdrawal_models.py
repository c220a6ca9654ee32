"""APPROVE: what was withdrawn, everything it reached, and what became of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from candour.core.states import StepState
from candour.journal.models import Signature
from candour.registry.models import Product

PERSON = settings.AUTH_USER_MODEL


class Withdrawal(models.Model):
    """A signed act that takes texts out of use: of one message (`kind` message), of a claim with all that say it (claim), or of all of a
    product in a market whose label changed (label). `exact` are the signed bytes: the reason and everything it
    reached. It has ended when every step has."""

    kind = models.CharField(max_length=8)
    message = models.ForeignKey("approval.ApprovedMessage", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    claim = models.ForeignKey("approval.Claim", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    market = models.CharField(max_length=8)
    reason = models.CharField(max_length=300)
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["message"], name="withdrawal_message"),
            models.Index(fields=["-began_at"], name="withdrawal_newest"),
        ]


class WithdrawalStep(models.Model):
    """One thing that a withdrawal reached and its own outcome. `act`: void an approval, stop a review, look at a draft, take_back what has
    not left, take_down what stands somewhere. `person` has it while it is with a person; `words` say what was done, by `done_by`, signed
    where a person says so. `next_at` is the next attempt; `problem` and `provider_words` are the last one's."""

    withdrawal = models.ForeignKey(Withdrawal, models.PROTECT, related_name="steps", db_index=False)
    act = models.CharField(max_length=12)
    message = models.ForeignKey("approval.ApprovedMessage", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    draft = models.ForeignKey("approval.Draft", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    publication = models.ForeignKey("approval.Publication", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    market = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default=StepState.AHEAD.value)
    person = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    provider_words = models.TextField(blank=True)
    words = models.CharField(max_length=300, blank=True)
    done_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["withdrawal", "id"], name="withdrawal_step_of"),
            models.Index(fields=["state", "next_at"], name="withdrawal_step_due"),
            models.Index(fields=["publication"], name="withdrawal_step_publication"),
        ]
