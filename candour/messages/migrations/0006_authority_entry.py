"""What stands on file with authorities, what no longer does, and what is owed since first use; append-only and journaled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("approval_authorityentry", "approval_authoritywithdrawal", "approval_filingduty")
FORWARD = "".join(f"SELECT journal_attach('{table}'); SELECT journal_append_only('{table}');" for table in TABLES)
BACKWARD = "".join(
    f"DROP TRIGGER IF EXISTS {trigger} ON {table};"
    for table in TABLES
    for trigger in ("journal_record", "journal_no_truncate", "journal_refuse")
)
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(where: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(to=where, on_delete=django.db.models.deletion.PROTECT, **({"related_name": "+"} | more))


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0005_piece_check"),
        ("journal", "0003_auth_context"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="AuthorityEntry",
            fields=[
                ID,
                ("message", to("approval.approvedmessage", null=True, blank=True, related_name="authority_entries")),
                ("draft", to("approval.draft", null=True, blank=True, related_name="authority_entries")),
                ("gate", models.CharField(max_length=24)),
                ("market", models.CharField(max_length=8)),
                ("number", models.CharField(max_length=60)),
                ("given_on", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("by", to(settings.AUTH_USER_MODEL)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["digest", "gate", "market"], name="authority_entry_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(message__isnull=False) | models.Q(draft__isnull=False), name="authority_entry_has_a_text"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthorityWithdrawal",
            fields=[
                ID,
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawal", to="approval.authorityentry"
                    ),
                ),
                ("reason", models.CharField(max_length=400)),
                ("by", to(settings.AUTH_USER_MODEL)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FilingDuty",
            fields=[
                ID,
                ("message", to("approval.approvedmessage", related_name="filing_duties")),
                ("gate", models.CharField(max_length=24)),
                ("market", models.CharField(max_length=8)),
                ("rule", models.CharField(max_length=48)),
                ("law", models.CharField(max_length=300)),
                ("digest", models.CharField(max_length=64)),
                ("opened_at", models.DateTimeField()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["message", "gate", "market"], name="one_filing_duty")]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
