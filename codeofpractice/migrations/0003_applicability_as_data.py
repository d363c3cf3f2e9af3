from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What the one rule meant that the code knew before.
COMMERCIAL = {"hires_any_of": ["van", "truck", "horsebox"]}


def write_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    points = apps.get_model("codeofpractice", "Point").objects
    points.filter(applies_to="hires_commercial_vehicles").update(applies_when=COMMERCIAL)


def read_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    points = apps.get_model("codeofpractice", "Point").objects
    points.exclude(applies_when={}).update(applies_to="hires_commercial_vehicles")


class Migration(migrations.Migration):
    dependencies = [("codeofpractice", "0002_freeze_submitted")]

    operations = [
        migrations.AddField(
            model_name="point",
            name="applies_when",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="the rule of applicability.py; empty for every company",
            ),
        ),
        migrations.RunPython(write_rules, read_rules),
        migrations.RemoveField(model_name="point", name="applies_to"),
    ]
