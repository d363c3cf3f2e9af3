"""The working-day clock, set for what is under way from when it was sent, asked about and answered."""

from django.db import migrations, models
from django.utils import timezone

from applications.working_days import days_left, due_from

TARGET = 20  # as it was when this migration was written
BATCH = 2000


def set_clocks(apps, schema_editor):
    Application = apps.get_model("applications", "Application")
    under_way = (
        Application.objects.filter(status__in=["submitted", "question"])
        .select_related("company")
        .defer("company__search", "company__search_terms")
        .prefetch_related("questions")
        .order_by("pk")
    )
    batch = []
    for application in under_way.iterator(chunk_size=BATCH):
        _set_clock(application)
        batch.append(application)
        if len(batch) == BATCH:
            Application.objects.bulk_update(batch, ["due_on", "working_days_left"], batch_size=BATCH)
            batch = []
    Application.objects.bulk_update(batch, ["due_on", "working_days_left"], batch_size=BATCH)


def _set_clock(application):
    region = application.company.home_region
    due_on = due_from(timezone.localdate(application.submitted_at), region, TARGET)
    left = None
    for question in sorted(application.questions.all(), key=lambda row: row.pk):
        left = days_left(timezone.localdate(question.asked_at), due_on, region)
        if question.answered_at:
            due_on = due_from(timezone.localdate(question.answered_at), region, left)
    if application.status == "submitted":
        application.due_on = due_on
    else:
        application.working_days_left = TARGET if left is None else left


class Migration(migrations.Migration):
    dependencies = [("applications", "0010_lapsed_renewals")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="due_on",
            field=models.DateField(
                blank=True,
                help_text="working day by which DfT is to decide; only while DfT has it",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="working_days_left",
            field=models.SmallIntegerField(
                blank=True,
                help_text="of the target when the clock stopped, below 0 when overdue; only while a question is open",
                null=True,
            ),
        ),
        migrations.RunPython(set_clocks, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("status__in", ["draft", "submitted", "question"])),
                fields=["due_on", "id"],
                name="application_by_due_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_on__isnull", False), ("status", "submitted")),
                    models.Q(models.Q(("status", "submitted"), _negated=True), ("due_on__isnull", True)),
                    _connector="OR",
                ),
                name="application_due_while_dft_has_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "question"), ("working_days_left__isnull", False)),
                    models.Q(
                        models.Q(("status", "question"), _negated=True),
                        ("working_days_left__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="application_clock_stopped_by_question",
            ),
        ),
    ]
