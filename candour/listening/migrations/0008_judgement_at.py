"""What people judged lately is found by its time, without a walk over all judgements."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("listening", "0007_release_start")]
    operations = [AddIndexConcurrently("judgement", models.Index(fields=["-at"], name="judgement_at"))]
