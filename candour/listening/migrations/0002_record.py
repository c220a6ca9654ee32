"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('listening_source', 'cursor', 'last_ok_at', 'last_post_at', 'last_try_at');
SELECT journal_attach('listening_gap');
SELECT journal_attach('listening_intake');
SELECT journal_attach('listening_judgement');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON listening_source; DROP TRIGGER IF EXISTS journal_no_truncate ON listening_source; DROP TRIGGER IF EXISTS journal_refuse ON listening_source;
DROP TRIGGER IF EXISTS journal_record ON listening_gap; DROP TRIGGER IF EXISTS journal_no_truncate ON listening_gap; DROP TRIGGER IF EXISTS journal_refuse ON listening_gap;
DROP TRIGGER IF EXISTS journal_record ON listening_intake; DROP TRIGGER IF EXISTS journal_no_truncate ON listening_intake; DROP TRIGGER IF EXISTS journal_refuse ON listening_intake;
DROP TRIGGER IF EXISTS journal_record ON listening_judgement; DROP TRIGGER IF EXISTS journal_no_truncate ON listening_judgement; DROP TRIGGER IF EXISTS journal_refuse ON listening_judgement;
"""


class Migration(migrations.Migration):
    dependencies = [("listening", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
