from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from applications.searching import search_words

BATCH = 2000
# What search_words took for letters of their own until now.
LETTERS = "[øłđðþæœßı]"


def add_plain_words(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """So that Łódź is found as Lodz; for the companies that were there before, harmless when run again."""
    companies = apps.get_model("applications", "Company").objects.using(schema_editor.connection.alias)
    written = companies.filter(search_terms__regex=LETTERS).order_by("pk").only("search_terms")
    last = 0
    while batch := list(written.filter(pk__gt=last)[:BATCH]):
        for company in batch:
            company.search_terms = search_words(company.search_terms)
        companies.bulk_update(batch, ["search_terms"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0017_expired_enrolments"),
    ]

    operations = [
        migrations.RunPython(add_plain_words, migrations.RunPython.noop),
    ]
