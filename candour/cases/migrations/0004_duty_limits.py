"""Indexes for the duties past their time and the hand-overs without a receipt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_receipts")]
    operations = [
        migrations.AddIndex("duty", models.Index(condition=models.Q(("state", "open")), fields=["due_at"], name="duty_open_due")),
        migrations.AddIndex(
            "duty",
            models.Index(condition=models.Q(("state", "handed_over")), fields=["handed_over_at"], name="duty_without_receipt"),
        ),
    ]
