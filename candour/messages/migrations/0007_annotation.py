"""Notes on a text, what its links led to, the window its author asks for, and seals that are asked one thing, advise, or are kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
SELECT journal_attach('approval_annotation');
SELECT journal_attach('approval_linksnapshot'); SELECT journal_append_only('approval_linksnapshot');
"""
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_annotation;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_annotation;
DROP TRIGGER IF EXISTS journal_record ON approval_linksnapshot;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_linksnapshot;
DROP TRIGGER IF EXISTS journal_refuse ON approval_linksnapshot;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0006_authority_entry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="wanted_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="draft",
            name="wanted_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="draftversion",
            name="submitted",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddField(
            model_name="review",
            name="reasons",
            field=models.JSONField(default=list, db_default=[]),
        ),
        migrations.AddField(
            model_name="review",
            name="tier",
            field=models.CharField(default="usual", db_default="usual", max_length=8),
        ),
        migrations.AddField(
            model_name="seal",
            name="about",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="seal",
            name="advisory",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddField(
            model_name="seal",
            name="kept",
            field=models.ForeignKey(
                blank=True, null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approval.seal"
            ),
        ),
        migrations.CreateModel(
            name="LinkSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=1000)),
                ("final_address", models.CharField(blank=True, max_length=1000)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("fetched_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="link_snapshots", to="approval.draftversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Annotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=8)),
                ("role", models.CharField(max_length=16)),
                ("start", models.PositiveIntegerField(default=0)),
                ("end", models.PositiveIntegerField(default=0)),
                ("quote", models.TextField(blank=True)),
                ("words", models.CharField(max_length=600)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=12)),
                ("answer", models.CharField(blank=True, max_length=600)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to="approval.draft")),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to="approval.draftversion"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["draft", "state"], name="annotation_draft_state")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
