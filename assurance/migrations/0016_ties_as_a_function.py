"""What ties a person to companies, as a function that PostgreSQL keeps the plans of."""

from django.db import migrations

# What assurance.bars.ties_function() returned.
TIES = r"""
CREATE OR REPLACE FUNCTION assurance_ties(person bigint, domain text)
RETURNS TABLE (kind text, company bigint) LANGUAGE plpgsql STABLE ROWS 20 AS $ties$
#variable_conflict use_column
BEGIN
RETURN QUERY
SELECT 'oneself', of_tie.* FROM (SELECT "applications_companyperson"."company_id" AS "company" FROM "applications_companyperson" WHERE ("applications_companyperson"."user_id" = person AND "applications_companyperson"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'oneself', of_tie.* FROM (SELECT "applications_application"."company_id" AS "company" FROM "applications_application" WHERE ("applications_application"."started_by_id" = person AND "applications_application"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'oneself', of_tie.* FROM (SELECT "applications_invitation"."company_id" AS "company" FROM "applications_invitation" WHERE ("applications_invitation"."status" = 'accepted' AND "applications_invitation"."closed_by_id" = person AND "applications_invitation"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'oneself', of_tie.* FROM (SELECT "applications_joinrequest"."company_id" AS "company" FROM "applications_joinrequest" WHERE ("applications_joinrequest"."status" = 'accepted' AND "applications_joinrequest"."user_id" = person AND "applications_joinrequest"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'employer', of_tie.* FROM (SELECT "assurance_staffinterest"."company_id" AS "company" FROM "assurance_staffinterest" WHERE ("assurance_staffinterest"."ended_at" IS NULL AND "assurance_staffinterest"."kind" = 'employer' AND "assurance_staffinterest"."name" = '' AND "assurance_staffinterest"."user_id" = person AND "assurance_staffinterest"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'employer', of_tie.* FROM (SELECT "applications_company"."id" AS "pk" FROM "applications_company" WHERE (split_part("applications_company"."match_key", ' ', 1) IN (SELECT U0."name_key" AS "name_key" FROM "assurance_staffinterest" U0 WHERE (U0."ended_at" IS NULL AND U0."kind" = 'employer' AND NOT (U0."name_key" = '') AND U0."user_id" = person)) AND "applications_company"."id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'adviser', of_tie.* FROM (SELECT "assurance_staffinterest"."company_id" AS "company" FROM "assurance_staffinterest" WHERE ("assurance_staffinterest"."ended_at" IS NULL AND "assurance_staffinterest"."kind" = 'adviser' AND "assurance_staffinterest"."name" = '' AND "assurance_staffinterest"."user_id" = person AND "assurance_staffinterest"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'adviser', of_tie.* FROM (SELECT "applications_company"."id" AS "pk" FROM "applications_company" WHERE (split_part("applications_company"."match_key", ' ', 1) IN (SELECT U0."name_key" AS "name_key" FROM "assurance_staffinterest" U0 WHERE (U0."ended_at" IS NULL AND U0."kind" = 'adviser' AND NOT (U0."name_key" = '') AND U0."user_id" = person)) AND "applications_company"."id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'trade_body', of_tie.* FROM (SELECT "applications_company_trade_bodies"."company_id" AS "trade_body__companies" FROM "assurance_staffinterest" INNER JOIN "applications_tradebody" ON ("assurance_staffinterest"."trade_body_id" = "applications_tradebody"."id") INNER JOIN "applications_company_trade_bodies" ON ("applications_tradebody"."id" = "applications_company_trade_bodies"."tradebody_id") WHERE ("assurance_staffinterest"."ended_at" IS NULL AND "assurance_staffinterest"."kind" = 'trade_body' AND "assurance_staffinterest"."name" = '' AND "assurance_staffinterest"."user_id" = person AND "applications_company_trade_bodies"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'trade_body', of_tie.* FROM (SELECT "applications_company_trade_bodies"."company_id" AS "companies" FROM "applications_tradebody" INNER JOIN "applications_tradebody_people" ON ("applications_tradebody"."id" = "applications_tradebody_people"."tradebody_id") INNER JOIN "applications_company_trade_bodies" ON ("applications_tradebody"."id" = "applications_company_trade_bodies"."tradebody_id") WHERE ("applications_tradebody_people"."user_id" = person AND "applications_company_trade_bodies"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'mail_domain', of_tie.* FROM (SELECT "applications_companyperson"."company_id" AS "company" FROM "applications_companyperson" INNER JOIN "accounts_user" ON ("applications_companyperson"."user_id" = "accounts_user"."id") WHERE (LOWER(split_part("accounts_user"."email", '@', -1)) IN (domain) AND "applications_companyperson"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'mail_domain', of_tie.* FROM (SELECT "applications_securitycontact"."company_id" AS "company" FROM "applications_securitycontact" WHERE ("applications_securitycontact"."until" IS NULL AND LOWER(split_part("applications_securitycontact"."email", '@', -1)) IN (domain) AND "applications_securitycontact"."company_id" IS NOT NULL)) of_tie
UNION ALL
SELECT 'declared', of_tie.* FROM (SELECT "applications_membership"."company_id" AS "check_of__membership__company" FROM "assurance_conflictdeclaration" INNER JOIN "assurance_plancheck" ON ("assurance_conflictdeclaration"."check_of_id" = "assurance_plancheck"."id") INNER JOIN "applications_membership" ON ("assurance_plancheck"."membership_id" = "applications_membership"."id") WHERE ("assurance_conflictdeclaration"."has_conflict" AND "assurance_conflictdeclaration"."user_id" = person AND "applications_membership"."company_id" IS NOT NULL)) of_tie;
END
$ties$
"""


class Migration(migrations.Migration):
    dependencies = [("assurance", "0015_rechecks_drawn")]

    operations = [
        migrations.RunSQL(TIES, "DROP FUNCTION assurance_ties(bigint, text)"),
    ]
