"""What became of each attempt: how often, since when, whether it passes, when next, and whether only a person can settle it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approval", "0002_record")]
    operations = [
        migrations.AddField("publication", "tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("publication", "first_tried_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("publication", "next_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("publication", "asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("publication", "failure", models.CharField(blank=True, default="", max_length=12), preserve_default=False),
        migrations.AddField("publication", "cause", models.CharField(blank=True, default="", max_length=40), preserve_default=False),
        migrations.AddField("publication", "reach", models.CharField(blank=True, default="", max_length=8), preserve_default=False),
    ]
