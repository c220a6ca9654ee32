"""Translations with their certificates, and the proofs by which a message travels; all of them append-only and journaled.

And the least hashes of every run of three words of a text, by which the nearest approved one is found.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_TABLES = ("approval_translation", "approval_certifiedsentence", "approval_reuseproof")
FORWARD = " ".join(f"SELECT journal_attach('{table}'); SELECT journal_append_only('{table}');" for table in _TABLES)
BACKWARD = " ".join(
    f"DROP TRIGGER IF EXISTS {trigger} ON {table};"
    for table in _TABLES
    for trigger in ("journal_record", "journal_no_truncate", "journal_refuse")
)
NEAREST = r"""
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
_KEY = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _to(model: str, related_name: str = "+", **more: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=model, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0007_annotation"),
        ("journal", "0003_auth_context"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Translation",
            fields=[
                _KEY,
                ("source", _to("approval.approvedmessage", "translations")),
                ("market", models.CharField(max_length=8)),
                ("lang", models.CharField(max_length=12)),
                ("pieces", models.JSONField()),
                ("title", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField()),
                ("alt_text", models.CharField(blank=True, max_length=300)),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("by", _to(settings.AUTH_USER_MODEL)),
                ("made_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["source", "market", "lang", "-id"], name="translation_newest")]},
        ),
        migrations.CreateModel(
            name="CertifiedSentence",
            fields=[
                _KEY,
                ("translation", _to("approval.translation", "certified")),
                ("number", models.PositiveIntegerField()),
                ("source", models.TextField()),
                ("target", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("signature", _to("journal.signature")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("translation", "number"), name="one_certificate_per_sentence")]},
        ),
        migrations.CreateModel(
            name="ReuseProof",
            fields=[
                _KEY,
                ("source", _to("approval.approvedmessage", "reuses")),
                ("source_digest", models.CharField(max_length=64)),
                ("account", _to("registry.account")),
                ("market", models.CharField(max_length=8)),
                ("audience", models.CharField(max_length=4)),
                ("lang", models.CharField(max_length=12)),
                ("draft", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approval.draft")),
                (
                    "review",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approval.review"
                    ),
                ),
                ("translation", _to("approval.translation", blank=True, null=True)),
                ("target_digest", models.CharField(max_length=64)),
                ("releases", models.JSONField()),
                ("results", models.JSONField()),
                ("differences", models.JSONField()),
                ("answer", models.CharField(max_length=8)),
                ("asked", models.JSONField(default=list)),
                ("minutes", models.PositiveIntegerField()),
                ("full_minutes", models.PositiveIntegerField()),
                ("by", _to(settings.AUTH_USER_MODEL)),
                ("made_at", models.DateTimeField()),
                ("exact", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("signature", _to("journal.signature")),
            ],
            options={"indexes": [models.Index(fields=["market", "-made_at"], name="reuse_market")]},
        ),
        migrations.AddField(
            model_name="approvedmessage",
            name="reused_from",
            field=_to("approval.reuseproof", "messages", blank=True, null=True, db_index=False),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(NEAREST, "DROP FUNCTION IF EXISTS approval_runs(text)"),
    ]
