"""What was typed into a draft and not kept, beside its versions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0043_extension"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sketch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base", models.PositiveIntegerField()),
                ("title", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField()),
                ("begun_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="sketches", to="approval.draft")),
            ],
            options={
                "indexes": [models.Index(fields=["draft", "by", "-id"], name="sketch_of_person")],
            },
        ),
    ]
