"""A claim is withdrawn with everything that says it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approval", "0041_claim")]
    operations = [
        migrations.AddField(
            "withdrawal",
            "claim",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="approval.claim",
            ),
        )
    ]
