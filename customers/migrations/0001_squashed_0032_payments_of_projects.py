import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import core.clock
import core.encryption
import core.fields
import core.ids
import core.tenancy.scoping
import customers.models.customer
from core.migrating import RunPostgreSQL

# what erasure takes out of ledgers, by the owner: the application's role can only add to them
ERASE = """
CREATE OR REPLACE FUNCTION erase_rows(of_table text, of_organization uuid, of_environment text, of_customer uuid)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE erased bigint;
BEGIN
    CASE of_table
    WHEN 'customers_consent' THEN
        DELETE FROM customers_consent WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = of_customer;
    WHEN 'customers_loyaltyentry' THEN
        DELETE FROM customers_loyaltyentry WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = of_customer;
    END CASE;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_rows(text, uuid, text, uuid) FROM PUBLIC;
"""

# for merging: rows of what is only ever added to go from one customer to the other, and back
MOVE = """
CREATE OR REPLACE FUNCTION move_rows(
    of_table text, of_organization uuid, of_environment text, from_customer uuid, to_customer uuid, of_rows uuid[]
)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moved bigint;
BEGIN
    PERFORM 1 FROM customers_customer a JOIN customers_customer b
        ON a.merged_into_id = b.id AND a.organization_id = b.organization_id AND a.environment = b.environment
    WHERE a.organization_id = of_organization AND a.environment = of_environment
        AND (a.id, b.id) IN ((from_customer, to_customer), (to_customer, from_customer));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'neither of these customers is merged into the other';
    END IF;
    CASE of_table
    WHEN 'customers_consent' THEN
        UPDATE customers_consent SET customer_id = to_customer WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = from_customer AND id = ANY(of_rows);
    WHEN 'customers_loyaltyentry' THEN
        UPDATE customers_loyaltyentry SET customer_id = to_customer WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = from_customer AND id = ANY(of_rows);
    END CASE;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;
REVOKE ALL ON FUNCTION move_rows(text, uuid, text, uuid, uuid, uuid[]) FROM PUBLIC;
"""

ADD = """
    INSERT INTO customers_customercount
        (organization_id, environment, dimension, value, customers, lifetime_value, loyalty_points, is_folded)
"""  # noqa: E501

# who was merged into somebody isn't counted among the deleted, whom somebody could restore
OF_CUSTOMERS = """
    SELECT organization_id, environment, d.dimension, d.value, SUM(n), SUM(d.worth), SUM(d.points), FALSE
    FROM (
        -- what a statement leaves as it was cancels out here
        SELECT
            organization_id, environment, deleted_at IS NULL AS is_living,
            deleted_at IS NOT NULL AND merged_into_id IS NULL AS is_deleted,
            status, is_blocked, segment, engagement,
            source, city, assigned_to_id, nps_score, health_score, is_at_risk, email_verified,
            password = '' AS walks_in,
            CAST(SUM(n) AS integer) AS n, SUM(n * lifetime_value) AS lifetime_value, SUM(n * loyalty_points) AS loyalty_points
        FROM ({rows}) r
        GROUP BY
            organization_id, environment, deleted_at IS NULL, deleted_at IS NOT NULL AND merged_into_id IS NULL,
            status, is_blocked, segment, engagement,
            source, city, assigned_to_id, nps_score, health_score, is_at_risk, email_verified,
            password = ''
        HAVING SUM(n) <> 0 OR SUM(n * lifetime_value) <> 0 OR SUM(n * loyalty_points) <> 0
    ) c
    CROSS JOIN LATERAL (
        VALUES
            ('all', '', is_living, lifetime_value, loyalty_points),
            ('deleted', '', is_deleted, 0, 0),
            ('status', status, is_living, 0, 0),
            ('unblocked', status, is_living AND NOT is_blocked, 0, 0),
            ('segment', segment, is_living, 0, 0),
            ('engagement', engagement, is_living, 0, 0),
            ('source', source, is_living, 0, 0),
            ('city', city, is_living, 0, 0),
            ('owner', CAST(assigned_to_id AS text), is_living, 0, 0),
            (
                'nps',
                CASE
                    WHEN nps_score >= 9 THEN 'promoter'
                    WHEN nps_score >= 7 THEN 'passive'
                    WHEN nps_score IS NOT NULL THEN 'detractor'
                END,
                is_living, 0, 0
            ),
            ('health', CAST(health_score AS text), is_living, 0, 0),
            ('at_risk', '', is_living AND is_at_risk, 0, 0),
            ('verified', '', is_living AND email_verified, 0, 0),
            ('walk_in', '', is_living AND walks_in, 0, 0)
    ) d (dimension, value, is_counted, worth, points)
    WHERE d.is_counted AND d.value IS NOT NULL
    GROUP BY organization_id, environment, d.dimension, d.value
    HAVING SUM(n) <> 0 OR SUM(d.worth) <> 0 OR SUM(d.points) <> 0
"""  # noqa: E501

# customers who were deleted or came back, with all of their tags; the links are looked up one customer
# after the other, however many there were when the plan was made
OF_TURNED = """
    SELECT t.organization_id, t.environment, 'tag', CAST(l.tag_id AS text), SUM(t.n), 0, 0, FALSE
    FROM (
        SELECT organization_id, environment, id, SUM(n) AS n FROM ({rows}) r
        WHERE deleted_at IS NULL GROUP BY organization_id, environment, id HAVING SUM(n) <> 0
    ) t
    CROSS JOIN LATERAL (SELECT tag_id FROM customers_customertag WHERE customer_id = t.id OFFSET 0) l
    GROUP BY t.organization_id, t.environment, l.tag_id HAVING SUM(t.n) <> 0
"""

# likewise; of an index that knows the tenant first PostgreSQL would read all of it for an id alone
OF_LINKS = """
    SELECT organization_id, environment, 'tag', CAST(tag_id AS text), SUM(n), 0, 0, FALSE
    FROM ({rows}) r
    WHERE (
        SELECT c.deleted_at IS NULL FROM customers_customer c
        WHERE (c.organization_id, c.environment, c.id) = (r.organization_id, r.environment, r.customer_id)
    )
    GROUP BY organization_id, environment, tag_id HAVING SUM(n) <> 0
"""

CAME, WENT = "SELECT 1 AS n, * FROM new_rows", "SELECT -1 AS n, * FROM old_rows"
ACTS = {
    "INSERT": (CAME, "NEW TABLE AS new_rows"),
    "UPDATE": (f"{CAME} UNION ALL {WENT}", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
    "DELETE": (WENT, "OLD TABLE AS old_rows"),
}


def counting(function, table, groups, turned=""):
    branches = ""
    for act, (rows, _) in ACTS.items():
        added = f"{ADD}{groups.format(rows=rows)};"
        if turned and act == "UPDATE":
            added += f"{ADD}{turned.format(rows=rows)};"
        branches += f"IF TG_OP = '{act}' THEN {added} END IF;\n"
    yield (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$body$ BEGIN {branches} RETURN NULL; END $body$;"
    )
    for act, (_, named) in ACTS.items():
        yield (
            f"CREATE TRIGGER {function}_{act.lower()} AFTER {act} ON {table} "
            f"REFERENCING {named} FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
        )


class Migration(migrations.Migration):

    replaces = [('customers', '0001_initial'), ('customers', '0002_health'), ('customers', '0003_figures_indexes'), ('customers', '0004_list_indexes'), ('customers', '0005_versions'), ('customers', '0006_phone_extension'), ('customers', '0007_one_form_of_values'), ('customers', '0008_deactivation'), ('customers', '0009_open_lists'), ('customers', '0010_identities'), ('customers', '0011_words_of_search'), ('customers', '0012_further_emails'), ('customers', '0013_privacy_requests'), ('customers', '0014_consent_wordings'), ('customers', '0015_consents_ends'), ('customers', '0016_portal'), ('customers', '0017_retention'), ('customers', '0018_sensitive_fields'), ('customers', '0019_append_only'), ('customers', '0020_counts'), ('customers', '0021_count_everyone'), ('customers', '0022_since_index'), ('customers', '0023_newest_of_each'), ('customers', '0024_references_of_few'), ('customers', '0025_merges'), ('customers', '0026_merged_ids'), ('customers', '0027_count_tags_by_tenant'), ('customers', '0028_indexes_that_are_read'), ('customers', '0029_duplicates'), ('customers', '0030_compare_everyone'), ('customers', '0031_birthdays'), ('customers', '0032_payments_of_projects')]

    initial = True

    dependencies = [
        ('identity', '0001_squashed_0008_list_layouts'),
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='CustomerCount',
            fields=[
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('dimension', core.fields.KeyField(max_length=20, verbose_name='Dimension')),
                ('value', core.fields.KeyField(blank=True, max_length=150, verbose_name='Value')),
                ('customers', models.BigIntegerField(verbose_name='Customers')),
                ('lifetime_value', models.DecimalField(decimal_places=2, default=0, max_digits=24, verbose_name='Lifetime value')),
                ('loyalty_points', models.BigIntegerField(default=0, verbose_name='Loyalty points')),
                ('is_folded', models.BooleanField(default=False, verbose_name='Folded')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'environment', 'dimension', 'value'], name='customer_count_by_value'), models.Index(condition=models.Q(('is_folded', False)), fields=['id'], name='customer_count_unfolded')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, validators=[core.fields.refuse_future], verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Deleted')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, editable=False, help_text='by whose name this customer is known since; deleted, too, and kept to be undone', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Merged into')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='First name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='Last name')),
                ('company_name', models.CharField(blank=True, max_length=150, verbose_name='Company')),
                ('is_business', models.BooleanField(default=False, verbose_name='Business')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='E-mail')),
                ('phone', core.fields.PhoneField(blank=True, max_length=16, verbose_name='Phone')),
                ('phone_extension', models.CharField(blank=True, db_default='', default='', max_length=10, validators=[django.core.validators.RegexValidator('\\A[0-9]*\\Z', 'Holds digits alone.', code='invalid_extension')], verbose_name='Extension')),
                ('whatsapp_number', core.fields.PhoneField(blank=True, max_length=16, verbose_name='WhatsApp')),
                ('alternative_phones', models.JSONField(blank=True, default=list, verbose_name='Other phones')),
                ('preferred_contact_method', models.CharField(blank=True, max_length=50, verbose_name='Preferred contact')),
                ('best_call_time', models.CharField(blank=True, max_length=100, verbose_name='Best time to call')),
                ('avatar_url', models.URLField(blank=True, max_length=500, verbose_name='Picture')),
                ('gender', models.CharField(blank=True, max_length=50, verbose_name='Gender')),
                ('date_of_birth', models.DateField(blank=True, null=True, validators=[core.fields.refuse_future], verbose_name='Date of birth')),
                ('street', models.CharField(blank=True, max_length=150, verbose_name='Street')),
                ('city', models.CharField(blank=True, max_length=150, verbose_name='City')),
                ('state', models.CharField(blank=True, max_length=100, verbose_name='State')),
                ('postal_code', models.CharField(blank=True, max_length=20, verbose_name='Postal code')),
                ('country', models.CharField(blank=True, max_length=100, verbose_name='Country')),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='Latitude')),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='Longitude')),
                ('property_value', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Property value')),
                ('property_type', models.CharField(blank=True, max_length=50, verbose_name='Property type')),
                ('roof_age', models.PositiveSmallIntegerField(blank=True, help_text='years', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(500)], verbose_name='Roof age')),
                ('roof_type', models.CharField(blank=True, max_length=50, verbose_name='Roof type')),
                ('source', models.CharField(blank=True, max_length=50, verbose_name='Source')),
                ('converted_from_lead_id', models.CharField(blank=True, max_length=100, verbose_name='Lead ID')),
                ('external_id', models.CharField(blank=True, max_length=150, verbose_name='External ID')),
                ('campaign', models.CharField(blank=True, max_length=150, verbose_name='Campaign')),
                ('referred_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='customers.customer', verbose_name='Referred by')),
                ('is_referral_partner', models.BooleanField(default=False, verbose_name='Referral partner')),
                ('status', models.CharField(choices=[('active', 'Active'), ('inactive', 'Inactive'), ('vip', 'VIP'), ('churned', 'Churned')], default='active', max_length=10, verbose_name='Status')),
                ('status_pinned', models.BooleanField(default=False, help_text='set by a person; recalculation leaves it alone', verbose_name='Status pinned')),
                ('is_deactivated', models.BooleanField(default=False, editable=False, help_text='the pinned status says so until the customer writes or books again', verbose_name='Deactivated')),
                ('segment', models.CharField(choices=[('premium', 'Premium'), ('standard', 'Standard'), ('repeat', 'Repeat'), ('referral_source', 'Referral source')], default='standard', max_length=20, verbose_name='Segment')),
                ('segment_pinned', models.BooleanField(default=False, verbose_name='Segment pinned')),
                ('engagement', models.CharField(choices=[('vip', 'VIP'), ('regular', 'Regular'), ('new', 'New'), ('inactive', 'Inactive'), ('at_risk', 'At risk')], default='new', max_length=10, verbose_name='Engagement')),
                ('engagement_pinned', models.BooleanField(default=False, verbose_name='Engagement pinned')),
                ('assigned_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
                ('notes', models.TextField(blank=True, max_length=10000, verbose_name='Notes')),
                ('custom_fields', core.fields.ObjectField(blank=True, default=dict, validators=[customers.models.customer.check_custom_fields], verbose_name='Custom fields')),
                ('sensitive_values', core.encryption.EncryptedObjectField(blank=True, db_default='', default=dict, editable=False, help_text='of the custom fields whose values stand masked', verbose_name='Sensitive custom fields')),
                ('is_blocked', models.BooleanField(default=False, verbose_name='Blocked')),
                ('block_reason', models.CharField(blank=True, max_length=500, verbose_name='Reason for blocking')),
                ('nps_score', models.PositiveSmallIntegerField(blank=True, help_text='net promoter score, 0 to 10', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='Net promoter score')),
                ('satisfaction_rating', models.DecimalField(blank=True, decimal_places=2, max_digits=3, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(5)], verbose_name='Satisfaction')),
                ('loyalty_points', models.IntegerField(default=0, editable=False, verbose_name='Loyalty points')),
                ('customer_since', models.DateTimeField(default=core.clock.now, validators=[core.fields.refuse_future], verbose_name='Customer since')),
                ('password', models.CharField(blank=True, editable=False, help_text='hash; empty for a walk-in customer', max_length=128, verbose_name='Password')),
                ('email_verified', models.BooleanField(default=False, verbose_name='E-mail verified')),
                ('notify_email', models.BooleanField(default=True, verbose_name='Notifications by e-mail')),
                ('notify_sms', models.BooleanField(default=False, verbose_name='Notifications by SMS')),
                ('notify_push', models.BooleanField(default=False, verbose_name='Push notifications')),
                ('notify_whatsapp', models.BooleanField(default=False, verbose_name='Notifications on WhatsApp')),
                ('marketing_consent', models.BooleanField(default=False, verbose_name='Marketing consent')),
                ('language', models.CharField(blank=True, max_length=10, verbose_name='Language')),
                ('contact_hours_start', models.TimeField(blank=True, null=True, verbose_name='Contact from')),
                ('contact_hours_end', models.TimeField(blank=True, null=True, verbose_name='Contact until')),
                ('accessibility_needs', models.CharField(blank=True, max_length=500, verbose_name='Accessibility needs')),
                ('preferred_agent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Preferred agent')),
                ('preferred_outlet', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tenancy.outlet', verbose_name='Preferred outlet')),
                ('preferred_categories', models.JSONField(blank=True, default=list, validators=[customers.models.customer.check_short_texts], verbose_name='Preferred categories')),
                ('preference_note', models.CharField(blank=True, max_length=1000, verbose_name='Wishes')),
                ('lifetime_value', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=14, verbose_name='Lifetime value')),
                ('project_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Projects')),
                ('referral_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Referrals')),
                ('referral_value', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=14, verbose_name='Value of referrals')),
                ('interaction_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Interactions')),
                ('first_contact_at', models.DateTimeField(editable=False, null=True, verbose_name='First contact')),
                ('last_interaction_at', models.DateTimeField(editable=False, help_text='the latest interaction or message', null=True, verbose_name='Last contact')),
                ('last_message_at', models.DateTimeField(editable=False, null=True, verbose_name='Last message')),
                ('conversation_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Conversations')),
                ('open_conversation_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Open conversations')),
                ('ticket_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Tickets')),
                ('message_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Messages')),
                ('average_response_seconds', models.PositiveIntegerField(editable=False, null=True, verbose_name='Average response, seconds')),
                ('total_appointments', models.PositiveIntegerField(default=0, editable=False, verbose_name='Appointments')),
                ('last_visit_at', models.DateTimeField(editable=False, null=True, verbose_name='Last visit')),
                ('total_spent', models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=14, verbose_name='Spent on appointments')),
                ('transaction_count', models.PositiveIntegerField(default=0, editable=False, help_text='completed or refunded', verbose_name='Payments')),
                ('last_activity_at', models.DateTimeField(editable=False, null=True, verbose_name='Last activity')),
                ('health_score', models.PositiveSmallIntegerField(default=0, editable=False, help_text='0 to 100, as of the last recalculation', verbose_name='Health score')),
                ('is_at_risk', models.BooleanField(default=False, editable=False, verbose_name='At risk')),
                ('first_key', core.fields.KeyField(blank=True, editable=False, max_length=150)),
                ('last_key', core.fields.KeyField(blank=True, editable=False, max_length=150)),
                ('company_key', core.fields.KeyField(blank=True, editable=False, max_length=150)),
                ('email_key', core.fields.KeyField(blank=True, editable=False, max_length=254)),
                ('search_text', models.TextField(blank=True, editable=False)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'created_at', 'id'], name='customer_by_created'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'updated_at', 'id'], name='customer_by_updated'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'lifetime_value', 'id'], name='customer_by_value'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'health_score', 'id'], name='customer_by_health'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'status', 'created_at', 'id'], name='customer_newest_of_status'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'segment', 'created_at', 'id'], name='customer_newest_of_segment'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'engagement', 'created_at', 'id'], name='customer_newest_of_engagement'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'first_key', 'id'], name='customer_by_first'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'last_key', 'id'], name='customer_by_last'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'city', 'id'], name='customer_by_city'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'is_business', 'is_blocked', 'is_referral_partner'], name='customer_by_kind'), models.Index(condition=models.Q(('deleted_at__isnull', True), ('is_at_risk', True)), fields=['organization', 'environment', 'created_at', 'id'], name='customer_newest_at_risk'), models.Index(condition=models.Q(('deleted_at__isnull', True), ('assigned_to__isnull', False)), fields=['organization', 'environment', 'assigned_to', 'created_at', 'id'], name='customer_newest_of_owner'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'customer_since', 'source'], name='customer_by_since'), models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['organization', 'environment', 'deleted_at', 'id'], name='customer_deleted'), core.fields.LatestFirst(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'last_interaction_at', 'id'], name='customer_by_interaction'), core.fields.ByDayOfYear(condition=models.Q(('deleted_at__isnull', True), ('date_of_birth__isnull', False)), fields=['organization', 'environment', 'date_of_birth', 'id'], name='customer_by_birthday'), models.Index(condition=models.Q(('deleted_at__isnull', True), ('referred_by__isnull', False)), fields=['organization', 'environment', 'referred_by', 'lifetime_value'], name='customer_referrals'), models.Index(condition=models.Q(('referred_by__isnull', False)), fields=['referred_by'], name='customer_of_referred_by'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='customer_of_merged_into'), models.Index(condition=models.Q(('assigned_to__isnull', False)), fields=['assigned_to'], name='customer_of_assigned_to'), models.Index(condition=models.Q(('preferred_agent__isnull', False)), fields=['preferred_agent'], name='customer_of_preferred_agent'), models.Index(condition=models.Q(('preferred_outlet__isnull', False)), fields=['preferred_outlet'], name='customer_of_preferred_outlet'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('deleted_at__isnull', True)), fields=['search_text'], name='customer_search', opclasses=['gin_trgm_ops'])],
                'constraints': [models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True), models.Q(('email_key', ''), _negated=True)), fields=('organization', 'environment', 'email_key'), name='customer_email_unique', violation_error_code='email'), models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True), models.Q(('phone', ''), _negated=True)), fields=('organization', 'environment', 'phone'), name='customer_phone_unique', violation_error_code='phone'), models.UniqueConstraint(condition=models.Q(models.Q(('deleted_at__isnull', True), ('merged_into__isnull', False), _connector='OR'), models.Q(('external_id', ''), _negated=True)), fields=('organization', 'environment', 'external_id'), name='customer_external_id_unique', violation_error_code='external_id'), models.CheckConstraint(condition=models.Q(('company_name', ''), ('first_name', ''), ('last_name', ''), ('search_text', ''), _negated=True), name='customer_identified', violation_error_message='A customer needs a name, an e-mail or a phone number.'), models.CheckConstraint(condition=models.Q(('nps_score', None), ('nps_score__lte', 10), _connector='OR'), name='customer_nps_range'), models.CheckConstraint(condition=models.Q(('satisfaction_rating', None), models.Q(('satisfaction_rating__gte', 0), ('satisfaction_rating__lte', 5)), _connector='OR'), name='customer_rating_range'), models.CheckConstraint(condition=models.Q(('property_value', None), ('property_value__gte', 0), _connector='OR'), name='customer_property_value_range'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'inactive', 'vip', 'churned'])), name='customer_status_known'), models.CheckConstraint(condition=models.Q(('segment__in', ['premium', 'standard', 'repeat', 'referral_source'])), name='customer_segment_known'), core.tenancy.scoping.SameTenant(across_environments=True, field='assigned_to', name='customer_assigned_to_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='preferred_agent', name='customer_preferred_agent_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='preferred_outlet', name='customer_preferred_outlet_tenant')],
            },
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='customer_tenant'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='referred_by', name='customer_referred_by_tenant'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='merged_into', name='customer_merged_into_tenant'),
        ),
        migrations.CreateModel(
            name='MatchKey',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('value', core.fields.KeyField(max_length=300, verbose_name='Key')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'environment', 'value', 'customer'], name='match_key_by_value')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'value'), name='match_key_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='match_key_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='PendingComparison',
            fields=[
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('id', models.BigAutoField(primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.UUIDField(verbose_name='Customer')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'environment', 'id'], name='pending_comparison_by_tenant')],
            },
        ),
        migrations.CreateModel(
            name='DuplicatePair',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('other', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Other customer')),
                ('score', models.PositiveSmallIntegerField(help_text='0 to 100', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='Confidence')),
                ('evidence', models.JSONField(default=list, verbose_name='Evidence')),
                ('status', models.CharField(choices=[('open', 'To look at'), ('refused', 'Not the same')], default='open', max_length=10, verbose_name='Status')),
                ('found_at', models.DateTimeField(default=core.clock.now, verbose_name='Found')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='Decided')),
                ('decided_by', models.CharField(blank=True, max_length=254, verbose_name='Decided by')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'environment', 'status', '-score', 'id'], name='duplicate_pair_by_score'), models.Index(fields=['customer'], name='duplicate_pair_of_customer'), models.Index(fields=['other'], name='duplicate_pair_of_other')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'customer', 'other'), name='duplicate_pair_unique'), models.CheckConstraint(condition=models.Q(('customer__lt', models.F('other'))), name='duplicate_pair_ordered'), models.CheckConstraint(condition=models.Q(('score__lte', 100)), name='duplicate_pair_score_range'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'refused'])), name='duplicate_pair_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='duplicate_pair_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='other', name='duplicate_pair_other_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('whatsapp', 'WhatsApp'), ('whatsapp_id', 'WhatsApp user ID')], max_length=11, verbose_name='Kind')),
                ('value', core.fields.KeyField(max_length=254, verbose_name='Address')),
                ('is_primary', models.BooleanField(default=False, help_text="is the customer's own e-mail, phone or WhatsApp number", verbose_name='Primary')),
                ('is_living', models.BooleanField(default=True, editable=False, help_text='the customer is not deleted', verbose_name='Living')),
                ('source', models.CharField(choices=[('record', 'Customer record'), ('message', 'Message'), ('file', 'File'), ('merge', 'Merged customer')], default='record', max_length=10, verbose_name='Source')),
                ('verified_at', models.DateTimeField(blank=True, help_text='when the person first wrote from it', null=True, verbose_name='Verified')),
                ('first_seen_at', models.DateTimeField(default=core.clock.now, verbose_name='First seen')),
                ('last_seen_at', models.DateTimeField(default=core.clock.now, verbose_name='Last seen')),
            ],
            options={
                'verbose_name_plural': 'identities',
                'indexes': [models.Index(condition=models.Q(('is_living', True)), fields=['organization', 'environment', 'value', 'kind'], name='identity_by_value')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'kind', 'value'), name='identity_unique'), models.UniqueConstraint(condition=models.Q(('is_living', True), ('kind', 'whatsapp_id')), fields=('organization', 'environment', 'value'), name='identity_whatsapp_id_unique', violation_error_code='whatsapp_id'), models.CheckConstraint(condition=models.Q(('kind__in', ['email', 'phone', 'whatsapp', 'whatsapp_id'])), name='identity_kind_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='identity_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, help_text='who was kept', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('loser', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Merged customer')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('merged_by', models.CharField(max_length=254, verbose_name='Merged by')),
                ('change_set_id', models.UUIDField(verbose_name='Change')),
                ('fields', models.JSONField(default=dict, help_text='column → whose value was chosen', verbose_name='Chosen fields')),
                ('moved', models.JSONField(default=dict, verbose_name='Records that moved')),
                ('values', core.encryption.EncryptedObjectField(blank=True, db_default='', default=dict, editable=False, verbose_name='Values before and after')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='Undone')),
                ('undone_by', models.CharField(blank=True, max_length=254, verbose_name='Undone by')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-id'], name='merge_by_customer'), models.Index(fields=['loser', '-id'], name='merge_by_loser'), models.Index(fields=['organization', 'environment', '-id'], name='merge_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('loser',), name='merge_loser_unique', violation_error_code='loser'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='merge_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='loser', name='merge_loser_tenant')],
            },
        ),
        migrations.CreateModel(
            name='PortalSession',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('digest', models.CharField(help_text='SHA-256', max_length=64, unique=True, verbose_name='Digest')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='Address')),
                ('created_at', models.DateTimeField(default=core.clock.now, verbose_name='Signed in')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='Ends')),
            ],
            options={
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='portal_session_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='PortalLink',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('purpose', models.CharField(choices=[('sign_in', 'Signing in'), ('password', 'New password'), ('invitation', 'Invitation'), ('verify_email', 'Verifying the e-mail')], max_length=15, verbose_name='Purpose')),
                ('digest', models.CharField(help_text='SHA-256', max_length=64, unique=True, verbose_name='Digest')),
                ('code_digest', models.CharField(blank=True, help_text='keyed; empty without a code', max_length=64, verbose_name='Digest of the code')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='Wrong codes')),
                ('created_at', models.DateTimeField(default=core.clock.now, verbose_name='Made')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='Ends')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'purpose'), name='portal_link_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='portal_link_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='ConsentWording',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('purpose', models.CharField(choices=[('notifications', 'Notifications'), ('marketing', 'Marketing')], max_length=15, verbose_name='Purpose')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('push', 'Push'), ('whatsapp', 'WhatsApp'), ('all', 'All channels')], default='all', max_length=10, verbose_name='Channel')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='Language')),
                ('text', models.TextField(max_length=10000, verbose_name='Wording')),
                ('months', models.PositiveSmallIntegerField(blank=True, help_text='how long a consent to it lasts; empty: until it is withdrawn', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1200)], verbose_name='Valid for, months')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'name', 'language'), name='consent_wording_unique', violation_error_code='name')],
            },
        ),
        migrations.AddConstraint(
            model_name='consentwording',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='consent_wording_tenant'),
        ),
        migrations.CreateModel(
            name='WordingVersion',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('wording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.consentwording', verbose_name='Saved wording')),
                ('number', models.PositiveIntegerField(verbose_name='Version')),
                ('text', models.TextField(verbose_name='Wording')),
                ('months', models.PositiveSmallIntegerField(null=True, verbose_name='Valid for, months')),
                ('written_by', models.CharField(max_length=254, verbose_name='Written by')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('wording', 'number'), name='wording_version_number_unique'), core.tenancy.scoping.SameTenant(across_environments=True, field='wording', name='wording_version_wording_tenant')],
            },
        ),
        migrations.AddConstraint(
            model_name='wordingversion',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='wording_version_tenant'),
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=core.clock.now)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'digest'), name='suppression_unique')],
            },
        ),
        migrations.CreateModel(
            name='LoyaltyEntry',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('points', models.IntegerField(verbose_name='Points')),
                ('reason', models.CharField(max_length=150, verbose_name='Reason')),
                ('source_id', models.UUIDField(blank=True, help_text='the appointment that earned them', null=True, verbose_name='Appointment')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
            ],
            options={
                'verbose_name_plural': 'loyalty entries',
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['customer', '-at'], name='loyalty_by_customer'), models.Index(fields=['organization', 'environment', 'customer', 'points'], name='loyalty_figures'), models.Index(condition=models.Q(('source_id__isnull', False)), fields=['source_id'], name='loyalty_by_source')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='loyalty_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='PrivacyRequest',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('kind', models.CharField(choices=[('access', 'Access to their data'), ('rectification', 'Correction'), ('erasure', 'Erasure'), ('objection', 'Objection')], max_length=15, verbose_name='Request')),
                ('received_at', models.DateTimeField(default=core.clock.now, validators=[core.fields.refuse_future], verbose_name='Received')),
                ('due_at', models.DateTimeField(editable=False, verbose_name='Due')),
                ('status', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('refused', 'Refused')], default='open', max_length=10, verbose_name='Status')),
                ('note', models.TextField(blank=True, help_text='what the person wrote or said', max_length=10000, verbose_name='Note')),
                ('reason', models.TextField(blank=True, help_text='of a refusal, as the person is told', max_length=10000, verbose_name='Reason')),
                ('opened_by', models.CharField(editable=False, max_length=254, verbose_name='Opened by')),
                ('closed_by', models.CharField(blank=True, editable=False, max_length=254, verbose_name='Closed by')),
                ('closed_at', models.DateTimeField(editable=False, null=True, verbose_name='Closed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'environment', 'status', 'due_at', 'id'], name='privacy_request_by_due'), models.Index(fields=['customer'], name='privacy_request_by_customer')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('customer', 'kind'), name='privacy_request_open_unique', violation_error_code='kind'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'done', 'refused'])), name='privacy_request_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='privacy_request_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='RetentionPolicy',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('months', models.PositiveSmallIntegerField(default=0, help_text='after which a customer is listed for erasure; 0: never', validators=[django.core.validators.MaxValueValidator(1200)], verbose_name='Months without activity')),
                ('is_automatic', models.BooleanField(default=False, help_text='every night those listed are erased; else when a person says so', verbose_name='Erase without asking')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'verbose_name_plural': 'retention policies',
                'constraints': [models.UniqueConstraint(fields=('organization',), name='retention_policy_unique')],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', core.fields.LabelField(max_length=50, validators=[django.core.validators.RegexValidator('^[^,;]+$', 'Tags hold no comma or semicolon.', code='tag_separator')], verbose_name='Name')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='tag_name_unique', violation_error_code='name')],
            },
        ),
        migrations.AddConstraint(
            model_name='tag',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='tag_tenant'),
        ),
        migrations.CreateModel(
            name='CustomerTag',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.tag', verbose_name='Tag')),
            ],
            options={
                'indexes': [models.Index(fields=['tag', 'customer'], name='customer_tag_by_tag')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'tag'), name='customer_tag_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='customer_tag_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='tag', name='customer_tag_tag_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='Name')),
                ('project_type', models.CharField(default='other', max_length=50, verbose_name='Kind of work')),
                ('status', models.CharField(choices=[('planned', 'Planned'), ('scheduled', 'Scheduled'), ('in_progress', 'In progress'), ('on_hold', 'On hold'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], default='planned', max_length=12, verbose_name='Status')),
                ('total_amount', models.DecimalField(decimal_places=2, default=0, max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Amount')),
                ('start_date', models.DateTimeField(blank=True, null=True, verbose_name='Starts')),
                ('completed_at', models.DateTimeField(blank=True, null=True, validators=[core.fields.refuse_future], verbose_name='Completed on')),
                ('notes', models.TextField(blank=True, max_length=10000, verbose_name='Notes')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-created_at'], name='project_by_customer'), models.Index(fields=['organization', 'environment', 'created_at', 'id'], name='project_by_created'), models.Index(fields=['organization', 'environment', 'customer', 'status', 'total_amount', 'start_date', 'completed_at'], name='project_figures'), models.Index(condition=models.Q(('project_type__in', ['', 'roof_replacement', 'repair', 'inspection', 'maintenance', 'gutters', 'siding', 'other']), _negated=True), fields=['organization', 'environment', 'project_type'], name='project_own_types')],
                'constraints': [models.CheckConstraint(condition=models.Q(('total_amount__gte', 0)), name='project_amount_range'), models.CheckConstraint(condition=models.Q(('status__in', ['planned', 'scheduled', 'in_progress', 'on_hold', 'completed', 'cancelled'])), name='project_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='project_customer_tenant')],
            },
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='project_tenant'),
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('project', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='customers.project', verbose_name='Project')),
                ('description', models.CharField(blank=True, max_length=500, verbose_name='Description')),
                ('gross_amount', models.DecimalField(decimal_places=2, default=0, max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Amount')),
                ('currency_code', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Must be an ISO 4217 code.', code='invalid_currency')], verbose_name='Currency')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('completed', 'Paid'), ('refunded', 'Refunded'), ('failed', 'Failed')], default='pending', max_length=10, verbose_name='Status')),
                ('created_at', models.DateTimeField(default=core.clock.now, validators=[core.fields.refuse_future], verbose_name='When')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('project__isnull', False)), fields=['project'], name='transaction_of_project'), models.Index(fields=['customer', '-created_at'], name='transaction_by_customer'), models.Index(fields=['organization', 'environment', 'created_at', 'id'], name='transaction_by_created'), models.Index(fields=['organization', 'environment', 'customer', 'status', 'created_at'], name='transaction_figures')],
                'constraints': [models.CheckConstraint(condition=models.Q(('gross_amount__gte', 0)), name='transaction_amount_range'), models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'completed', 'refunded', 'failed'])), name='transaction_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='transaction_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='project', name='transaction_project_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('push', 'Push'), ('whatsapp', 'WhatsApp'), ('all', 'All channels')], max_length=10, verbose_name='Channel')),
                ('purpose', models.CharField(choices=[('notifications', 'Notifications'), ('marketing', 'Marketing')], max_length=15, verbose_name='Purpose')),
                ('granted', models.BooleanField(verbose_name='Granted')),
                ('method', models.CharField(help_text='how it was given: which door, form or file', max_length=50, verbose_name='How')),
                ('wording', models.TextField(blank=True, help_text='what the person was shown', verbose_name='Wording')),
                ('shown', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.wordingversion', verbose_name='Saved wording')),
                ('proof', models.TextField(blank=True, help_text='what shows that it was given: a text, or where it lies', max_length=10000, verbose_name='Proof')),
                ('expires_at', models.DateTimeField(blank=True, help_text='from when on it counts no more', null=True, verbose_name='Ends')),
                ('recorded_by', models.CharField(max_length=254, verbose_name='Recorded by')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['customer', 'channel', 'purpose', '-at'], name='consent_by_customer'), models.Index(condition=models.Q(('shown__isnull', False)), fields=['shown'], name='consent_by_shown'), models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='consent_by_end')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='consent_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='shown', name='consent_shown_tenant')],
            },
        ),
        RunPostgreSQL(ERASE, 'DROP FUNCTION erase_rows(text, uuid, text, uuid)'),
        RunPostgreSQL(MOVE, 'DROP FUNCTION move_rows(text, uuid, text, uuid, uuid, uuid[])'),
        RunPostgreSQL(
            [*counting("count_customers", "customers_customer", OF_CUSTOMERS, OF_TURNED)],
            "DROP FUNCTION count_customers() CASCADE",
        ),
        RunPostgreSQL(
            [*counting("count_customer_tags", "customers_customertag", OF_LINKS)],
            "DROP FUNCTION count_customer_tags() CASCADE",
        ),
    ]
