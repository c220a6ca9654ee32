"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('assurance_pilot');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON assurance_pilot; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_pilot; DROP TRIGGER IF EXISTS journal_refuse ON assurance_pilot;
"""


class Migration(migrations.Migration):
    dependencies = [("assurance", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
