"""GOVERN: the company, its markets, brands and products, the accounts it speaks from, and the pack releases that judge its words."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from candour.journal.models import Signature


class Company(models.Model):
    """The one company of this installation."""

    name = models.CharField(_("Company"), max_length=120)
    short = models.CharField(max_length=40)
    safety_recipient = models.EmailField(_("Drug safety address"), blank=True)
    listed = models.BooleanField(default=False)
    set_up_at = models.DateTimeField(null=True, blank=True)


class Market(models.Model):
    """A country the company speaks or listens in. Rules, office hours and clocks come from the pack of the same code."""

    code = models.CharField(_("Market"), max_length=8, unique=True)
    name = models.CharField(max_length=80)
    languages = models.CharField(max_length=80)
    timezone = models.CharField(max_length=64)
    reporting_route = models.CharField(_("National reporting route"), max_length=200, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    private_contact = models.CharField(_("Private contact"), max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A name the company markets."""

    key = models.SlugField(unique=True)
    name = models.CharField(_("Brand"), max_length=80)
    area = models.CharField(_("Therapy area"), max_length=120, blank=True)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A medicine or device under a brand."""

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="products")
    key = models.SlugField(unique=True)
    name = models.CharField(_("Product"), max_length=120)
    substance = models.CharField(_("Substance"), max_length=120, blank=True)

    def __str__(self) -> str:
        return self.name


class ProductStatus(models.Model):
    """Legal status of a product in one market from a date on, with the flags that rules read."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="statuses")
    market = models.ForeignKey(Market, models.PROTECT, related_name="+")
    status = models.CharField(max_length=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    boxed_warning = models.BooleanField(default=False)
    black_triangle = models.BooleanField(default=False)
    narcotic = models.BooleanField(default=False)
    reimbursed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "market", "valid_from"], name="one_status_per_day")]


class LabelFacts(models.Model):
    """What the label of one market says: what the product is for, its limits and serious risks, and the page with the full risks."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="labels")
    market = models.ForeignKey(Market, models.PROTECT, related_name="+")
    indication = models.TextField(blank=True)
    limits = models.TextField(blank=True)
    serious_risks = models.TextField(blank=True)
    risk_page = models.URLField(blank=True)
    valid_from = models.DateField()


class ProductName(models.Model):
    """A term under which people speak of a product: name, substance, nickname, class nickname, misspelling, hashtag, code."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="names")
    kind = models.CharField(max_length=24)
    term = models.CharField(max_length=120)
    market = models.CharField(max_length=8, blank=True)
    ambiguous = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "term", "market"], name="one_term_per_market")]


class Account(models.Model):
    """An account, page or feed with an owner and a purpose; `ours` says whether drug safety must count it as under our responsibility.

    Its texts are also judged by the rules of `owner_country`, that of the legal entity behind it, and of the countries it is `aimed_at`
    (two-letter codes with blanks between them). Empty: the market alone.
    """

    key = models.SlugField(max_length=80, unique=True)
    network = models.CharField(_("Network"), max_length=24)
    handle = models.CharField(_("Handle"), max_length=120)
    market = models.CharField(_("Market"), max_length=8)
    brand = models.CharField(max_length=64, blank=True)
    audience = models.CharField(_("Audience"), max_length=4, default="pub")
    purpose = models.CharField(_("Purpose"), max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    owner_since = models.DateTimeField(null=True, blank=True)
    ours = models.BooleanField(_("Under our responsibility"), default=True)
    ours_reason = models.CharField(_("Reason"), max_length=300, blank=True)
    screening_minutes = models.PositiveIntegerField(_("Screening interval, minutes"), default=15)
    connection = models.CharField(max_length=16, default="not_connected")
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    rules_page = models.URLField(blank=True)
    owner_country = models.CharField(_("Country of the legal owner"), max_length=8, blank=True, default="", db_default="")
    aimed_at = models.CharField(_("Also aimed at"), max_length=120, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "handle"], name="one_row_per_handle")]

    def __str__(self) -> str:
        return self.handle

    @property
    def aims(self) -> tuple[str, ...]:
        """Codes of the countries it is also aimed at."""
        return tuple(self.aimed_at.split())


class Activity(models.Model):
    """Anything social the company does, with or without an account of its own."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    market = models.CharField(max_length=8)
    brand = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    purpose = models.CharField(max_length=300, blank=True)


class PackRelease(models.Model):
    """An activated pack: exact bytes, hash, signature and effective date. What runs is this, never the shipped file as such."""

    kind = models.CharField(max_length=16)
    pack = models.CharField(max_length=40)
    version = models.CharField(max_length=24)
    sha256 = models.CharField(max_length=64)
    content = models.TextField()
    effective_at = models.DateTimeField()
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["kind", "pack", "-effective_at"], name="release_current")]
