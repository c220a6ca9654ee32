"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
SELECT journal_attach('approval_draft');
SELECT journal_attach('approval_draftversion');
SELECT journal_attach('approval_checkrun');
SELECT journal_attach('approval_findinganswer');
SELECT journal_attach('approval_review');
SELECT journal_attach('approval_seal');
SELECT journal_attach('approval_approvedmessage');
SELECT journal_attach('approval_approvedmessage_signatures');
SELECT journal_attach('approval_publication');
SELECT journal_attach('approval_readback');
SELECT journal_attach('approval_drift');
SELECT journal_append_only('approval_draftversion'), journal_append_only('approval_checkrun'), journal_append_only('approval_readback');
"""

BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_draft; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_draft; DROP TRIGGER IF EXISTS journal_refuse ON approval_draft;
DROP TRIGGER IF EXISTS journal_record ON approval_draftversion; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_draftversion; DROP TRIGGER IF EXISTS journal_refuse ON approval_draftversion;
DROP TRIGGER IF EXISTS journal_record ON approval_checkrun; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_checkrun; DROP TRIGGER IF EXISTS journal_refuse ON approval_checkrun;
DROP TRIGGER IF EXISTS journal_record ON approval_findinganswer; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_findinganswer; DROP TRIGGER IF EXISTS journal_refuse ON approval_findinganswer;
DROP TRIGGER IF EXISTS journal_record ON approval_review; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_review; DROP TRIGGER IF EXISTS journal_refuse ON approval_review;
DROP TRIGGER IF EXISTS journal_record ON approval_seal; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_seal; DROP TRIGGER IF EXISTS journal_refuse ON approval_seal;
DROP TRIGGER IF EXISTS journal_record ON approval_approvedmessage; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_approvedmessage; DROP TRIGGER IF EXISTS journal_refuse ON approval_approvedmessage;
DROP TRIGGER IF EXISTS journal_record ON approval_approvedmessage_signatures; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_approvedmessage_signatures; DROP TRIGGER IF EXISTS journal_refuse ON approval_approvedmessage_signatures;
DROP TRIGGER IF EXISTS journal_record ON approval_publication; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_publication; DROP TRIGGER IF EXISTS journal_refuse ON approval_publication;
DROP TRIGGER IF EXISTS journal_record ON approval_readback; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_readback; DROP TRIGGER IF EXISTS journal_refuse ON approval_readback;
DROP TRIGGER IF EXISTS journal_record ON approval_drift; DROP TRIGGER IF EXISTS journal_no_truncate ON approval_drift; DROP TRIGGER IF EXISTS journal_refuse ON approval_drift;
"""


class Migration(migrations.Migration):
    dependencies = [("approval", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
