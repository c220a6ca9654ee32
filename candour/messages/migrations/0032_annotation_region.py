"""A reviewer's note may be about a part of a picture."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approval", "0031_picture_use")]
    operations = [migrations.AddField("annotation", "region", models.JSONField(blank=True, null=True))]
