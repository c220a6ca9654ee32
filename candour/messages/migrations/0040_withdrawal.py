"""Withdrawals and their steps: what was taken out of use, what that reached, and what became of each."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("approval_withdrawal", "approval_withdrawalstep")
FORWARD = "SELECT journal_attach('approval_withdrawal'), journal_attach('approval_withdrawalstep', 'tries', 'next_at');"
BACKWARD = " ".join(
    f"DROP TRIGGER IF EXISTS {trigger} ON {table};" for table in TABLES for trigger in ("journal_record", "journal_no_truncate")
)
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(where: str, related_name: str = "+", **more: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=where, db_index=False, **more)


def perhaps(where: str) -> models.ForeignKey:
    return to(where, blank=True, null=True)


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0032_annotation_region"),
        ("journal", "0003_auth_context"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ID,
                ("kind", models.CharField(max_length=8)),
                ("market", models.CharField(max_length=8)),
                ("reason", models.CharField(max_length=300)),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("message", perhaps("approval.approvedmessage")),
                ("product", perhaps("registry.product")),
                ("signature", to("journal.signature")),
                ("by", to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["message"], name="withdrawal_message"),
                    models.Index(fields=["-began_at"], name="withdrawal_newest"),
                ]
            },
        ),
        migrations.CreateModel(
            name="WithdrawalStep",
            fields=[
                ID,
                ("act", models.CharField(max_length=12)),
                ("market", models.CharField(max_length=8)),
                ("state", models.CharField(default="todo", max_length=12)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("provider_words", models.TextField(blank=True)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal", to("approval.withdrawal", "steps")),
                ("message", perhaps("approval.approvedmessage")),
                ("draft", perhaps("approval.draft")),
                ("publication", perhaps("approval.publication")),
                ("person", perhaps(settings.AUTH_USER_MODEL)),
                ("done_by", perhaps(settings.AUTH_USER_MODEL)),
                ("signature", perhaps("journal.signature")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["withdrawal", "id"], name="withdrawal_step_of"),
                    models.Index(fields=["state", "next_at"], name="withdrawal_step_due"),
                    models.Index(fields=["publication"], name="withdrawal_step_publication"),
                ]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
