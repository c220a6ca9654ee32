import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journal", "0001_initial"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovedMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=24)),
                ("duties", models.CharField(blank=True, max_length=120)),
                ("market", models.CharField(max_length=8)),
                ("lang", models.CharField(max_length=12)),
                ("audience", models.CharField(default="pub", max_length=4)),
                ("text", models.TextField()),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("number", models.PositiveIntegerField(default=1)),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_why", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.account"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.product"
                    ),
                ),
                ("signatures", models.ManyToManyField(related_name="+", to="journal.signature")),
            ],
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160, verbose_name="Title")),
                ("kind", models.CharField(default="post", max_length=24)),
                ("also", models.JSONField(default=list)),
                ("market", models.CharField(max_length=8)),
                ("audience", models.CharField(default="pub", max_length=4)),
                ("lang", models.CharField(max_length=12)),
                ("duties", models.CharField(blank=True, max_length=120)),
                ("state", models.CharField(default="writing", max_length=16)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.account")),
                (
                    "based_on",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approval.approvedmessage"
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "product",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.product"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="approvedmessage",
            name="draft",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="approval.draft"
            ),
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField(verbose_name="Text")),
                ("title", models.CharField(blank=True, max_length=200)),
                ("links", models.JSONField(default=list)),
                ("alt_text", models.CharField(blank=True, max_length=300)),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("saved_at", models.DateTimeField()),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="approval.draft")),
            ],
        ),
        migrations.CreateModel(
            name="CheckRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("releases", models.JSONField()),
                ("verdict", models.CharField(max_length=8)),
                ("findings", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="approval.draftversion"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="approvedmessage",
            name="version",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="approval.draftversion"
            ),
        ),
        migrations.CreateModel(
            name="FindingAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=48)),
                ("answer", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=400)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "check_run",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="approval.checkrun"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField()),
                ("lang", models.CharField(max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("filled", models.JSONField(default=dict)),
                ("thread", models.CharField(blank=True, max_length=300)),
                ("in_reply_to", models.CharField(blank=True, max_length=300)),
                ("state", models.CharField(default="held", max_length=16)),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("remote_id", models.CharField(blank=True, max_length=300)),
                ("remote_version", models.CharField(blank=True, max_length=200)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("sending_since", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("provider_words", models.TextField(blank=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.account")),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="publications", to="approval.approvedmessage"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Drift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("signed_text", models.TextField()),
                ("seen_text", models.TextField()),
                ("letters", models.PositiveIntegerField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "publication",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="drifts", to="approval.publication"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReadBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("equal", models.BooleanField()),
                ("seen_text", models.TextField()),
                ("difference", models.JSONField(default=list)),
                ("remote_version", models.CharField(blank=True, max_length=200)),
                (
                    "publication",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="read_backs", to="approval.publication"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submitted_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=400)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("check_run", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approval.checkrun")),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="approval.draft")),
                (
                    "submitted_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="approval.draftversion"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=16)),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("comment", models.CharField(blank=True, max_length=600)),
                ("void_why", models.CharField(blank=True, max_length=300)),
                (
                    "person",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("review", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="seals", to="approval.review")),
                (
                    "signature",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.signature"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(fields=["state", "-changed_at"], name="draft_state"),
        ),
        migrations.AddConstraint(
            model_name="draftversion",
            constraint=models.UniqueConstraint(fields=("draft", "number"), name="draft_version_number"),
        ),
        migrations.AddIndex(
            model_name="approvedmessage",
            index=models.Index(fields=["kind", "market", "lang"], name="approved_kind_market"),
        ),
        migrations.AddConstraint(
            model_name="findinganswer",
            constraint=models.UniqueConstraint(fields=("check_run", "rule"), name="one_answer_per_rule"),
        ),
        migrations.AddIndex(
            model_name="publication",
            index=models.Index(fields=["state", "due_at"], name="publication_due"),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.UniqueConstraint(fields=("review", "role"), name="one_seal_per_role"),
        ),
    ]
