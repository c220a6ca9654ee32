"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('safety_handover');
SELECT journal_append_only('safety_handover');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON safety_handover; DROP TRIGGER IF EXISTS journal_no_truncate ON safety_handover; DROP TRIGGER IF EXISTS journal_refuse ON safety_handover;
"""


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
