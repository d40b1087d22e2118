import core.clock
import core.encryption
import core.ids
import core.tenancy.scoping
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('customers', '0033_figures_by_time'),
        ('tenancy', '0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='UndoDetail',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('change_set_id', models.UUIDField(verbose_name='Change')),
                ('tag_id', models.UUIDField(null=True, verbose_name='Deleted tag')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('values', core.encryption.EncryptedObjectField(blank=True, db_default='', default=dict, editable=False, verbose_name='Values before')),
            ],
        ),
        migrations.AddField(
            model_name='privacyrequest',
            name='is_second',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='the person had asked for the same as another customer, merged since', verbose_name='Asked twice'),
        ),
        migrations.AddConstraint(
            model_name='privacyrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('is_second', False), ('status', 'open')), fields=('customer', 'kind'), name='privacy_request_open_once', violation_error_code='kind'),
        ),
        migrations.RemoveConstraint(
            model_name='privacyrequest',
            name='privacy_request_open_unique',
        ),
        migrations.AddField(
            model_name='undodetail',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer'),
        ),
        migrations.AddField(
            model_name='undodetail',
            name='organization',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization'),
        ),
        migrations.AddIndex(
            model_name='undodetail',
            index=models.Index(fields=['customer', 'change_set_id'], name='undo_detail_by_customer'),
        ),
        migrations.AddIndex(
            model_name='undodetail',
            index=models.Index(condition=models.Q(('tag_id__isnull', False)), fields=['tag_id'], name='undo_detail_by_tag'),
        ),
        migrations.AddConstraint(
            model_name='undodetail',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='undo_detail_customer_tenant'),
        ),
    ]
