"""APPROVE: claims: what may be said of a product, in which words, with which reference, and where it is said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from candour.core.states import ClaimState
from candour.journal.models import Signature
from candour.registry.models import Product

PERSON = settings.AUTH_USER_MODEL


class Claim(models.Model):
    """A claim about a product in some markets (codes in `markets`). Its words stand in versions; what is approved are the wordings.

    Approved it is usable until the day of `review_on`. `replaces`: the claim whose place it takes once it is approved.
    """

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(_("Title"), max_length=160)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    markets = models.JSONField(default=list)
    state = models.CharField(max_length=12, default=ClaimState.DRAFT.value)
    version = models.PositiveIntegerField(default=1)
    owner = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    review_on = models.DateField(_("Review by"))
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["product", "state"], name="claim_product_state")]

    @property
    def code(self) -> str:
        """What people call it."""
        return f"C-{self.number}"


class ClaimVersion(models.Model):
    """One saved state of a claim: title, markets, wordings, references and review day as `content`; `exact` are its canonical bytes, over
    which its reviewers sign."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "number"], name="claim_version_number")]


class ClaimSeal(models.Model):
    """A reviewer's signature over a version of a claim, in the name of a role."""

    version = models.ForeignKey(ClaimVersion, models.PROTECT, related_name="seals", db_index=False)
    role = models.CharField(max_length=16)
    person = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "role"], name="one_claim_seal_per_role")]


class ClaimWording(models.Model):
    """The words of an approved claim in one language, with the footnote they must not stand without."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="wordings", db_index=False)
    version = models.ForeignKey(ClaimVersion, models.PROTECT, related_name="+", db_index=False)
    lang = models.CharField(max_length=12)
    text = models.TextField()
    footnote = models.CharField(max_length=600, blank=True)

    class Meta:
        indexes = [models.Index(fields=["claim", "lang"], name="claim_wording_of")]


class ClaimUse(models.Model):
    """An approved wording that stood in a saved text, with its place in code points; `footnote_there`: its footnote stood there too."""

    version = models.ForeignKey("approval.DraftVersion", models.PROTECT, related_name="claims", db_index=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="uses", db_index=False)
    wording = models.ForeignKey(ClaimWording, models.PROTECT, related_name="+", db_index=False)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    footnote_there = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["claim", "version"], name="claim_use_of")]
        constraints = [models.UniqueConstraint(fields=["version", "start"], name="one_claim_at_a_place")]
