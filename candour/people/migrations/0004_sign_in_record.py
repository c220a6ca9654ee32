"""Attach the journal to passkeys, authenticator apps, recovery codes and rules; secrets and counters are left out. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('people_passkey', 'counter', 'last_used_at'), journal_attach('people_codeapp', 'sealed', 'last_step', 'last_used_at'),
       journal_attach('people_recoverycode', 'digest'), journal_attach('people_secondsteprule'),
       journal_attach('people_user', 'password', 'last_login', 'failed_attempts', 'locked_until', 'theme', 'failed_codes');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON people_passkey; DROP TRIGGER IF EXISTS journal_no_truncate ON people_passkey;
DROP TRIGGER IF EXISTS journal_record ON people_codeapp; DROP TRIGGER IF EXISTS journal_no_truncate ON people_codeapp;
DROP TRIGGER IF EXISTS journal_record ON people_recoverycode; DROP TRIGGER IF EXISTS journal_no_truncate ON people_recoverycode;
DROP TRIGGER IF EXISTS journal_record ON people_secondsteprule; DROP TRIGGER IF EXISTS journal_no_truncate ON people_secondsteprule;
SELECT journal_attach('people_user', 'password', 'last_login', 'failed_attempts', 'locked_until', 'theme');
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_sign_in"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
