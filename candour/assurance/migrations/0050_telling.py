"""What people are told, the mails that carry it, and how each wants to hear."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assurance", "0005_retention_record"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ways", models.JSONField(default=dict)),
                ("rhythm", models.CharField(blank=True, max_length=8)),
                ("changed_at", models.DateTimeField()),
                (
                    "person",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="hearing", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.CharField(max_length=8)),
                ("language", models.CharField(max_length=12)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("number", models.CharField(max_length=80, unique=True)),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("sending_since", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("provider_words", models.TextField(blank=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("cause", models.CharField(max_length=300, unique=True)),
                ("at", models.DateTimeField()),
                ("thing", models.JSONField(default=list)),
                ("place", models.JSONField(default=list)),
                ("named", models.JSONField(default=dict)),
                ("acts", models.JSONField(default=list)),
                ("safety", models.BooleanField(default=False)),
                ("spread_at", models.DateTimeField(blank=True, null=True)),
                ("rung", models.CharField(default="owner", max_length=12)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tellings", to="assurance.notice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(max_length=16)),
                ("group", models.CharField(max_length=16)),
                ("how", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "mail",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="told", to="assurance.mail"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("telling", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="told", to="assurance.telling")),
            ],
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(condition=models.Q(("state__in", ("waiting", "sending"))), fields=["next_at"], name="mail_open"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["person", "-id"], name="mail_person"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(condition=models.Q(("spread_at", None)), fields=["id"], name="telling_not_spread"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(
                condition=models.Q(("acknowledged_at", None), ("ended_at", None), ("safety", True)), fields=["at"], name="telling_climbs"
            ),
        ),
        migrations.AddIndex(
            model_name="told",
            index=models.Index(fields=["person", "-id"], name="told_person"),
        ),
        migrations.AddIndex(
            model_name="told",
            index=models.Index(condition=models.Q(("how", "digest"), ("mail", None)), fields=["person"], name="told_gathers"),
        ),
        migrations.AddConstraint(
            model_name="told",
            constraint=models.UniqueConstraint(fields=("telling", "person"), name="told_once"),
        ),
    ]
