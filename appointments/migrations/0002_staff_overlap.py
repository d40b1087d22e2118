"""Appointments of the two environments no longer shut each other out."""

from django.conf import settings
from django.db import migrations

import appointments.models


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0001_initial'),
        ('customers', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='appointment',
            name='appointment_staff_busy',
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=appointments.models.StaffNotDoubleBooked(name='appointment_staff_overlap', violation_error_code='staff_busy'),
        ),
    ]
