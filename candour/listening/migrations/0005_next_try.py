"""When a failing source is tried again and why it failed; the counting of tries is left out of the record. Going back puts it back."""

from django.db import migrations, models

FORWARD = """
SELECT journal_attach('listening_source', 'cursor', 'last_ok_at', 'last_post_at', 'last_try_at', 'failed_tries', 'next_try_at');
"""

BACKWARD = """
SELECT journal_attach('listening_source', 'cursor', 'last_ok_at', 'last_post_at', 'last_try_at');
"""


class Migration(migrations.Migration):
    dependencies = [("listening", "0004_words")]
    operations = [
        migrations.AddField("source", "failed_tries", models.PositiveIntegerField(default=0)),
        migrations.AddField("source", "next_try_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("source", "cause", models.CharField(blank=True, default="", max_length=40), preserve_default=False),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
