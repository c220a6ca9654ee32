"""An account says which countries' rules judge its texts beside its market's: that of its legal owner, and those it is aimed at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_record")]
    operations = [
        migrations.AddField(
            "account", "owner_country", models.CharField("Country of the legal owner", max_length=8, blank=True, default="", db_default="")
        ),
        migrations.AddField(
            "account", "aimed_at", models.CharField("Also aimed at", max_length=120, blank=True, default="", db_default="")
        ),
    ]
