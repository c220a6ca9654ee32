"""Attach the journal to the regulated tables. Going back detaches it."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE case_number START 2200;
SELECT journal_attach('cases_case');
SELECT journal_attach('cases_casepost');
SELECT journal_attach('cases_evidence');
SELECT journal_attach('cases_duty');
SELECT journal_attach('cases_receipt');
SELECT journal_attach('cases_reply');
SELECT journal_attach('cases_happening');
SELECT journal_append_only('cases_evidence'), journal_append_only('cases_receipt');
-- The closing rule holds for every tool: no case is closed while a duty lacks its receipt.
CREATE FUNCTION case_owes_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'closed' AND EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.id AND d.state IN ('open', 'handed_over')) THEN
    RAISE EXCEPTION 'Candour refuses to close case %: a duty has no receipt.', NEW.number USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_owes_nothing BEFORE INSERT OR UPDATE ON cases_case FOR EACH ROW EXECUTE FUNCTION case_owes_nothing();

"""

BACKWARD = """
DROP SEQUENCE IF EXISTS case_number;
DROP TRIGGER IF EXISTS journal_record ON cases_case; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_case; DROP TRIGGER IF EXISTS journal_refuse ON cases_case;
DROP TRIGGER IF EXISTS journal_record ON cases_casepost; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_casepost; DROP TRIGGER IF EXISTS journal_refuse ON cases_casepost;
DROP TRIGGER IF EXISTS journal_record ON cases_evidence; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_evidence; DROP TRIGGER IF EXISTS journal_refuse ON cases_evidence;
DROP TRIGGER IF EXISTS journal_record ON cases_duty; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_duty; DROP TRIGGER IF EXISTS journal_refuse ON cases_duty;
DROP TRIGGER IF EXISTS journal_record ON cases_receipt; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_receipt; DROP TRIGGER IF EXISTS journal_refuse ON cases_receipt;
DROP TRIGGER IF EXISTS journal_record ON cases_reply; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_reply; DROP TRIGGER IF EXISTS journal_refuse ON cases_reply;
DROP TRIGGER IF EXISTS journal_record ON cases_happening; DROP TRIGGER IF EXISTS journal_no_truncate ON cases_happening; DROP TRIGGER IF EXISTS journal_refuse ON cases_happening;
DROP FUNCTION IF EXISTS case_owes_nothing() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("journal", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
