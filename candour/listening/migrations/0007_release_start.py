"""Since when which screening release judges, and what it is made of."""

from django.db import migrations, models

FORWARD = "SELECT journal_attach('listening_releasestart'); SELECT journal_append_only('listening_releasestart');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON listening_releasestart;
DROP TRIGGER IF EXISTS journal_no_truncate ON listening_releasestart;
DROP TRIGGER IF EXISTS journal_refuse ON listening_releasestart;
"""


class Migration(migrations.Migration):
    dependencies = [("listening", "0006_cleared"), ("journal", "0003_auth_context")]
    operations = [
        migrations.CreateModel(
            name="ReleaseStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("parts", models.JSONField(default=dict)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
