from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from applications.duplicates import match_key

BATCH = 2000


def fill_match_keys(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For the companies that were there before; harmless when run again."""
    companies = apps.get_model("applications", "Company").objects.using(schema_editor.connection.alias)
    last = 0
    while batch := list(companies.filter(pk__gt=last).order_by("pk").only("name", "postcode")[:BATCH]):
        for company in batch:
            company.match_key = match_key(name=company.name, postcode=company.postcode)
        companies.bulk_update(batch, ["match_key"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0005_past_membership_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="match_key",
            field=models.CharField(
                blank=True,
                editable=False,
                help_text="name and postcode as duplicates.match_key writes them, kept by the services",
                max_length=220,
            ),
        ),
        migrations.RunPython(fill_match_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(fields=["match_key"], name="company_by_match_key"),
        ),
    ]
