"""Indexes on approved messages: the runs of their words, and the proof they were reused by. Built beside running writers."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("approval", "0008_reuse_proof")]
    operations = [
        AddIndexConcurrently(
            model_name="approvedmessage",
            index=django.contrib.postgres.indexes.GinIndex(models.Func(models.F("text"), function="approval_runs"), name="approved_runs"),
        ),
        AddIndexConcurrently(model_name="approvedmessage", index=models.Index(fields=["reused_from"], name="approved_reused_from")),
    ]
