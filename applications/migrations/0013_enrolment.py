import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0012_drafts_questions_reconsiderations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrolledCompany",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("new", "Enrolled by the partner"), ("link", "Was in the service before")],
                        max_length=4,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "Enrolled, not confirmed"),
                            ("asked", "Asked, no answer yet"),
                            ("with_dft", "Confirmed, with DfT"),
                            ("member", "Member"),
                            ("linked", "Linked"),
                            ("declined", "Declined by the company"),
                            ("refused", "Not accepted by DfT"),
                            ("withdrawn", "Withdrawn by the partner"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("company_number", models.CharField(blank=True, max_length=8)),
                ("reference", models.CharField(blank=True, help_text="the partner's own", max_length=40)),
                (
                    "email",
                    models.EmailField(
                        help_text="in lower case", max_length=254, verbose_name="address that was invited"
                    ),
                ),
                (
                    "enrolled_at",
                    models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow()),
                ),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "enrolled company",
                "verbose_name_plural": "enrolled companies",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("file", "File"), ("api", "API")], default="file", max_length=4
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                (
                    "sha256",
                    models.CharField(help_text="of what was sent, by which it is known again", max_length=64),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("checking", "Being checked"),
                            ("ready", "No faults"),
                            ("faulty", "Faults found"),
                            ("importing", "Being enrolled"),
                            ("done", "Enrolled"),
                            ("failed", "Stopped by an error"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                (
                    "ignored_columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), blank=True, default=list, size=None
                    ),
                ),
                (
                    "sent_at",
                    models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow()),
                ),
                ("row_count", models.PositiveIntegerField()),
                ("checked_count", models.PositiveIntegerField(default=0)),
                (
                    "faulty_count",
                    models.PositiveIntegerField(default=0, help_text="rows with at least one fault"),
                ),
                ("imported_count", models.PositiveIntegerField(default=0)),
                (
                    "import_at",
                    models.DateTimeField(blank=True, help_text="when the partner said so", null=True),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="tasks begun since it last went on"
                    ),
                ),
                (
                    "worked_at",
                    models.DateTimeField(
                        db_default=django.contrib.postgres.functions.TransactionNow(),
                        help_text="when it last went on",
                    ),
                ),
                ("last_error", models.TextField(blank=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, help_text="why it was withdrawn")),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="EnrolmentProblem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "column",
                    models.CharField(
                        blank=True, help_text="key of the column; empty: the whole row", max_length=40
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(help_text="of the column among the columns")),
                ("written", models.CharField(blank=True, max_length=200)),
                ("text", models.CharField(max_length=300)),
            ],
            options={
                "ordering": ["row__number", "place"],
            },
        ),
        migrations.CreateModel(
            name="EnrolmentRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="as a spreadsheet counts: the first line is 1"),
                ),
                (
                    "cells",
                    models.JSONField(
                        help_text="what was written, by column; shown, and read by enrolling.rows"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("company_number", models.CharField(blank=True, max_length=8)),
                ("match_key", models.CharField(blank=True, max_length=220)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("unchecked", "Not checked yet"),
                            ("faulty", "Has faults"),
                            ("ready", "No faults"),
                            ("new", "Enrolled, not confirmed"),
                            ("asked", "In the service already, asked"),
                            ("known", "Enrolled before"),
                            ("skipped", "Left out"),
                        ],
                        default="unchecked",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="why it was left out", max_length=300)),
                ("imported_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="application_decided_with_who_when_why",
        ),
        migrations.AddField(
            model_name="application",
            name="origin",
            field=models.CharField(
                choices=[("dft", "Applied to DfT"), ("partner", "Enrolled by an approved partner")],
                default="dft",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="partner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="applications.tradebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("status__in", ["accepted", "rejected"]),
                        models.Q(
                            ("status", "accepted"),
                            models.Q(("decision_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", True),
                        ("origin", "partner"),
                        ("status", "accepted"),
                        models.Q(("decision_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status__in", ["accepted", "rejected"]), _negated=True),
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="application_decided_with_who_when_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", "partner"), ("partner__isnull", False)),
                    models.Q(("origin", "dft"), ("partner__isnull", True)),
                    _connector="OR",
                ),
                name="application_partner_with_origin",
            ),
        ),
        migrations.AddField(
            model_name="enrolledcompany",
            name="body",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolled",
                to="applications.tradebody",
            ),
        ),
        migrations.AddField(
            model_name="enrolledcompany",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolled",
                to="applications.company",
            ),
        ),
        migrations.AddField(
            model_name="enrolledcompany",
            name="enrolled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="enrolledcompany",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                help_text="nobody when the service did",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="body",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="applications.tradebody",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="import_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="sent_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enrolledcompany",
            name="enrolment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="companies",
                to="applications.enrolment",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentproblem",
            name="enrolment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="problems",
                to="applications.enrolment",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentrow",
            name="enrolled",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rows",
                to="applications.enrolledcompany",
            ),
        ),
        migrations.AddField(
            model_name="enrolmentrow",
            name="enrolment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="applications.enrolment"
            ),
        ),
        migrations.AddField(
            model_name="enrolmentproblem",
            name="row",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="problems",
                to="applications.enrolmentrow",
            ),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["body", "-id"], name="enrolment_by_body"),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("status__in", ["checking", "importing"])),
                fields=["worked_at"],
                name="enrolment_working",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "withdrawn"), _negated=True),
                fields=("body", "sha256"),
                name="same_list_sent_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(("row_count__gt", 0)), name="enrolment_has_rows"
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_count__lte", models.F("row_count")),
                    ("faulty_count__lte", models.F("checked_count")),
                    (
                        "imported_count__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("row_count"), "-", models.F("faulty_count")
                        ),
                    ),
                ),
                name="enrolment_counts_add_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("import_at__isnull", True), ("import_by__isnull", True)),
                    models.Q(("import_at__isnull", False), ("import_by__isnull", False)),
                    _connector="OR",
                ),
                name="enrolment_imported_by_and_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["importing", "done"]), _negated=True),
                    ("import_by__isnull", False),
                    _connector="OR",
                ),
                name="enrolment_importing_has_who",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", False), ("status", "done")),
                    models.Q(models.Q(("status", "done"), _negated=True), ("done_at__isnull", True)),
                    _connector="OR",
                ),
                name="enrolment_done_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status", "withdrawn"),
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "withdrawn"), _negated=True),
                        ("reason", ""),
                        ("withdrawn_at__isnull", True),
                        ("withdrawn_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="enrolment_withdrawn_with_who_when_why",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolment",
            trigger=pgtrigger.compiler.Trigger(
                name="status_machine",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{checking:failed,checking:faulty,checking:ready,checking:withdrawn,ready:importing,ready:withdrawn,faulty:importing,faulty:withdrawn,importing:done,importing:failed,failed:checking,failed:importing}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="203d1c8c2b63add347a83462e756f8dc61359b64",
                    operation="UPDATE",
                    pgid="pgtrigger_status_machine_78e87",
                    table="applications_enrolment",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="enrolledcompany",
            index=models.Index(fields=["body", "name", "id"], name="enrolled_by_name"),
        ),
        migrations.AddIndex(
            model_name="enrolledcompany",
            index=models.Index(fields=["body", "status", "name", "id"], name="enrolled_by_status"),
        ),
        migrations.AddIndex(
            model_name="enrolledcompany",
            index=models.Index(
                condition=models.Q(("status__in", ["unconfirmed", "asked"])),
                fields=["enrolled_at"],
                name="enrolled_unsettled",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.UniqueConstraint(fields=("body", "company"), name="enrolled_once_by_a_body"),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "new"), ("status__in", ["unconfirmed", "with_dft", "member"])),
                fields=("company",),
                name="enrolled_as_new_by_one_body",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "new"), ("status__in", ["unconfirmed", "with_dft", "member", "refused"])
                    ),
                    models.Q(("kind", "link"), ("status__in", ["asked", "linked"])),
                    ("status__in", ["declined", "withdrawn"]),
                    _connector="OR",
                ),
                name="enrolled_status_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settled_at__isnull", True), ("status__in", ["unconfirmed", "asked", "with_dft"])
                    ),
                    models.Q(
                        models.Q(("status__in", ["unconfirmed", "asked", "with_dft"]), _negated=True),
                        ("settled_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="enrolled_settled_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["declined", "refused", "withdrawn"]), _negated=True),
                    models.Q(("settled_by__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="enrolled_taken_back_with_who_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolledcompany",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reminded_at__isnull", True), ("reminders", 0)),
                    models.Q(("reminded_at__isnull", False), ("reminders__gt", 0)),
                    _connector="OR",
                ),
                name="enrolled_reminded_with_when",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolledcompany",
            trigger=pgtrigger.compiler.Trigger(
                name="status_machine",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{unconfirmed:declined,unconfirmed:member,unconfirmed:refused,unconfirmed:with_dft,unconfirmed:withdrawn,with_dft:declined,with_dft:member,with_dft:refused,with_dft:withdrawn,asked:declined,asked:linked,asked:withdrawn,withdrawn:asked,withdrawn:unconfirmed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="8814f571ffc68e4e24ab217048232c2d875b6af4",
                    operation="UPDATE",
                    pgid="pgtrigger_status_machine_9d67c",
                    table="applications_enrolledcompany",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="enrolmentrow",
            index=models.Index(fields=["enrolment", "outcome", "number"], name="row_by_outcome"),
        ),
        migrations.AddIndex(
            model_name="enrolmentrow",
            index=models.Index(fields=["enrolment", "company_number"], name="row_by_company_number"),
        ),
        migrations.AddIndex(
            model_name="enrolmentrow",
            index=models.Index(fields=["enrolment", "match_key"], name="row_by_match_key"),
        ),
        migrations.AddConstraint(
            model_name="enrolmentrow",
            constraint=models.UniqueConstraint(fields=("enrolment", "number"), name="row_once"),
        ),
        migrations.AddConstraint(
            model_name="enrolmentrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("imported_at__isnull", True), ("outcome__in", ["unchecked", "faulty", "ready"])
                    ),
                    models.Q(
                        ("imported_at__isnull", False), ("outcome__in", ["new", "asked", "known", "skipped"])
                    ),
                    _connector="OR",
                ),
                name="row_imported_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolmentrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["new", "asked", "known"]), _negated=True),
                    ("enrolled__isnull", False),
                    _connector="OR",
                ),
                name="row_enrolled_has_company",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolmentrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "skipped"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="row_left_out_has_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrolmentrow",
            trigger=pgtrigger.compiler.Trigger(
                name="imported_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."imported_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3b050cb2cef16d7d3c9128d285c9e64fa86eed16",
                    operation="UPDATE",
                    pgid="pgtrigger_imported_once_66176",
                    table="applications_enrolmentrow",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="enrolmentproblem",
            index=models.Index(fields=["enrolment", "id"], name="problem_by_enrolment"),
        ),
        migrations.AddConstraint(
            model_name="enrolmentproblem",
            constraint=models.UniqueConstraint(fields=("row", "column"), name="one_problem_a_cell"),
        ),
    ]
