"""Pauses, embargoes, and texts published by hand: who publishes them, and the signed word that they stand there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = "SELECT journal_attach('approval_pause'), journal_attach('approval_embargo');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_pause;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_pause;
DROP TRIGGER IF EXISTS journal_record ON approval_embargo;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_embargo;
"""


def _to(model: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=options.pop("related_name", "+"), to=model, **options
    )


def _perhaps(model: str) -> models.ForeignKey:
    return _to(model, blank=True, null=True)


def _id() -> tuple[str, models.Field]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0009_nearest"),
        ("journal", "0003_auth_context"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("publication", "hand_to", _to(settings.AUTH_USER_MODEL, blank=True, null=True, db_index=False)),
        migrations.AddField("publication", "stated_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("publication", "statement", _to("journal.signature", blank=True, null=True, db_index=False)),
        migrations.CreateModel(
            name="Pause",
            fields=[
                _id(),
                ("market", models.CharField(blank=True, max_length=8, verbose_name="Market")),
                ("theme", models.CharField(blank=True, max_length=120, verbose_name="Words of the text")),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.CharField(blank=True, max_length=300)),
                ("account", _perhaps("registry.account")),
                ("product", _perhaps("registry.product")),
                ("by", _to(settings.AUTH_USER_MODEL)),
                ("ended_by", _perhaps(settings.AUTH_USER_MODEL)),
                ("signature", _to("journal.signature")),
                ("end_signature", _perhaps("journal.signature")),
            ],
        ),
        migrations.CreateModel(
            name="Embargo",
            fields=[
                _id(),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=300, verbose_name="Reason")),
                ("at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_why", models.CharField(blank=True, max_length=300)),
                ("draft", _to("approval.draft", related_name="embargoes")),
                ("by", _to(settings.AUTH_USER_MODEL)),
                ("lifted_by", _perhaps(settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
