import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import appointments.models
import core.clock
import core.fields
import core.ids
import core.tenancy.scoping


class Migration(migrations.Migration):

    replaces = [('appointments', '0001_initial'), ('appointments', '0002_staff_overlap'), ('appointments', '0003_figures_indexes'), ('appointments', '0004_versions'), ('appointments', '0005_reminders'), ('appointments', '0006_hours'), ('appointments', '0007_arrived'), ('appointments', '0008_series'), ('appointments', '0009_feeds')]

    initial = True

    dependencies = [
        ('customers', '0001_squashed_0032_payments_of_projects'),
        ('identity', '0001_squashed_0008_list_layouts'),
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('category', models.CharField(blank=True, max_length=150, verbose_name='Category')),
                ('description', models.TextField(blank=True, max_length=10000, verbose_name='Description')),
                ('duration_minutes', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='Duration')),
                ('buffer_before_minutes', models.PositiveIntegerField(default=0, help_text='minutes that whoever does it keeps free before it', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='Free before')),
                ('buffer_after_minutes', models.PositiveIntegerField(default=0, help_text='minutes that whoever does it keeps free after it', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='Free after')),
                ('price', models.DecimalField(decimal_places=2, default=0, max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Price')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='service_name_unique', violation_error_code='name'), models.CheckConstraint(condition=models.Q(('duration_minutes__gte', 1)), name='service_duration_range')],
            },
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(fields=('organization', 'id'), name='service_tenant'),
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('outlet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.outlet', verbose_name='Outlet')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='appointments.service', verbose_name='Service')),
                ('staff', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Staff member')),
                ('start_at', models.DateTimeField(verbose_name='Starts')),
                ('end_at', models.DateTimeField(verbose_name='Ends')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('confirmed', 'Confirmed'), ('completed', 'Done'), ('cancelled', 'Cancelled'), ('no_show', 'No-show')], default='pending', max_length=10, verbose_name='Status')),
                ('series_id', models.UUIDField(blank=True, editable=False, help_text='the same for all that repeat', null=True, verbose_name='Series')),
                ('arrived_at', models.DateTimeField(blank=True, null=True, validators=[core.fields.refuse_future], verbose_name='Arrived')),
                ('price', models.DecimalField(decimal_places=2, default=0, max_digits=14, validators=[django.core.validators.MinValueValidator(0)], verbose_name='Price')),
                ('notes', models.TextField(blank=True, max_length=10000, verbose_name='Notes')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-start_at'], name='appointment_by_customer'), models.Index(fields=['organization', 'environment', 'start_at', 'id'], name='appointment_by_start'), models.Index(condition=models.Q(('series_id__isnull', False)), fields=['series_id', 'start_at'], name='appointment_by_series'), models.Index(fields=['organization', 'environment', 'customer', 'status', 'start_at', 'price'], name='appointment_figures')],
                'constraints': [models.CheckConstraint(condition=models.Q(('end_at__gt', models.F('start_at'))), name='appointment_ends_after_start', violation_error_code='end_time', violation_error_message='Must be after the start.'), models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='appointment_price_range'), models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'confirmed', 'completed', 'cancelled', 'no_show'])), name='appointment_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='appointment_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='outlet', name='appointment_outlet_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='service', name='appointment_service_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='staff', name='appointment_staff_tenant'), appointments.models.StaffNotDoubleBooked(name='appointment_staff_overlap', violation_error_code='staff_busy')],
            },
        ),
        migrations.CreateModel(
            name='ScheduleException',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('outlet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.outlet', verbose_name='Outlet')),
                ('staff', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Staff member')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('holiday', 'Holiday'), ('absence', 'Absence'), ('hours', 'Other hours')], default='closed', max_length=10, verbose_name='Kind')),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='Name')),
                ('first_day', models.DateField(verbose_name='First day')),
                ('last_day', models.DateField(verbose_name='Last day')),
                ('start_time', models.TimeField(blank=True, null=True, verbose_name='From')),
                ('end_time', models.TimeField(blank=True, help_text='empty, as the beginning: the whole day', null=True, verbose_name='To')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['first_day', 'id'],
                'indexes': [models.Index(fields=['organization', 'last_day', 'first_day'], name='schedule_exception_days_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='schedule_exception_days'), models.CheckConstraint(condition=models.Q(models.Q(('end_time', None), ('start_time', None)), ('end_time__gt', models.F('start_time')), _connector='OR'), name='schedule_exception_times'), models.CheckConstraint(condition=models.Q(('outlet', None), ('staff', None), _connector='OR'), name='schedule_exception_of_one'), core.tenancy.scoping.SameTenant(across_environments=True, field='outlet', name='schedule_exception_outlet_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='staff', name='schedule_exception_staff_tenant')],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Person')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='Digest')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('last_read_at', models.DateTimeField(editable=False, null=True, verbose_name='Last read')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'environment'), name='calendar_feed_of_one'), core.tenancy.scoping.SameTenant(across_environments=True, field='user', name='calendar_feed_user_tenant')],
            },
        ),
        migrations.CreateModel(
            name='AppointmentReminder',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('appointment_id', models.UUIDField(verbose_name='Appointment')),
                ('start_at', models.DateTimeField(verbose_name='Starts')),
                ('hours', models.PositiveSmallIntegerField(verbose_name='Hours ahead')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'appointment_id', 'start_at', 'hours'), name='appointment_reminder_unique')],
            },
        ),
        migrations.CreateModel(
            name='PreferredService',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='appointments.service', verbose_name='Service')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'service'), name='preferred_service_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='preferred_service_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='service', name='preferred_service_service_tenant')],
            },
        ),
        migrations.CreateModel(
            name='PreferredStaff',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Staff member')),
            ],
            options={
                'verbose_name_plural': 'preferred staff',
                'constraints': [models.UniqueConstraint(fields=('customer', 'staff'), name='preferred_staff_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='preferred_staff_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='staff', name='preferred_staff_staff_tenant')],
            },
        ),
    ]
