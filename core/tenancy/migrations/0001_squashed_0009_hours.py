import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import core.hours
import core.ids
import core.tenancy.models
import core.tenancy.validators


class Migration(migrations.Migration):

    replaces = [('tenancy', '0001_initial'), ('tenancy', '0002_time_zones'), ('tenancy', '0003_versions'), ('tenancy', '0004_reminders'), ('tenancy', '0005_portal'), ('tenancy', '0006_versions_of_accounts'), ('tenancy', '0007_sensitive_fields'), ('tenancy', '0008_second_factor_and_limits'), ('tenancy', '0009_hours')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('slug', models.SlugField(max_length=60, unique=True, verbose_name='Short name')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('default_region', models.CharField(default='US', help_text='ISO 3166 country of phone numbers without one', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$')], verbose_name='Country of phone numbers')),
                ('currency', models.CharField(default='USD', help_text='ISO 4217', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$')], verbose_name='Currency')),
                ('time_zone', models.CharField(default='UTC', help_text='IANA name', max_length=64, validators=[core.tenancy.validators.validate_time_zone], verbose_name='Time zone')),
                ('language', models.CharField(default='en', help_text='BCP 47 tag of customers who chose none', max_length=10, verbose_name='Language of customers')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Added')),
                ('vip_lifetime_value', models.DecimalField(decimal_places=2, default=100000, help_text='status VIP above this', max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='VIP above')),
                ('premium_lifetime_value', models.DecimalField(decimal_places=2, default=50000, help_text='segment premium above this', max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Premium above')),
                ('repeat_projects', models.PositiveSmallIntegerField(default=2, help_text='segment repeat from this many projects on', verbose_name='Repeat from')),
                ('inactive_days', models.PositiveSmallIntegerField(default=180, help_text='status inactive after so many days without activity', verbose_name='Inactive after')),
                ('churned_months', models.PositiveSmallIntegerField(default=18, help_text='status churned after so many months without activity', verbose_name='Churned after')),
                ('at_risk_days', models.PositiveSmallIntegerField(default=120, help_text='at risk after so many days without activity', verbose_name='At risk after')),
                ('new_days', models.PositiveSmallIntegerField(default=30, help_text='engagement new for so many days', verbose_name='New for')),
                ('loyalty_points_per_unit', models.DecimalField(decimal_places=4, default=0, help_text='loyalty points earned per currency unit of a completed appointment', max_digits=8, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Loyalty points')),
                ('reminder_hours', models.JSONField(blank=True, default=core.tenancy.models.default_lead_times, help_text='hours before an appointment at which appointment.reminder is emitted', validators=[core.tenancy.validators.validate_lead_times], verbose_name='Reminders of appointments')),
                ('sensitive_fields', models.JSONField(blank=True, default=list, help_text="names of customers' custom fields whose values are encrypted and masked", validators=[core.tenancy.validators.validate_field_names], verbose_name='Sensitive custom fields')),
                ('second_factor_roles', models.JSONField(blank=True, default=list, help_text='roles that may do nothing before they have set up a second factor', validators=[core.tenancy.validators.validate_roles], verbose_name='Second factor for')),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, help_text="of all its people, keys and customers together; empty: the server's figure", null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='Requests a minute')),
                ('portal_enabled', models.BooleanField(default=True, verbose_name='Portal is open')),
                ('portal_change_hours', models.PositiveSmallIntegerField(default=24, help_text='customers book, move and cancel up to so many hours before the start', validators=[django.core.validators.MaxValueValidator(8760)], verbose_name='Changes until')),
                ('portal_booking', models.BooleanField(default=False, verbose_name='Customers may book')),
                ('portal_color', models.CharField(blank=True, help_text='of the portal; six hexadecimal digits', max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-fA-F]{6}\\Z', 'Must be a colour such as #0f766e.', 'invalid_color')], verbose_name='Colour')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Outlet',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('time_zone', models.CharField(help_text='IANA name', max_length=64, validators=[core.tenancy.validators.validate_time_zone], verbose_name='Time zone')),
                ('phone', models.CharField(blank=True, max_length=16, verbose_name='Phone')),
                ('street', models.CharField(blank=True, max_length=150, verbose_name='Street')),
                ('city', models.CharField(blank=True, max_length=150, verbose_name='City')),
                ('state', models.CharField(blank=True, max_length=100, verbose_name='State or region')),
                ('postal_code', models.CharField(blank=True, max_length=20, verbose_name='Postal code')),
                ('country', models.CharField(blank=True, max_length=100, verbose_name='Country')),
                ('opening_hours', core.hours.WeeklyHoursField(blank=True, help_text='A list of spans such as {day: monday, opens: 08:00, closes: 12:00}; null: the usual hours.', null=True, verbose_name='Opening hours')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Added')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='outlet_name_unique', violation_error_code='name'), models.UniqueConstraint(fields=('organization', 'id'), name='outlet_tenant')],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('prefix', models.CharField(max_length=20, verbose_name='Begins with')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='Digest')),
                ('scopes', models.JSONField(default=core.tenancy.models.default_scopes, verbose_name='Scopes')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Created')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='Ends')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='Revoked')),
                ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='Last used')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['organization', '-created_at'], name='api_key_by_organization')],
            },
        ),
    ]
