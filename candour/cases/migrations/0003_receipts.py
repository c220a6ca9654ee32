"""A duty that was handed over again gets a receipt again. Going back works while no duty has two."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_record")]
    operations = [
        migrations.AlterField(
            model_name="receipt",
            name="duty",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="cases.duty"),
        ),
    ]
