"""APPROVE: drafts, checks, reviews, seals, approved messages and their publications."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from candour.core.states import DraftState, NoteState, PublicationState, SealState
from candour.journal.models import Signature
from candour.messages.ad_models import AdRecord
from candour.messages.claim_models import Claim, ClaimSeal, ClaimUse, ClaimVersion, ClaimWording
from candour.messages.extension_models import Extension
from candour.messages.pause_models import Embargo, Pause
from candour.messages.withdrawal_models import Withdrawal, WithdrawalStep
from candour.registry.models import Account, Product

#: Models of this app that stand in files of their own.
__all__ = [
    "AdRecord",
    "Claim",
    "ClaimSeal",
    "ClaimUse",
    "ClaimVersion",
    "ClaimWording",
    "Embargo",
    "Extension",
    "Pause",
    "Withdrawal",
    "WithdrawalStep",
]

PERSON = settings.AUTH_USER_MODEL


class Draft(models.Model):
    """A text on its way to approval, for one account and market; `also` holds keys of further accounts of that market it may go to.

    `wanted_from` and `wanted_until` are the window its author asks for; without them an approval begins with its last seal.
    A text of its own for one account names the main text of its message (`variant_of`).
    """

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
    variant_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="variants", db_index=False)
    wanted_from = models.DateTimeField(null=True, blank=True)
    wanted_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "-changed_at"], name="draft_state"), models.Index("variant_of", name="draft_variant_of")]


class Picture(models.Model):
    """A picture of the library, named by the SHA-256 digest of its bytes, with what is known of the rights in it.

    `shows_people` wants a `consent`; `licence` says whose it is and what was agreed; after `rights_until` (a day) it is not published. What
    it shows is said where it is used: the words for it belong to the text and its language. `cleared_run`: the retention run that took its
    bytes, which happens to none that was ever submitted.
    """

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    name = models.CharField(max_length=120, blank=True)
    shows_people = models.BooleanField(default=False)
    consent = models.CharField(_("Consent of the people shown"), max_length=200, blank=True)
    licence = models.CharField(_("Licence"), max_length=300, blank=True)
    rights_until = models.DateField(null=True, blank=True)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    cleared_run = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="picture_newest")]


class PictureContent(models.Model):
    """The bytes of a picture. Insert-only, until a retention run takes those that no submitted text shows; the record has their digest."""

    picture = models.OneToOneField(Picture, models.PROTECT, related_name="content")
    content = models.BinaryField()


class DraftVersion(models.Model):
    """One saved state of a draft. `exact` holds the canonical bytes that checks judge and reviewers sign.

    `alt_text` says in words what its picture shows, `picture_words` repeats the words that stand in the picture.

    What is submitted is a version of its own (`submitted`): its bytes also hold the window, what the links led to and what the check said.
    """

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(_("Text"))
    title = models.CharField(max_length=200, blank=True)
    links = models.JSONField(default=list)
    alt_text = models.CharField(max_length=300, blank=True)
    picture = models.ForeignKey(Picture, models.PROTECT, null=True, blank=True, to_field="digest", related_name="versions", db_index=False)
    picture_words = models.CharField(max_length=600, blank=True, default="", db_default="")
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    submitted = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["picture"], name="draft_version_picture")]
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_version_number")]


class Sketch(models.Model):
    """What somebody had typed into a draft at an instant without keeping it: no version, checked by nobody and never signed.

    `base` is the version of the draft that was on their page. `text` and `title` are as typed.
    """

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="sketches")
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", db_index=False)
    base = models.PositiveIntegerField()
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    begun_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["draft", "by", "-id"], name="sketch_of_person")]


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


class LinkSnapshot(models.Model):
    """What a link of a submitted text led to at an instant: digest, status and title of the page, or why it was not reached.

    Insert-only. The one taken at the submission is part of the signed bytes; later ones show whether the page is still the same.
    """

    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="link_snapshots")
    address = models.CharField(max_length=1000)
    final_address = models.CharField(max_length=1000, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    fetched_at = models.DateTimeField()


class Review(models.Model):
    """A submitted version with its parallel seals. It ends signed, rejected, with changes asked for, or void when the text was edited.

    `tier` and `reasons` say how much can go wrong and why (core.review.risk).
    """

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="reviews")
    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="reviews")
    check_run = models.ForeignKey(CheckRun, models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    note = models.CharField(max_length=400, blank=True)
    tier = models.CharField(max_length=8, default="usual", db_default="usual")
    reasons = models.JSONField(default=list, db_default=[])
    ended_at = models.DateTimeField(null=True, blank=True)


class Seal(models.Model):
    """One role's place in a review: waiting, looking, asks for changes, rejected, signed, kept or void.

    `about`: what alone this role is asked; empty for the whole text. `advisory`: may speak and holds nothing up. `kept`: the earlier seal
    whose signature still stands, over the earlier bytes.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="seals")
    role = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=SealState.WAITING.value)
    person = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    looked_at = models.DateTimeField(null=True, blank=True)
    signature = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.CharField(max_length=600, blank=True)
    void_why = models.CharField(max_length=300, blank=True)
    about = models.TextField(blank=True, default="", db_default="")
    advisory = models.BooleanField(default=False, db_default=False)
    kept = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "role"], name="one_seal_per_role")]


class Annotation(models.Model):
    """A reviewer's note on words of a version, in the name of a role. `start` and `end` count code points; without words it is about all.

    `region` is the part of the version's picture that it is about: left, top, width, height in ten-thousandths of the picture's sides.
    Where it stands in a later version is computed from its quote (core.anchors) or the picture's digest, never stored anew.
    """

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="annotations")
    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="annotations")
    kind = models.CharField(max_length=8)
    role = models.CharField(max_length=16)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    quote = models.TextField(blank=True)
    region = models.JSONField(null=True, blank=True)
    words = models.CharField(max_length=600)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, default=NoteState.OPEN.value)
    answer = models.CharField(max_length=600, blank=True)
    answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["draft", "state"], name="annotation_draft_state")]


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
    reused_from = models.ForeignKey("ReuseProof", models.PROTECT, null=True, blank=True, related_name="messages", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "market", "lang"], name="approved_kind_market"),
            models.Index(fields=["reused_from"], name="approved_reused_from"),
            GinIndex(models.Func(models.F("text"), function="approval_runs"), name="approved_runs"),
        ]


class Translation(models.Model):
    """An approved message in another language for a market: one piece for the title, one per sentence of the text, one for the picture's
    description. Insert-only: a better wording is a new row. `digest` is that of `exact`, source and translation in canonical bytes."""

    source = models.ForeignKey(ApprovedMessage, models.PROTECT, related_name="translations")
    market = models.CharField(max_length=8)
    lang = models.CharField(max_length=12)
    pieces = models.JSONField()
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    alt_text = models.CharField(max_length=300, blank=True)
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["source", "market", "lang", "-id"], name="translation_newest")]


class CertifiedSentence(models.Model):
    """A named person's signature under one piece of a translation: `source` and `target` are the words, `digest` covers the pair."""

    translation = models.ForeignKey(Translation, models.PROTECT, related_name="certified")
    number = models.PositiveIntegerField()
    source = models.TextField()
    target = models.TextField()
    digest = models.CharField(max_length=64)
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["translation", "number"], name="one_certificate_per_sentence")]


class ReuseProof(models.Model):
    """Why a proven message may be used in another market with so little review: both ends, both results, what differs, the answer, signed.

    `exact` are the canonical bytes that `signature` covers; the other columns say the same for queries. `full_minutes` is what a full
    review was taken to cost when this was asked. `answer` is live or ask; what was refused is no proof and only stands in the journal.
    """

    source = models.ForeignKey(ApprovedMessage, models.PROTECT, related_name="reuses")
    source_digest = models.CharField(max_length=64)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    market = models.CharField(max_length=8)
    audience = models.CharField(max_length=4)
    lang = models.CharField(max_length=12)
    draft = models.OneToOneField(Draft, models.PROTECT, related_name="+")
    review = models.OneToOneField(Review, models.PROTECT, null=True, blank=True, related_name="+")
    translation = models.ForeignKey(Translation, models.PROTECT, null=True, blank=True, related_name="+")
    target_digest = models.CharField(max_length=64)
    releases = models.JSONField()
    results = models.JSONField()
    differences = models.JSONField()
    answer = models.CharField(max_length=8)
    asked = models.JSONField(default=list)
    minutes = models.PositiveIntegerField()
    full_minutes = models.PositiveIntegerField()
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    exact = models.BinaryField()
    digest = models.CharField(max_length=64)
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["market", "-made_at"], name="reuse_market")]


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
    hand_to = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    stated_at = models.DateTimeField(null=True, blank=True)
    statement = models.ForeignKey(Signature, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

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


class AuthorityEntry(models.Model):
    """A number that an authority, or a signatory, gave for these words: `digest` is that of the content it was given for.

    Never edited: a wrong one is withdrawn with the reason. `document_sha256` names the authority's letter, which is kept elsewhere.
    """

    message = models.ForeignKey(ApprovedMessage, models.PROTECT, null=True, blank=True, related_name="authority_entries")
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, blank=True, related_name="authority_entries")
    gate = models.CharField(max_length=24)
    market = models.CharField(max_length=8)
    number = models.CharField(max_length=60)
    given_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["digest", "gate", "market"], name="authority_entry_of")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(message__isnull=False) | models.Q(draft__isnull=False), name="authority_entry_has_a_text"
            )
        ]


class AuthorityWithdrawal(models.Model):
    """An entry that no longer stands, with the reason."""

    entry = models.OneToOneField(AuthorityEntry, models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=400)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class FilingDuty(models.Model):
    """What is owed to an authority since a message was first used; settled by a standing entry for the same words, gate and market."""

    message = models.ForeignKey(ApprovedMessage, models.PROTECT, related_name="filing_duties")
    gate = models.CharField(max_length=24)
    market = models.CharField(max_length=8)
    rule = models.CharField(max_length=48)
    law = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "gate", "market"], name="one_filing_duty")]
