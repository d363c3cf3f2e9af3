from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery


def copy_origin(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An application has the origin of the membership that came of it; harmless when run again."""
    alias = schema_editor.connection.alias
    application = apps.get_model("applications", "Application")
    membership = apps.get_model("applications", "Membership")
    of_it = membership.objects.using(alias).filter(application=OuterRef("pk")).values("partner_id")[:1]
    application.objects.using(alias).filter(membership__origin="partner").update(
        origin="partner", partner_id=Subquery(of_it)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0013_enrolment"),
    ]

    operations = [
        migrations.RunPython(copy_origin, migrations.RunPython.noop),
    ]
