from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='health_score',
            field=models.PositiveSmallIntegerField(default=0, editable=False, help_text='0 to 100, as of the last recalculation', verbose_name='Health score'),
        ),
        migrations.AddField(
            model_name='customer',
            name='is_at_risk',
            field=models.BooleanField(default=False, editable=False, verbose_name='At risk'),
        ),
    ]
