"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('training_attempt');
SELECT journal_attach('training_certificate');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON training_attempt; DROP TRIGGER IF EXISTS journal_no_truncate ON training_attempt; DROP TRIGGER IF EXISTS journal_refuse ON training_attempt;
DROP TRIGGER IF EXISTS journal_record ON training_certificate; DROP TRIGGER IF EXISTS journal_no_truncate ON training_certificate; DROP TRIGGER IF EXISTS journal_refuse ON training_certificate;
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
