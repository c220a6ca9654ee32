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
    failed_codes = models.PositiveSmallIntegerField(default=0, db_default=0)
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


class Passkey(models.Model):
    """A passkey of a person. A removed one opens nothing, and stays: signatures given with it can be checked against `public`."""

    person = models.ForeignKey(User, models.PROTECT, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential = models.TextField(unique=True)
    public = models.TextField()
    counter = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)


class CodeApp(models.Model):
    """An authenticator app. `sealed` is its key as ciphertext under the key file `vault`; it counts from the first right code on."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    vault = models.CharField(max_length=64)
    sealed = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(removed_at=None, confirmed_at__isnull=False), name="one_code_app_each"
            )
        ]


class RecoveryCode(models.Model):
    """A code for the day the telephone is lost: only its hash is here, and it opens the door once."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)


class Challenge(models.Model):
    """What a passkey was asked to sign: once, for one person (none: whoever answers), one purpose and one form; gone after minutes."""

    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    purpose = models.CharField(max_length=16)
    bound = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    challenge = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="challenge_expires")]


class SignedIn(models.Model):
    """A session as its person knows it: on what, from where in coarse form, since when. The session itself is the framework's."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    session = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80)
    place = models.CharField(max_length=60)
    method = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-seen_at"], name="signed_in_person")]


class SecondStepRule(models.Model):
    """Whoever holds this function signs in with a second step. `ended_at` is when that was no longer asked."""

    function = models.CharField(max_length=32)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["function"], condition=models.Q(ended_at=None), name="one_rule_per_function")]
