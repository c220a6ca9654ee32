"""A picture that never came to a review may lose its bytes in a retention run; the bytes of any other still can't be taken away."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION picture_content_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM approval_picture p WHERE p.id = OLD.picture_id AND p.cleared_run IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM approval_draftversion v WHERE v.picture_id = p.digest AND (
        v.submitted OR EXISTS (SELECT 1 FROM approval_review r WHERE r.version_id = v.id)
        OR EXISTS (SELECT 1 FROM approval_approvedmessage m WHERE m.version_id = v.id))))
  THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'Candour refuses to % %: these bytes are kept.', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE OR REPLACE TRIGGER journal_refuse BEFORE UPDATE OR DELETE ON approval_picturecontent
  FOR EACH ROW EXECUTE FUNCTION picture_content_stays();
"""
BACKWARD = """
CREATE OR REPLACE TRIGGER journal_refuse BEFORE UPDATE OR DELETE ON approval_picturecontent
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
DROP FUNCTION picture_content_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("approval", "0060_ad_record")]
    operations = [
        migrations.AddField("picture", "cleared_run", models.BigIntegerField(blank=True, null=True)),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
