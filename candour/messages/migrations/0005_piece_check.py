"""Questions whether something may be posted, liked or shared, kept with their answers; append-only and journaled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = "SELECT journal_attach('approval_piececheck'); SELECT journal_append_only('approval_piececheck');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_piececheck;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_piececheck;
DROP TRIGGER IF EXISTS journal_refuse ON approval_piececheck;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0004_last_seen"),
        ("journal", "0003_auth_context"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="PieceCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("market", models.CharField(max_length=8)),
                ("facts", models.JSONField()),
                ("releases", models.JSONField()),
                ("verdict", models.CharField(max_length=8)),
                ("findings", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.product"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["by", "-at"], name="piece_check_by")]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
