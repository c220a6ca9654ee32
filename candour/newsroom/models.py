"""The company's own public pages: items as the public sees them, and the moderated questions and comments under them.

These rows are what is live. What was signed lives elsewhere and is compared with what a reader of the page gets.
"""

from __future__ import annotations

from django.db import models


class Item(models.Model):
    """One published text: an article, or the company's answer in a thread. `key` is the publisher's own, so a repeat changes nothing.

    `picture` is the digest of the picture it shows, `alt_text` the words for it.
    """

    key = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=80)
    thread = models.SlugField(max_length=120)
    in_reply_to = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    lang = models.CharField(max_length=12)
    picture = models.CharField(max_length=64, blank=True, default="", db_default="")
    alt_text = models.CharField(max_length=300, blank=True, default="", db_default="")
    published_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-published_at"], name="newsroom_account")]


class Picture(models.Model):
    """The bytes of a picture by their digest; shown to everybody while an item that is not withdrawn shows it."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)
    content = models.BinaryField()
    kept_at = models.DateTimeField()


class Comment(models.Model):
    """A question or comment from the public form. It comes in as a post; it is shown once a person lets it through."""

    account = models.CharField(max_length=80)
    thread = models.SlugField(max_length=120)
    author = models.CharField(max_length=80, blank=True)
    text = models.TextField(max_length=5000)
    lang = models.CharField(max_length=12)
    sent_at = models.DateTimeField()
    shown = models.BooleanField(default=False)
    form_token = models.CharField(max_length=64, unique=True)


class Writer(models.Model):
    """How often one address has written in the present span of time. `mark` is a keyed digest of it; the row goes when the span ends."""

    mark = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["since"], name="newsroom_writer_since")]
