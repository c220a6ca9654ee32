"""What holds publication back: pauses and embargoes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from candour.journal.models import Signature
from candour.registry.models import Account, Product

PERSON = settings.AUTH_USER_MODEL


class Pause(models.Model):
    """Nothing leaves that it covers: every side that is given must fit (market, product, account, words of the text). Answers to people
    go on. It begins and ends with a signature and a reason; what came due meanwhile waits for a person."""

    market = models.CharField(_("Market"), max_length=8, blank=True)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    theme = models.CharField(_("Words of the text"), max_length=120, blank=True)
    reason = models.CharField(_("Reason"), max_length=300)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True)
    end_signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")


class Embargo(models.Model):
    """A text of this draft, and every message approved from it, is not published before `until`, unless a person lifts it."""

    draft = models.ForeignKey("approval.Draft", models.PROTECT, related_name="embargoes")
    until = models.DateTimeField()
    reason = models.CharField(_("Reason"), max_length=300)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_why = models.CharField(max_length=300, blank=True)
