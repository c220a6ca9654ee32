"""Advertisements: an approved message shown for money to a described audience, with the reason why that is lawful."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = "SELECT journal_attach('approval_adrecord');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_adrecord;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_adrecord;
"""


def _to(model: str, **options: object) -> models.ForeignKey:
    related = options.pop("related_name", "+")
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related, to=model, **options)


class Migration(migrations.Migration):
    dependencies = [("approval", "0050_sketch"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="AdRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(max_length=24, verbose_name="Network")),
                ("audience", models.CharField(max_length=4, verbose_name="Audience")),
                ("described", models.CharField(max_length=300, verbose_name="Who sees it")),
                ("country", models.CharField(max_length=8, verbose_name="Country")),
                ("age_floor", models.PositiveSmallIntegerField(verbose_name="Lowest age")),
                ("gate", models.CharField(blank=True, max_length=200, verbose_name="How professionals are told from others")),
                ("budget", models.CharField(blank=True, max_length=40, verbose_name="Budget")),
                ("reason", models.CharField(max_length=400, verbose_name="Why this audience is lawful")),
                ("starts_on", models.DateField(verbose_name="First day")),
                ("ends_on", models.DateField(verbose_name="Last day")),
                ("releases", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.CharField(blank=True, max_length=300)),
                ("message", _to("approval.approvedmessage", related_name="ads")),
                ("again_of", _to("approval.adrecord", blank=True, null=True, db_index=False)),
                ("by", _to(settings.AUTH_USER_MODEL, db_index=False)),
                ("ended_by", _to(settings.AUTH_USER_MODEL, blank=True, null=True, db_index=False)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
