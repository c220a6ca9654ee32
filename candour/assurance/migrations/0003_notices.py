"""Notices of what is past its limit, one open per cause, with the journal attached; and when the watch last went round."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
SELECT journal_attach('assurance_notice', 'last_seen_at', 'hits', 'things');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON assurance_notice; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_notice;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0002_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchRound",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("open_notices", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_watch_round")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("watch", models.CharField(max_length=40)),
                ("cause", models.CharField(max_length=240)),
                ("act", models.CharField(blank=True, max_length=40)),
                ("market", models.CharField(blank=True, max_length=8)),
                ("account", models.CharField(blank=True, max_length=120)),
                ("values", models.JSONField(default=dict)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("provider_words", models.TextField(blank=True)),
                ("things", models.JSONField(default=list)),
                ("hits", models.PositiveIntegerField(default=1)),
                ("since", models.DateTimeField()),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("resolved_at__isnull", False)), fields=["-resolved_at"], name="notice_resolved")
                ],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("resolved_at", None)), fields=("cause",), name="one_open_notice_per_cause")
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
