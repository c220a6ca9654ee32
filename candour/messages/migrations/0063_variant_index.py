"""The texts of a message are found by an index that is built beside running writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("approval", "0062_variant")]
    operations = [AddIndexConcurrently("draft", models.Index("variant_of", name="draft_variant_of"))]
