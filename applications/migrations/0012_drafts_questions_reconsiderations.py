"""Drafts that are kept for a time, questions asked together, rejections that can be looked at again."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Only what the record says: who is not known there is not made up here. Keys are checked at once, since a
# table that still has checks to come cannot be altered.
DATA = """
    SET CONSTRAINTS ALL IMMEDIATE;
    UPDATE applications_application SET last_changed_at = started_at;
    UPDATE applications_application a SET last_changed_at = e.at
    FROM (
        SELECT target_id, max(at) AS at FROM accounts_auditevent
        WHERE target_type = 'applications.application'
          AND verb IN ('application.started', 'application.answered')
        GROUP BY target_id
    ) e
    WHERE a.status = 'draft' AND e.target_id = a.id::text;
    UPDATE applications_application a
    SET closed_at = e.at, closed_by_id = e.by_id,
        closing_reason = COALESCE(NULLIF(e.reason, ''), 'No reason was recorded.')
    FROM accounts_auditevent e
    WHERE a.status = 'withdrawn' AND e.target_type = 'applications.application'
      AND e.verb = 'application.withdrawn' AND e.target_id = a.id::text;
    UPDATE applications_application
    SET closed_at = COALESCE(submitted_at, started_at), closing_reason = 'No reason was recorded.'
    WHERE status = 'withdrawn' AND closed_at IS NULL;
    UPDATE applications_application SET rejection_reasons = '{other}' WHERE status = 'rejected';
    UPDATE applications_applicationquestion SET sent_at = answered_at WHERE answered_at IS NOT NULL;
    SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0011_working_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reconsideration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rejected_at", models.DateTimeField()),
                (
                    "rejection_reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("out_of_scope", "What the company does is outside the scheme"),
                                ("not_identified", "We could not establish who the company is"),
                                ("incomplete", "Answers that we need are missing"),
                                ("incorrect", "Answers are not correct"),
                                ("no_authority", "Whoever signed had no authority to sign for the company"),
                                (
                                    "duplicate",
                                    "The company is a member already, or has applied more than once",
                                ),
                                ("other", "Another reason"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                (
                    "rejection_words",
                    models.TextField(help_text="the words of the decision, as the company was told them"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "Waiting"),
                            ("upheld", "Rejection stands"),
                            ("set_aside", "Set aside"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("grounds", models.TextField(help_text="why the company thinks the rejection is wrong")),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow()),
                ),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["asked_at", "pk"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="application",
            name="status_machine",
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="application_submitted_with_who_when",
        ),
        migrations.RemoveConstraint(
            model_name="applicationquestion",
            name="one_open_question_per_application",
        ),
        migrations.AddField(
            model_name="application",
            name="closed_at",
            field=models.DateTimeField(blank=True, help_text="when withdrawn or expired", null=True),
        ),
        migrations.AddField(
            model_name="application",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="closing_reason",
            field=models.TextField(blank=True, help_text="why it was withdrawn, or went"),
        ),
        migrations.AddField(
            model_name="application",
            name="last_changed_at",
            field=models.DateTimeField(
                db_default=django.contrib.postgres.functions.TransactionNow(),
                help_text="when a draft was started or an answer of it last saved",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="rejection_reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("out_of_scope", "What the company does is outside the scheme"),
                        ("not_identified", "We could not establish who the company is"),
                        ("incomplete", "Answers that we need are missing"),
                        ("incorrect", "Answers are not correct"),
                        ("no_authority", "Whoever signed had no authority to sign for the company"),
                        ("duplicate", "The company is a member already, or has applied more than once"),
                        ("other", "Another reason"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="warned",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="days before a draft goes, of the last warning sent of it", null=True
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="warned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="applicationquestion",
            name="answer_label",
            field=models.CharField(
                blank=True, help_text="which answer of the section; empty for all of it", max_length=80
            ),
        ),
        migrations.AddField(
            model_name="applicationquestion",
            name="form_key",
            field=models.UUIDField(
                editable=False,
                help_text="of the form that asked: sent again, it asks nothing new",
                null=True,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="applicationquestion",
            name="sent_at",
            field=models.DateTimeField(blank=True, help_text="when the reply went to DfT", null=True),
        ),
        migrations.AlterField(
            model_name="application",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "In progress"),
                    ("submitted", "With DfT"),
                    ("question", "Question from DfT"),
                    ("accepted", "Accepted"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.RunSQL(DATA, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("status", "draft")),
                fields=["last_changed_at", "id"],
                name="application_untouched_draft",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="application",
            trigger=pgtrigger.compiler.Trigger(
                name="status_machine",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{draft:expired,draft:submitted,draft:withdrawn,submitted:accepted,submitted:question,submitted:rejected,submitted:withdrawn,question:submitted,question:withdrawn,rejected:submitted}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="4025ccec12dcad839f1d03e1fb56ed8e32fbd0a2",
                    operation="UPDATE",
                    pgid="pgtrigger_status_machine_8590c",
                    table="applications_application",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)),
                    models.Q(
                        ("status__in", ["draft", "withdrawn", "expired"]),
                        ("submitted_at__isnull", True),
                        ("submitted_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="application_submitted_with_who_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "rejected"), models.Q(("rejection_reasons", []), _negated=True)),
                    models.Q(models.Q(("status", "rejected"), _negated=True), ("rejection_reasons", [])),
                    _connector="OR",
                ),
                name="application_rejected_for_known_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("status__in", ["withdrawn", "expired"]),
                        models.Q(("closing_reason", ""), _negated=True),
                        models.Q(("status", "withdrawn"), ("closed_by__isnull", True), _connector="OR"),
                    ),
                    models.Q(
                        models.Q(("status__in", ["withdrawn", "expired"]), _negated=True),
                        ("closed_at__isnull", True),
                        ("closed_by__isnull", True),
                        ("closing_reason", ""),
                    ),
                    _connector="OR",
                ),
                name="application_closed_with_when_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("warned__isnull", True), ("warned_at__isnull", True)),
                    models.Q(("warned__isnull", False), ("warned_at__isnull", False)),
                    _connector="OR",
                ),
                name="application_warned_with_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationquestion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sent_at__isnull", True)),
                fields=("application", "section", "answer_label"),
                name="one_open_question_per_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationquestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at__isnull", True), ("answered_at__isnull", False), _connector="OR"
                ),
                name="question_sent_once_answered",
            ),
        ),
        migrations.AddField(
            model_name="reconsideration",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reconsideration",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reconsiderations",
                to="applications.application",
            ),
        ),
        migrations.AddField(
            model_name="reconsideration",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reconsideration",
            name="rejected_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="reconsideration",
            index=models.Index(
                condition=models.Q(("status", "asked")),
                fields=["asked_at", "id"],
                name="reconsideration_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconsideration",
            constraint=models.UniqueConstraint(
                fields=("application", "rejected_at"), name="one_reconsideration_per_rejection"
            ),
        ),
        migrations.AddConstraint(
            model_name="reconsideration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer", ""),
                        ("answered_at__isnull", True),
                        ("answered_by__isnull", True),
                        ("status", "asked"),
                    ),
                    models.Q(
                        ("status__in", ["upheld", "set_aside"]),
                        models.Q(("answer", ""), _negated=True),
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reconsideration_answered_with_who_when_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconsideration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_by__isnull", True),
                    models.Q(("answered_by", models.F("rejected_by")), _negated=True),
                    _connector="OR",
                ),
                name="reconsideration_answered_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconsideration",
            constraint=models.CheckConstraint(
                condition=models.Q(("grounds", ""), _negated=True), name="reconsideration_has_grounds"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reconsideration",
            trigger=pgtrigger.compiler.Trigger(
                name="status_machine",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{asked:set_aside,asked:upheld}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="c8fa5cb95885121a620f8c1f4a88917c198a86b9",
                    operation="UPDATE",
                    pgid="pgtrigger_status_machine_5e693",
                    table="applications_reconsideration",
                    when="BEFORE",
                ),
            ),
        ),
    ]
