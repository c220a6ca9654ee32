"""Claims with their versions, seals and approved wordings, and where these stand in texts; all but the claim itself append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = ("approval_claimversion", "approval_claimseal", "approval_claimwording", "approval_claimuse")
FORWARD = "SELECT journal_attach('approval_claim'); " + " ".join(
    f"SELECT journal_attach('{table}'); SELECT journal_append_only('{table}');" for table in KEPT
)
BACKWARD = " ".join(
    f"DROP TRIGGER IF EXISTS {trigger} ON {table};"
    for table in ("approval_claim", *KEPT)
    for trigger in ("journal_record", "journal_no_truncate", "journal_refuse")
)
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(where: str, related_name: str = "+", **more: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=where, db_index=False, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0040_withdrawal"),
        ("journal", "0003_auth_context"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                ID,
                ("number", models.PositiveIntegerField(unique=True)),
                ("title", models.CharField(max_length=160, verbose_name="Title")),
                ("markets", models.JSONField(default=list)),
                ("state", models.CharField(default="draft", max_length=12)),
                ("version", models.PositiveIntegerField(default=1)),
                ("review_on", models.DateField(verbose_name="Review by")),
                ("changed_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_why", models.CharField(blank=True, max_length=300)),
                ("product", to("registry.product")),
                ("owner", to(settings.AUTH_USER_MODEL)),
                ("replaces", to("approval.claim", blank=True, null=True)),
            ],
            options={"indexes": [models.Index(fields=["product", "state"], name="claim_product_state")]},
        ),
        migrations.CreateModel(
            name="ClaimVersion",
            fields=[
                ID,
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("saved_at", models.DateTimeField()),
                ("claim", to("approval.claim", "versions")),
                ("author", to(settings.AUTH_USER_MODEL)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("claim", "number"), name="claim_version_number")]},
        ),
        migrations.CreateModel(
            name="ClaimSeal",
            fields=[
                ID,
                ("role", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
                ("version", to("approval.claimversion", "seals")),
                ("person", to(settings.AUTH_USER_MODEL)),
                ("signature", to("journal.signature")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("version", "role"), name="one_claim_seal_per_role")]},
        ),
        migrations.CreateModel(
            name="ClaimWording",
            fields=[
                ID,
                ("lang", models.CharField(max_length=12)),
                ("text", models.TextField()),
                ("footnote", models.CharField(blank=True, max_length=600)),
                ("claim", to("approval.claim", "wordings")),
                ("version", to("approval.claimversion")),
            ],
            options={"indexes": [models.Index(fields=["claim", "lang"], name="claim_wording_of")]},
        ),
        migrations.CreateModel(
            name="ClaimUse",
            fields=[
                ID,
                ("start", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("footnote_there", models.BooleanField()),
                ("version", to("approval.draftversion", "claims")),
                ("claim", to("approval.claim", "uses")),
                ("wording", to("approval.claimwording")),
            ],
            options={
                "indexes": [models.Index(fields=["claim", "version"], name="claim_use_of")],
                "constraints": [models.UniqueConstraint(fields=("version", "start"), name="one_claim_at_a_place")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
