import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("approval", "0001_initial"),
        ("listening", "0001_initial"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True)),
                ("thread", models.CharField(blank=True, max_length=300)),
                ("person_key", models.CharField(max_length=32)),
                ("source_kind", models.CharField(max_length=24)),
                ("market", models.CharField(max_length=8)),
                ("lang", models.CharField(max_length=12)),
                ("vault", models.CharField(max_length=64)),
                ("state", models.CharField(default="open", max_length=8)),
                ("version", models.PositiveIntegerField(default=1)),
                ("opened_at", models.DateTimeField()),
                ("aware_at", models.DateTimeField()),
                ("aware_basis", models.CharField(max_length=16)),
                ("born_late", models.CharField(blank=True, max_length=200)),
                ("safety_due_at", models.DateTimeField(blank=True, null=True)),
                ("safety_met_at", models.DateTimeField(blank=True, null=True)),
                ("service_due_at", models.DateTimeField(blank=True, null=True)),
                ("service_met_at", models.DateTimeField(blank=True, null=True)),
                ("next_due_at", models.DateTimeField()),
                ("alike", models.PositiveIntegerField(default=0)),
                ("top_duty", models.CharField(max_length=24)),
                ("top_score", models.FloatField(default=0)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("resolution", models.CharField(blank=True, max_length=40)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.account"
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("post", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.post")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.product"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CasePost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(default="said", max_length=12)),
                ("added_at", models.DateTimeField()),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="cases.case")),
                ("post", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.post")),
            ],
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24)),
                ("score", models.FloatField(default=1)),
                ("state", models.CharField(default="open", max_length=12)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("handed_over_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="cases.case")),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("sealed", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("captured_at", models.DateTimeField()),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="cases.case")),
                ("post", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="listening.post")),
            ],
        ),
        migrations.CreateModel(
            name="Happening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24)),
                ("at", models.DateTimeField()),
                ("sealed", models.BinaryField(blank=True, null=True)),
                ("data", models.JSONField(default=dict)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="happenings", to="cases.case")),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("doing", models.CharField(default="viewing", max_length=8)),
                ("seen_at", models.DateTimeField()),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="presences", to="cases.case")),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60)),
                ("received_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("duty", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="cases.duty")),
                (
                    "entered_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="cases.case")),
                (
                    "publication",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="reply", to="approval.publication"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("state", "open")), fields=["next_due_at", "id"], name="case_open_due"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["person_key", "thread"], name="case_person_thread"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["-opened_at"], name="case_opened"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("person_key", "thread"), name="one_open_case_per_person_thread"
            ),
        ),
        migrations.AddConstraint(
            model_name="casepost",
            constraint=models.UniqueConstraint(fields=("case", "post"), name="post_once_per_case"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.UniqueConstraint(fields=("case", "kind"), name="one_duty_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.UniqueConstraint(fields=("case", "person"), name="one_presence"),
        ),
    ]
