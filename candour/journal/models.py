"""The append-only record: entries, leaves, signed heads, signatures. Tables refuse update and delete by trigger."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Func


class DatabaseNow(Func):
    """The database clock; in a demo installation the demo clock while seeding. Nothing else dates an entry or a signature."""

    function = "candour_now"
    arity = 0
    output_field = models.DateTimeField()


class Installation(models.Model):
    """One row: who we are. `demo` is set at creation and can't be changed (trigger): a demo can't become a real company."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    demo = models.BooleanField(default=False)
    born_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]


class Entry(models.Model):
    """One change of one row, or one named happening (`op` N). `old` and `new` are the JSON text of the columns, exactly as stored.

    `at` is the database clock, which a demo installation's seeding may set; `written_at` is the machine's own clock in every installation.
    Both, the actor and the act are filled in by a trigger: an INSERT can't claim others.
    """

    at = models.DateTimeField()
    written_at = models.DateTimeField()
    actor = models.CharField(max_length=32)
    actor_name = models.CharField(max_length=120)
    act = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    subject = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    op = models.CharField(max_length=1)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "key", "id"], name="entry_subject_key"),
            models.Index(fields=["actor", "-id"], name="entry_actor"),
        ]


class Leaf(models.Model):
    """An entry's place in the tree, given when it is sealed; never from a sequence, so writers never queue."""

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()


class Head(models.Model):
    """A signed state of the tree. `signed` holds the exact bytes under `signature`; `frontier` lets the next seal go on from here."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    signed = models.TextField()
    signature = models.CharField(max_length=128)
    public_key = models.CharField(max_length=64)
    frontier = models.BinaryField()


class Signature(models.Model):
    """A person's signature over exact bytes (21 CFR 11.50, 11.70, 11.200; records reference R9-R15).

    How the signer proved who they are: `method`, the instant `auth_time`, and `auth_context`, canonical JSON with what that method leaves
    behind. For a passkey: its row, and the authenticator's own signature over a challenge made of `nonce` and `bound`, the digest of the
    form. An identity provider's fresh answer fills the same three.
    """

    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signer_name = models.CharField(max_length=120)
    signer_title = models.CharField(max_length=120, blank=True)
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    meaning = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    shown = models.BinaryField()
    pack_releases = models.TextField(blank=True)
    method = models.CharField(max_length=32)
    auth_time = models.DateTimeField()
    auth_context = models.TextField(default="", db_default="", blank=True)
    at = models.DateTimeField(db_default=DatabaseNow())
    simulated = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["subject", "key"], name="signature_subject_key")]
