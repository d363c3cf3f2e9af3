"""The history of memberships from before it was kept: from the memberships and from the audit record."""

from django.db import migrations

STARTED = """
    INSERT INTO applications_membershipevent (membership_id, kind, day, at, by_id, reason_code, reason)
    SELECT m.id, 'started', m.started_on, a.decided_at, a.decided_by_id, '', ''
    FROM applications_membership m JOIN applications_application a ON a.id = m.application_id
    WHERE a.decided_at IS NOT NULL
    ORDER BY m.started_on, m.id
"""
# Only what the record says: who is not known there is not made up here.
CHANGED = """
    INSERT INTO applications_membershipevent (membership_id, kind, day, at, by_id, reason_code, reason)
    SELECT m.id, split_part(e.verb, '.', 2), (e.at AT TIME ZONE 'Europe/London')::date, e.at, e.by_id, '',
           COALESCE(NULLIF(e.reason, ''), 'No reason was recorded.')
    FROM accounts_auditevent e JOIN applications_membership m ON e.target_id = m.id::text
    WHERE e.target_type = 'applications.membership'
      AND e.verb IN ('membership.suspended', 'membership.reinstated', 'membership.lapsed',
                     'membership.removed', 'membership.resigned')
      AND (e.by_id IS NOT NULL OR e.verb = 'membership.lapsed')
    ORDER BY e.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("applications", "0004_membership_history"),
    ]

    operations = [
        migrations.RunSQL(STARTED, migrations.RunSQL.noop),
        migrations.RunSQL(CHANGED, migrations.RunSQL.noop),
    ]
