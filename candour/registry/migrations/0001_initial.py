import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journal", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Brand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="Brand")),
                ("area", models.CharField(blank=True, max_length=120, verbose_name="Therapy area")),
            ],
        ),
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="Company")),
                ("short", models.CharField(max_length=40)),
                ("safety_recipient", models.EmailField(blank=True, max_length=254, verbose_name="Drug safety address")),
                ("listed", models.BooleanField(default=False)),
                ("set_up_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Market",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=8, unique=True, verbose_name="Market")),
                ("name", models.CharField(max_length=80)),
                ("languages", models.CharField(max_length=80)),
                ("timezone", models.CharField(max_length=64)),
                ("reporting_route", models.CharField(blank=True, max_length=200, verbose_name="National reporting route")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="Phone")),
                ("private_contact", models.CharField(blank=True, max_length=200, verbose_name="Private contact")),
            ],
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=40)),
                ("market", models.CharField(max_length=8)),
                ("brand", models.CharField(blank=True, max_length=64)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("purpose", models.CharField(blank=True, max_length=300)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="Product")),
                ("substance", models.CharField(blank=True, max_length=120, verbose_name="Substance")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="products", to="registry.brand")),
            ],
        ),
        migrations.CreateModel(
            name="LabelFacts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("indication", models.TextField(blank=True)),
                ("limits", models.TextField(blank=True)),
                ("serious_risks", models.TextField(blank=True)),
                ("risk_page", models.URLField(blank=True)),
                ("valid_from", models.DateField()),
                ("market", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.market")),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="labels", to="registry.product")),
            ],
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=80, unique=True)),
                ("network", models.CharField(max_length=24, verbose_name="Network")),
                ("handle", models.CharField(max_length=120, verbose_name="Handle")),
                ("market", models.CharField(max_length=8, verbose_name="Market")),
                ("brand", models.CharField(blank=True, max_length=64)),
                ("audience", models.CharField(default="pub", max_length=4, verbose_name="Audience")),
                ("purpose", models.CharField(blank=True, max_length=300, verbose_name="Purpose")),
                ("owner_since", models.DateTimeField(blank=True, null=True)),
                ("ours", models.BooleanField(default=True, verbose_name="Under our responsibility")),
                ("ours_reason", models.CharField(blank=True, max_length=300, verbose_name="Reason")),
                ("screening_minutes", models.PositiveIntegerField(default=15, verbose_name="Screening interval, minutes")),
                ("connection", models.CharField(default="not_connected", max_length=16)),
                ("registered_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("rules_page", models.URLField(blank=True)),
                (
                    "deputy",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("network", "handle"), name="one_row_per_handle")],
            },
        ),
        migrations.CreateModel(
            name="PackRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("pack", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=24)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.TextField()),
                ("effective_at", models.DateTimeField()),
                (
                    "signature",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.signature"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "pack", "-effective_at"], name="release_current")],
            },
        ),
        migrations.CreateModel(
            name="ProductName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24)),
                ("term", models.CharField(max_length=120)),
                ("market", models.CharField(blank=True, max_length=8)),
                ("ambiguous", models.BooleanField(default=False)),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="names", to="registry.product")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("product", "term", "market"), name="one_term_per_market")],
            },
        ),
        migrations.CreateModel(
            name="ProductStatus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(max_length=4)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("boxed_warning", models.BooleanField(default=False)),
                ("black_triangle", models.BooleanField(default=False)),
                ("narcotic", models.BooleanField(default=False)),
                ("reimbursed", models.BooleanField(default=False)),
                ("market", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.market")),
                ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="statuses", to="registry.product")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("product", "market", "valid_from"), name="one_status_per_day")],
            },
        ),
    ]
