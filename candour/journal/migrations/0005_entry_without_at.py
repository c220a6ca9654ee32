"""No question asks for entries by their instant: pages go by the id, which each write pays for anyhow."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # whoever writes or verifies meanwhile goes on
    dependencies = [("journal", "0004_quicker_entries")]
    operations = [RemoveIndexConcurrently(model_name="entry", name="entry_at")]
