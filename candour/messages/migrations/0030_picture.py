"""Pictures by their digest, with what is known of the rights in them; a version of a draft may show one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = "SELECT journal_attach('approval_picture'); SELECT journal_append_only('approval_picturecontent');"
BACKWARD = """
DROP TRIGGER IF EXISTS journal_record ON approval_picture;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_picture;
DROP TRIGGER IF EXISTS journal_refuse ON approval_picturecontent;
DROP TRIGGER IF EXISTS journal_no_truncate ON approval_picturecontent;
"""


def _id() -> tuple[str, models.Field]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("approval", "0011_publication_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                _id(),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("name", models.CharField(blank=True, max_length=120)),
                ("shows_people", models.BooleanField(default=False)),
                ("consent", models.CharField(blank=True, max_length=200, verbose_name="Consent of the people shown")),
                ("licence", models.CharField(blank=True, max_length=300, verbose_name="Licence")),
                ("rights_until", models.DateField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"indexes": [models.Index(fields=["-at"], name="picture_newest")]},
        ),
        migrations.CreateModel(
            name="PictureContent",
            fields=[
                _id(),
                ("content", models.BinaryField()),
                (
                    "picture",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="content", to="approval.picture"),
                ),
            ],
        ),
        migrations.AddField(
            "draftversion",
            "picture",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="approval.picture",
                to_field="digest",
            ),
        ),
        migrations.AddField("draftversion", "picture_words", models.CharField(blank=True, db_default="", default="", max_length=600)),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
