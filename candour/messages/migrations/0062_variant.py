"""A draft may be the text of its own for one account of a message whose main text is another draft."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approval", "0061_picture_cleared")]
    operations = [
        migrations.AddField(
            "draft",
            "variant_of",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="variants",
                to="approval.draft",
            ),
        )
    ]
