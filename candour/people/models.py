"""People, their functions (dated grants) and deputies."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["User"]):
    """Finds people by e-mail address without regard to case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A named person, or a machine that acts under its own name. Never deleted: signatures point here (records reference, R14)."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=120)
    title = models.CharField(_("Title"), max_length=120, blank=True)
    language = models.CharField(_("Language"), max_length=12, default="en")
    timezone = models.CharField(_("Time zone"), max_length=64, default="Europe/Berlin")
    theme = models.CharField(_("Theme"), max_length=8, default="")
    is_active = models.BooleanField(default=True)
    is_machine = models.BooleanField(default=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)

    objects = PersonManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the round mark beside a name."""
        parts = [part for part in self.name.replace(".", "").split() if part.lower() != "dr"]
        return (parts[0][:1] + parts[-1][:1]).upper() if parts else "?"


class Grant(models.Model):
    """A function held for a market, brand or account between two dates. Empty market, brand or account: all of them."""

    person = models.ForeignKey(User, models.PROTECT, related_name="grants")
    function = models.CharField(max_length=32)
    market = models.CharField(max_length=8, blank=True)
    brand = models.CharField(max_length=64, blank=True)
    account = models.CharField(max_length=120, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "function"], name="grant_person_function")]


class Deputy(models.Model):
    """While `person` is away, `deputy` holds the same functions; both names stay in the journal."""

    person = models.ForeignKey(User, models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="+")
    away_from = models.DateTimeField()
    away_to = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)


class SpentForm(models.Model):
    """A form that was sent once and must not act again. `answer` is where its sender was led; gone after a day."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "token"], name="one_act_per_form")]
        indexes = [models.Index(fields=["at"], name="spent_form_at")]
