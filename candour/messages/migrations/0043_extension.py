"""Requests to let an approval last longer, each with its signed answer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = "SELECT journal_attach('approval_extension');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_extension;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_extension;
"""


def to(where: str, related_name: str = "+", **more: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=where, db_index=False, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0042_claim_withdrawal"),
        ("journal", "0003_auth_context"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField()),
                ("before", models.DateTimeField()),
                ("role", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(default="asked", max_length=8)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("message", to("approval.approvedmessage", "extensions")),
                ("by", to(settings.AUTH_USER_MODEL)),
                ("answered_by", to(settings.AUTH_USER_MODEL, blank=True, null=True)),
                ("signature", to("journal.signature", blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["message", "state"], name="extension_of")],
                "constraints": [models.UniqueConstraint(fields=["message"], condition=models.Q(state="asked"), name="one_open_extension")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
