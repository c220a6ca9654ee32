"""Functions and triggers of the journal. Going back drops them again; the tables stay."""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Candour refuses to % %: this table is append-only.', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

CREATE FUNCTION journal_keep_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.demo <> OLD.demo OR NEW.uid <> OLD.uid THEN
    RAISE EXCEPTION 'Candour refuses to turn a demo installation into a real one or back.' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

-- Who acts is named per transaction; without a name no regulated table can be written, whatever tool sends the SQL.
CREATE FUNCTION journal_actor() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE named text := current_setting('candour.actor', true);
BEGIN
  IF named IS NULL OR named = '' THEN
    RAISE EXCEPTION 'Candour refuses this write: the transaction has named no actor.'
      USING ERRCODE = '42501', HINT = 'Write through an action of Candour, which names the person who acts.';
  END IF;
  RETURN named;
END $$;

-- The transaction takes its number before the entry takes its id: the sealer relies on that order (journal/sealing.py).
CREATE FUNCTION journal_write(about text, row_key text, kind text, before jsonb, after jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();
  INSERT INTO journal_entry (subject, key, op, old, new) VALUES (about, row_key, kind, coalesce(before::text, ''), coalesce(after::text, ''));
END $$;

-- Who, when and by which act is never taken from an INSERT.
CREATE FUNCTION journal_date_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor := journal_actor();
  NEW.actor_name := coalesce(current_setting('candour.actor_name', true), '');
  NEW.act := coalesce(nullif(current_setting('candour.act', true), ''), 'unnamed');
  NEW.reason := coalesce(current_setting('candour.reason', true), '');
  NEW.simulated := candour_is_demo();
  NEW.written_at := clock_timestamp();
  NEW.at := CASE WHEN NEW.simulated THEN candour_now() ELSE NEW.written_at END;
  RETURN NEW;
END $$;

-- The settings make the text of instants and bytes the same whatever session writes, so that it can be compared with the row later.
CREATE FUNCTION journal_record() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
DECLARE before jsonb; after jsonb; skipped text[] := coalesce(TG_ARGV::text[], '{}'); old_part jsonb; new_part jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    after := to_jsonb(NEW) - skipped;
    PERFORM journal_write(TG_TABLE_NAME, after->>'id', 'I', NULL, after);
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    before := to_jsonb(OLD) - skipped;
    PERFORM journal_write(TG_TABLE_NAME, before->>'id', 'D', before, NULL);
    RETURN NULL;
  END IF;
  before := to_jsonb(OLD) - skipped;
  after := to_jsonb(NEW) - skipped;
  IF before = after THEN RETURN NULL; END IF;
  SELECT jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, after->b.key) INTO old_part, new_part
    FROM jsonb_each(before) b WHERE b.value IS DISTINCT FROM after->b.key;
  PERFORM journal_write(TG_TABLE_NAME, after->>'id', 'U', old_part, new_part);
  RETURN NULL;
END $$;

CREATE FUNCTION journal_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Candour refuses to truncate %: regulated rows are never emptied at once.', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

-- Attaches the journal to a table; columns named after it (presence, log-in counters) are left out of the record.
CREATE FUNCTION journal_attach(regulated regclass, VARIADIC left_out text[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER journal_record AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION journal_record(%s)',
    regulated, (SELECT coalesce(string_agg(quote_literal(c), ', '), '') FROM unnest(left_out) c));
  EXECUTE format('CREATE OR REPLACE TRIGGER journal_no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION journal_no_truncate()', regulated);
END $$;

CREATE FUNCTION journal_append_only(kept regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER journal_refuse BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION journal_refuse()', kept);
  EXECUTE format('CREATE OR REPLACE TRIGGER journal_no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION journal_no_truncate()', kept);
END $$;

-- The database clock dates a signature, whatever the statement says.
CREATE FUNCTION journal_date_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := candour_now();
  NEW.simulated := candour_is_demo();
  RETURN NEW;
END $$;

SELECT journal_append_only('journal_entry'), journal_append_only('journal_leaf'), journal_append_only('journal_head'),
       journal_append_only('journal_signature');
SELECT journal_attach('journal_signature');
CREATE TRIGGER journal_date_entry BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_date_entry();
CREATE TRIGGER journal_date_signature BEFORE INSERT ON journal_signature FOR EACH ROW EXECUTE FUNCTION journal_date_signature();
CREATE TRIGGER journal_keep_demo BEFORE UPDATE ON journal_installation FOR EACH ROW EXECUTE FUNCTION journal_keep_demo();
CREATE TRIGGER journal_refuse BEFORE DELETE ON journal_installation FOR EACH ROW EXECUTE FUNCTION journal_refuse();
SELECT journal_attach('people_user', 'password', 'last_login', 'failed_attempts', 'locked_until', 'theme');
SELECT journal_attach('people_grant'), journal_attach('people_deputy');
"""

BACKWARD = """
DROP FUNCTION IF EXISTS journal_attach(regclass, text[]), journal_append_only(regclass), journal_write(text, text, text, jsonb, jsonb),
  journal_actor() CASCADE;
DROP FUNCTION IF EXISTS journal_record(), journal_no_truncate(), journal_refuse(), journal_date_signature(), journal_date_entry(), journal_keep_demo() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
