"""The least hashes of every run of three words of an approved text, so that the nearest one is found by an index.

The database computes them from the text itself, so nobody can forget to; they say nothing new and are left out of the record.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

FORWARD = r"""
CREATE FUNCTION approval_runs(body text) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(hash ORDER BY hash), '{}') FROM (
    SELECT DISTINCT hashtextextended(concat_ws(' ', word, second, third), 0) AS hash FROM (
      SELECT word, lead(word) OVER running AS second, lead(word, 2) OVER running AS third
        FROM regexp_split_to_table(
               regexp_replace(lower(body), '([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])', ' \1 ', 'g'), '[^[:alnum:]]+'
             ) WITH ORDINALITY AS cut (word, place)
       WHERE word <> '' WINDOW running AS (ORDER BY place)
    ) runs WHERE third IS NOT NULL ORDER BY hash LIMIT 32
  ) least
$$;
"""
LEFT_OUT = "SELECT journal_attach('approval_approvedmessage', 'runs');"
RECORDED = "SELECT journal_attach('approval_approvedmessage');"


class Migration(migrations.Migration):
    dependencies = [("approval", "0007_reuse_proof")]
    operations = [
        migrations.RunSQL(FORWARD, "DROP FUNCTION IF EXISTS approval_runs(text)"),
        migrations.RunSQL(LEFT_OUT, RECORDED),
        migrations.AddField(
            model_name="approvedmessage",
            name="runs",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("text"), function="approval_runs"),
                output_field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
            ),
        ),
        migrations.AddIndex(
            model_name="approvedmessage",
            index=django.contrib.postgres.indexes.GinIndex(fields=["runs"], name="approved_runs"),
        ),
    ]
