"""Attach the journal to how people want to hear. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('assurance_hearing');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON assurance_hearing; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_hearing;
"""


class Migration(migrations.Migration):
    dependencies = [("assurance", "0050_telling"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
