import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.encryption
import core.hours
import core.ids


class Migration(migrations.Migration):

    replaces = [('identity', '0001_initial'), ('identity', '0002_one_form_of_emails'), ('identity', '0003_where_sessions_began'), ('identity', '0004_versions_of_accounts'), ('identity', '0005_second_factor'), ('identity', '0006_hours'), ('identity', '0007_takes_appointments'), ('identity', '0008_list_layouts')]

    initial = True

    dependencies = [
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('email', models.EmailField(help_text='lower case; unique over all organizations', max_length=254, unique=True, verbose_name='E-mail')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='First name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='Last name')),
                ('role', models.CharField(choices=[('super_admin', 'Super admin'), ('tenant_admin', 'Administrator'), ('outlet_manager', 'Manager'), ('staff', 'Staff')], default='staff', max_length=20, verbose_name='Role')),
                ('takes_appointments', models.BooleanField(default=True, help_text='offered where appointments are booked', verbose_name='Takes appointments')),
                ('working_hours', core.hours.WeeklyHoursField(blank=True, help_text='A list of spans such as {day: monday, opens: 08:00, closes: 12:00}; null: the usual hours.', null=True, verbose_name='Working hours')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Added')),
                ('second_factor_since', models.DateTimeField(editable=False, help_text='null while the password alone signs this person in', null=True, verbose_name='Second factor since')),
                ('list_layouts', models.JSONField(editable=False, help_text='how this person has arranged the columns of each list', null=True, verbose_name='Lists')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['email'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'id'), name='user_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Person')),
                ('kind', models.CharField(choices=[('tokens', 'An API'), ('pages', 'Pages')], default='tokens', max_length=10, verbose_name='Where')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='Address')),
                ('client', models.CharField(blank=True, help_text='as it calls itself', max_length=200, verbose_name='Program')),
                ('generation', models.PositiveIntegerField(default=0, verbose_name='Rotation')),
                ('password_mark', models.CharField(help_text='changes with the password, so that a changed password ends the session', max_length=128, verbose_name='Password mark')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Signed in')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='Ends')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='Revoked')),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Person')),
                ('secret', core.encryption.EncryptedTextField(editable=False, help_text='in base32, as apps are told it', verbose_name='Secret')),
                ('last_step', models.BigIntegerField(editable=False, help_text='the span of 30 seconds whose code was used last', verbose_name='Last step')),
                ('recovery_codes', models.JSONField(default=list, editable=False, help_text='hashes of those left', verbose_name='Recovery codes')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Set up')),
            ],
            options={
                'verbose_name': 'second factor',
            },
        ),
        migrations.CreateModel(
            name='KnownDevice',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Person')),
                ('mark', models.CharField(help_text='SHA-256 of what it is known by', max_length=64, verbose_name='Mark')),
                ('seen_at', models.DateTimeField(db_index=True, verbose_name='Last sign-in')),
            ],
            options={
                'verbose_name': 'known device',
                'constraints': [models.UniqueConstraint(fields=('user', 'mark'), name='known_device_once')],
            },
        ),
    ]
