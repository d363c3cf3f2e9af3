from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def give_answers_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What companies reported as done, by whom the record says that it was reported."""
    action_model = apps.get_model("assurance", "CorrectiveAction")
    answer_model = apps.get_model("assurance", "ActionAnswer")
    event_model = apps.get_model("accounts", "AuditEvent")
    for action in action_model.objects.exclude(company_note=""):
        event = (
            event_model.objects.filter(
                verb="action.answered",
                target_type="assurance.correctiveaction",
                target_id=str(action.pk),
                by__isnull=False,
            )
            .order_by("-pk")
            .first()
        )
        answer_model.objects.create(
            action=action,
            kind="done",
            note=action.company_note,
            by_id=event.by_id if event else action.set_by_id,
            at=event.at if event else action.set_at,
        )


class Migration(migrations.Migration):
    dependencies = [("assurance", "0007_actions_answered_and_retested")]

    operations = [
        migrations.RunPython(give_answers_rows, migrations.RunPython.noop),
        migrations.RemoveField(model_name="correctiveaction", name="company_note"),
    ]
