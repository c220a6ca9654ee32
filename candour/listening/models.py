"""LISTEN: sources and their silence, posts heard, what screening found in them, and what a person judged."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from candour.core.states import SourceState
from candour.registry.models import Account


class Source(models.Model):
    """A listening post: where we listen, how far we have read, and when something was last heard.

    `expected_minutes` is how often a poll must succeed (an answer without posts counts). Secrets are never in `settings`.
    `failed_tries` counts polls that failed in a row; before `next_try_at` no further one is made. `cause` names the failure.
    """

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    market = models.CharField(max_length=8)
    language = models.CharField(max_length=12, blank=True)
    ours = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    cursor = models.TextField(blank=True)
    expected_minutes = models.PositiveIntegerField(default=15)
    state = models.CharField(max_length=16, default=SourceState.NOT_CONNECTED.value)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_post_at = models.DateTimeField(null=True, blank=True)
    last_try_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    provider_words = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Gap(models.Model):
    """A dated silence of a source: from, to, why, and what was recovered when it was back-filled."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="gaps")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300)
    back_filled_at = models.DateTimeField(null=True, blank=True)
    recovered = models.PositiveIntegerField(null=True, blank=True)
    expected_about = models.PositiveIntegerField(null=True, blank=True)


class Intake(models.Model):
    """One batch taken in: counts in = stored + known + refused, and the Merkle root over the stored posts' bytes."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="intakes")
    at = models.DateTimeField()
    heard = models.PositiveIntegerField()
    stored = models.PositiveIntegerField()
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    root = models.CharField(max_length=64)
    screened_by = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)


class Post(models.Model):
    """A post heard. Thin on purpose: versions, bytes and findings hang on it, everything else points here.

    `judge_by` is set while the post is a row of the inbox waiting for a person.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="posts")
    remote_id = models.CharField(max_length=300)
    author_key = models.CharField(max_length=32)
    first_heard_at = models.DateTimeField()
    judge_by = models.DateTimeField(null=True, blank=True)
    second_look = models.BooleanField(default=False)
    alike_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    alike = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "remote_id"], name="post_remote_id")]
        indexes = [
            models.Index(fields=["judge_by", "id"], name="post_judge_by", condition=models.Q(judge_by__isnull=False)),
            models.Index(
                fields=["first_heard_at", "id"], name="post_second_look", condition=models.Q(second_look=True, judge_by__isnull=True)
            ),
            models.Index(fields=["-first_heard_at", "-id"], name="post_heard"),
            models.Index(fields=["author_key"], name="post_author"),
        ]


class PostVersion(models.Model):
    """What a post said when we saw it. Raw bytes are kept before any parsing; the handle is sealed under the month's key."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    published_at = models.DateTimeField()
    text = models.TextField()
    lang = models.CharField(max_length=12)
    market = models.CharField(max_length=8)
    thread = models.CharField(max_length=300, blank=True)
    in_reply_to = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    author_sealed = models.BinaryField()
    author_vault = models.CharField(max_length=64)
    raw = models.BinaryField()
    digest = models.CharField(max_length=64)
    deleted = models.BooleanField(default=False)
    products = models.CharField(max_length=200, blank=True)
    unscreened = models.BooleanField(default=False)
    sketch = ArrayField(models.BigIntegerField(), default=list)
    #: Kept beside the text: a frequent word is found by walking the newest posts, and parsing each of them again would take seconds.
    words = models.GeneratedField(expression=SearchVector("text", config="simple"), output_field=SearchVectorField(), db_persist=True)
    #: Number of the retention run that took words, bytes and handle away; the digest stays, so that the intake's root still holds.
    cleared_run = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="post_version_number")]
        indexes = [
            GinIndex(fields=["words"], name="post_words"),
            GinIndex(fields=["text"], name="post_trigrams", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["sketch"], name="post_alike"),
            models.Index(fields=["thread", "published_at"], name="post_thread"),
            models.Index(fields=["-published_at", "-id"], name="post_published"),
            BrinIndex(fields=["seen_at"], name="post_seen"),
            models.Index(fields=["cleared_run"], name="post_cleared", condition=models.Q(cleared_run__isnull=False)),
        ]


class PostFinding(models.Model):
    """A duty found in one version of a post, with the words and the reason, by one pack release."""

    version = models.ForeignKey(PostVersion, models.CASCADE, related_name="findings")
    duty = models.CharField(max_length=24)
    score = models.FloatField()
    spans = models.JSONField()
    why = models.CharField(max_length=400)
    pack = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["duty", "-id"], name="finding_duty")]


class ReleaseStart(models.Model):
    """Another screening release begins to judge what is heard: since when, and a digest of each of its parts. Append-only."""

    name = models.CharField(max_length=64)
    at = models.DateTimeField()
    parts = models.JSONField(default=dict)


class Judgement(models.Model):
    """A person's answer to a finding or to a post in the queue: agree, not so, dismissed or made a case, with the reason."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="judgements")
    finding = models.ForeignKey(PostFinding, models.SET_NULL, null=True, blank=True, related_name="judgements")
    duty = models.CharField(max_length=24, blank=True)
    answer = models.CharField(max_length=16)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="judgement_at")]
