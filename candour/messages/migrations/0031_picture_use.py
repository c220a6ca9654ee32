"""Where a picture is used is found by an index that is built beside running writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("approval", "0030_picture")]
    operations = [AddIndexConcurrently("draftversion", models.Index(fields=["picture"], name="draft_version_picture"))]
