"""Pictures of the newsroom, by their digest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsroom", "0002_writer")]
    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("content", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField("item", "picture", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.AddField("item", "alt_text", models.CharField(blank=True, db_default="", default="", max_length=300)),
    ]
