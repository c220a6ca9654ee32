"""When a publication was last seen live is no change of it: left out of the record, as with sources; each difference is a read-back."""

from django.db import migrations

FORWARD = "SELECT journal_attach('approval_publication', 'seen_at');"
BACKWARD = "SELECT journal_attach('approval_publication');"


class Migration(migrations.Migration):
    dependencies = [("approval", "0003_outcome")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
