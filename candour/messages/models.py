"""APPROVE: drafts, checks, reviews, seals, approved messages and their publications."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from candour.core.states import DraftState, PublicationState, SealState
from candour.journal.models import Signature
from candour.registry.models import Account, Product

PERSON = settings.AUTH_USER_MODEL


class Draft(models.Model):
    """A text on its way to approval, for one account and market; `also` holds keys of further accounts of that market it may go to."""

    title = models.CharField(_("Title"), max_length=160)
    kind = models.CharField(max_length=24, default="post")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    also = models.JSONField(default=list)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    market = models.CharField(max_length=8)
    audience = models.CharField(max_length=4, default="pub")
    lang = models.CharField(max_length=12)
    duties = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default=DraftState.WRITING.value)
    version = models.PositiveIntegerField(default=1)
    based_on = models.ForeignKey("ApprovedMessage", models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "-changed_at"], name="draft_state")]


class DraftVersion(models.Model):
    """One saved state of a draft. `exact` holds the canonical bytes that checks judge and reviewers sign."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(_("Text"))
    title = models.CharField(max_length=200, blank=True)
    links = models.JSONField(default=list)
    alt_text = models.CharField(max_length=300, blank=True)
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_version_number")]


class CheckRun(models.Model):
    """The answer of the content check on one version, by named pack releases; kept as evidence."""

    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="checks")
    releases = models.JSONField()
    verdict = models.CharField(max_length=8)
    findings = models.JSONField()
    at = models.DateTimeField()


class PieceCheck(models.Model):
    """A question whether something may be posted, liked or shared, with the answer and the releases that gave it; evidence.

    `facts` are the fields of the piece as asked; words of a third party are kept as a digest only.
    """

    market = models.CharField(max_length=8)
    product = models.ForeignKey("registry.Product", models.PROTECT, null=True, blank=True, related_name="+")
    facts = models.JSONField()
    releases = models.JSONField()
    verdict = models.CharField(max_length=8)
    findings = models.JSONField()
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["by", "-at"], name="piece_check_by")]


class FindingAnswer(models.Model):
    """What the author says to a finding: fix, justify or not applicable, with a reason."""

    check_run = models.ForeignKey(CheckRun, models.PROTECT, related_name="answers")
    rule = models.CharField(max_length=48)
    answer = models.CharField(max_length=16)
    reason = models.CharField(max_length=400)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_run", "rule"], name="one_answer_per_rule")]


class Review(models.Model):
    """A submitted version with its parallel seals. It ends signed, with changes asked for, or void when the text was edited."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="reviews")
    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="reviews")
    check_run = models.ForeignKey(CheckRun, models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    note = models.CharField(max_length=400, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)


class Seal(models.Model):
    """One role's place in a review: waiting, looking, asks for changes, signed or void."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="seals")
    role = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=SealState.WAITING.value)
    person = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    looked_at = models.DateTimeField(null=True, blank=True)
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.CharField(max_length=600, blank=True)
    void_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "role"], name="one_seal_per_role")]


class ApprovedMessage(models.Model):
    """A signed message or reply template. `exact` are the signed bytes; text is what a person reads of them."""

    key = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=24)
    duties = models.CharField(max_length=120, blank=True)
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, blank=True, related_name="approvals")
    version = models.ForeignKey(DraftVersion, models.PROTECT, null=True, blank=True, related_name="approvals")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    market = models.CharField(max_length=8)
    lang = models.CharField(max_length=12)
    audience = models.CharField(max_length=4, default="pub")
    text = models.TextField()
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    signatures = models.ManyToManyField(Signature, related_name="+")
    number = models.PositiveIntegerField(default=1)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "market", "lang"], name="approved_kind_market")]


class Publication(models.Model):
    """One text on its way to one destination, and what became of it. `key` is ours and is offered to the receiver where it takes one.

    The outcome: `attempts` made in all and `tries` since a person last decided, from `first_tried_at` to `sending_since`; `failure` is
    transient, permanent or given_up (by a person) with its `cause` and `reach`; `next_at` is the next attempt, and `asked_at` says since
    when only a person can settle it. `provider_words` are the receiver's own.

    Where we have no connector, `hand_to` publishes it and signs (`statement`) that it has stood at `url` since `stated_at`.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(ApprovedMessage, models.PROTECT, related_name="publications")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    lang = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    filled = models.JSONField(default=dict)
    thread = models.CharField(max_length=300, blank=True)
    in_reply_to = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, default=PublicationState.HELD.value)
    due_at = models.DateTimeField()
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=12, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    reach = models.CharField(max_length=8, blank=True)
    remote_id = models.CharField(max_length=300, blank=True)
    remote_version = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    sending_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    provider_words = models.TextField(blank=True)
    hand_to = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    stated_at = models.DateTimeField(null=True, blank=True)
    statement = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="publication_due"),
            models.Index(fields=["due_at"], name="publication_day"),
        ]


class ReadBack(models.Model):
    """One look at what is live: equal to what was signed, or what differs. Insert-only."""

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="read_backs")
    at = models.DateTimeField()
    equal = models.BooleanField()
    seen_text = models.TextField()
    difference = models.JSONField(default=list)
    remote_version = models.CharField(max_length=200, blank=True)


class Drift(models.Model):
    """A live text that is no longer what was signed: a finding until a person closes it with a reason."""

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="drifts")
    opened_at = models.DateTimeField()
    signed_text = models.TextField()
    seen_text = models.TextField()
    letters = models.PositiveIntegerField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)


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

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="embargoes")
    until = models.DateTimeField()
    reason = models.CharField(_("Reason"), max_length=300)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_why = models.CharField(max_length=300, blank=True)
