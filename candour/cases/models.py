"""ENGAGE: a case is one person in one thread, with two clocks, the duties it owes and the receipts that end them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from candour.core.states import CaseState, DutyState
from candour.listening.models import Post
from candour.messages.models import Publication
from candour.registry.models import Account, Product

PERSON = settings.AUTH_USER_MODEL


class Case(models.Model):
    """`version` refuses the second writer; `next_due_at` is the nearer open clock and orders the inbox. No words of a patient stand here:
    they are evidence under `vault`, the case's own key."""

    number = models.CharField(max_length=16, unique=True)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    thread = models.CharField(max_length=300, blank=True)
    person_key = models.CharField(max_length=32)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    source_kind = models.CharField(max_length=24)
    market = models.CharField(max_length=8)
    lang = models.CharField(max_length=12)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    vault = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default=CaseState.OPEN.value)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    aware_at = models.DateTimeField()
    aware_basis = models.CharField(max_length=16)
    born_late = models.CharField(max_length=200, blank=True)
    safety_due_at = models.DateTimeField(null=True, blank=True)
    safety_met_at = models.DateTimeField(null=True, blank=True)
    service_due_at = models.DateTimeField(null=True, blank=True)
    service_met_at = models.DateTimeField(null=True, blank=True)
    next_due_at = models.DateTimeField()
    assignee = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    alike = models.PositiveIntegerField(default=0)
    top_duty = models.CharField(max_length=24)
    top_score = models.FloatField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    resolution = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_due_at", "id"], name="case_open_due", condition=models.Q(state="open")),
            models.Index(fields=["person_key", "thread"], name="case_person_thread"),
            models.Index(fields=["-opened_at"], name="case_opened"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person_key", "thread"], condition=models.Q(state="open"), name="one_open_case_per_person_thread"
            )
        ]


class CasePost(models.Model):
    """A post that belongs to a case: its first, a later one of the same person, or one alike."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="posts")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, default="said")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "post"], name="post_once_per_case")]


class Evidence(models.Model):
    """A copy kept for the case, sealed under its key: the post as captured, its marks, its author. Outlives the post's retention."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16)
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64)
    captured_at = models.DateTimeField()


class Duty(models.Model):
    """What the case owes. A duty with a receiver ends only with that receiver's receipt."""

    #: The step that the act under way has taken with it; empty when it took none.
    moved = ""
    case = models.ForeignKey(Case, models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=24)
    score = models.FloatField(default=1)
    state = models.CharField(max_length=12, default=DutyState.OPEN.value)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="one_duty_of_a_kind")]
        indexes = [
            models.Index(fields=["handed_over_at", "id"], name="duty_handed_over", condition=models.Q(state="handed_over")),
            models.Index(fields=["kind", "case"], name="duty_open", condition=models.Q(state="open")),
            models.Index(fields=["due_at"], name="duty_open_due", condition=models.Q(state="open")),
        ]


class Receipt(models.Model):
    """The receiver's confirmation that ends a duty: number, when, who entered it. One per hand-over: what is told later has its own."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="receipts")
    number = models.CharField(max_length=60)
    received_at = models.DateTimeField()
    entered_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)


class Reply(models.Model):
    """An answer in a case: the publication that carries it, and the template it came from."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="replies")
    publication = models.OneToOneField(Publication, models.PROTECT, related_name="reply")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Happening(models.Model):
    """A line of the case's timeline that is no post and no reply: opened, assigned, note, clock, hand-over, receipt. Words are sealed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="happenings")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    sealed = models.BinaryField(null=True, blank=True)
    data = models.JSONField(default=dict)


class Presence(models.Model):
    """Who has a case open right now, and whether they write. Not part of the record."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="presences")
    person = models.ForeignKey(PERSON, models.CASCADE, related_name="+")
    doing = models.CharField(max_length=8, default="viewing")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="one_presence")]
