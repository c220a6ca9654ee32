import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("heard", models.PositiveIntegerField()),
                ("stored", models.PositiveIntegerField()),
                ("known", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("root", models.CharField(max_length=64)),
                ("screened_by", models.CharField(blank=True, max_length=64)),
                ("name", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="PostFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("duty", models.CharField(max_length=24)),
                ("score", models.FloatField()),
                ("spans", models.JSONField()),
                ("why", models.CharField(max_length=400)),
                ("pack", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("remote_id", models.CharField(max_length=300)),
                ("author_key", models.CharField(max_length=32)),
                ("first_heard_at", models.DateTimeField()),
                ("judge_by", models.DateTimeField(blank=True, null=True)),
                ("second_look", models.BooleanField(default=False)),
                ("alike", models.PositiveIntegerField(default=0)),
                (
                    "alike_to",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="listening.post"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("duty", models.CharField(blank=True, max_length=24)),
                ("answer", models.CharField(max_length=16)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("post", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="judgements", to="listening.post")),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="judgements",
                        to="listening.postfinding",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PostVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("seen_at", models.DateTimeField()),
                ("published_at", models.DateTimeField()),
                ("text", models.TextField()),
                ("lang", models.CharField(max_length=12)),
                ("market", models.CharField(max_length=8)),
                ("thread", models.CharField(blank=True, max_length=300)),
                ("in_reply_to", models.CharField(blank=True, max_length=300)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("author_sealed", models.BinaryField()),
                ("author_vault", models.CharField(max_length=64)),
                ("raw", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("deleted", models.BooleanField(default=False)),
                ("products", models.CharField(blank=True, max_length=200)),
                ("unscreened", models.BooleanField(default=False)),
                ("sketch", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ("intake", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.intake")),
                ("post", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="listening.post")),
            ],
        ),
        migrations.AddField(
            model_name="postfinding",
            name="version",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="listening.postversion"),
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=24)),
                ("market", models.CharField(max_length=8)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("ours", models.BooleanField(default=False)),
                ("settings", models.JSONField(default=dict)),
                ("cursor", models.TextField(blank=True)),
                ("expected_minutes", models.PositiveIntegerField(default=15)),
                ("state", models.CharField(default="not_connected", max_length=16)),
                ("last_ok_at", models.DateTimeField(blank=True, null=True)),
                ("last_post_at", models.DateTimeField(blank=True, null=True)),
                ("last_try_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("provider_words", models.TextField(blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.account"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="post",
            name="source",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="listening.source"),
        ),
        migrations.AddField(
            model_name="intake",
            name="source",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="intakes", to="listening.source"),
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("why", models.CharField(max_length=300)),
                ("back_filled_at", models.DateTimeField(blank=True, null=True)),
                ("recovered", models.PositiveIntegerField(blank=True, null=True)),
                ("expected_about", models.PositiveIntegerField(blank=True, null=True)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="gaps", to="listening.source")),
            ],
        ),
        migrations.AddIndex(
            model_name="postversion",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("text", config="simple"), name="post_words"
            ),
        ),
        migrations.AddIndex(
            model_name="postversion",
            index=django.contrib.postgres.indexes.GinIndex(fields=["text"], name="post_trigrams", opclasses=["gin_trgm_ops"]),
        ),
        migrations.AddIndex(
            model_name="postversion",
            index=django.contrib.postgres.indexes.GinIndex(fields=["sketch"], name="post_alike"),
        ),
        migrations.AddIndex(
            model_name="postversion",
            index=models.Index(fields=["thread", "published_at"], name="post_thread"),
        ),
        migrations.AddIndex(
            model_name="postversion",
            index=models.Index(fields=["-published_at", "-id"], name="post_published"),
        ),
        migrations.AddConstraint(
            model_name="postversion",
            constraint=models.UniqueConstraint(fields=("post", "number"), name="post_version_number"),
        ),
        migrations.AddIndex(
            model_name="postfinding",
            index=models.Index(fields=["duty", "-id"], name="finding_duty"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(condition=models.Q(("judge_by__isnull", False)), fields=["judge_by", "id"], name="post_judge_by"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["-first_heard_at", "-id"], name="post_heard"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["author_key"], name="post_author"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(fields=("source", "remote_id"), name="post_remote_id"),
        ),
    ]
