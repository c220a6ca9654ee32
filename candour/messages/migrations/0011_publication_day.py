"""The calendar reads publications by their day. Its index is built beside running writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("approval", "0010_pause")]
    operations = [AddIndexConcurrently("publication", models.Index(fields=["due_at"], name="publication_day"))]
