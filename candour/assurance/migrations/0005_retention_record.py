"""Attach the journal to holds, retention runs and erasures. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('assurance_legalhold'), journal_attach('assurance_retentionrun'), journal_attach('assurance_erasure');
SELECT journal_append_only('assurance_retentionrun'), journal_append_only('assurance_erasure');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON assurance_legalhold; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_legalhold;
DROP TRIGGER IF EXISTS journal_record ON assurance_retentionrun; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_retentionrun; DROP TRIGGER IF EXISTS journal_refuse ON assurance_retentionrun;
DROP TRIGGER IF EXISTS journal_record ON assurance_erasure; DROP TRIGGER IF EXISTS journal_no_truncate ON assurance_erasure; DROP TRIGGER IF EXISTS journal_refuse ON assurance_erasure;
"""


class Migration(migrations.Migration):
    dependencies = [("assurance", "0004_retention"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
