from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('customers', '0002_health'),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name='customer',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'health_score', 'id'], name='customer_by_health'),
        ),
        AddIndexBesideWriters(
            model_name='customer',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['organization', 'environment', 'is_at_risk', 'health_score', 'id'], name='customer_by_risk'),
        ),
        AddIndexBesideWriters(
            model_name='customer',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('referred_by__isnull', False)), fields=['organization', 'environment', 'referred_by', 'lifetime_value'], name='customer_referrals'),
        ),
        AddIndexBesideWriters(
            model_name='loyaltyentry',
            index=models.Index(fields=['organization', 'environment', 'customer', 'points'], name='loyalty_figures'),
        ),
        AddIndexBesideWriters(
            model_name='project',
            index=models.Index(fields=['organization', 'environment', 'customer', 'status', 'total_amount', 'start_date', 'completed_at'], name='project_figures'),
        ),
        AddIndexBesideWriters(
            model_name='transaction',
            index=models.Index(fields=['organization', 'environment', 'customer', 'status', 'created_at'], name='transaction_figures'),
        ),
    ]
