import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.fields
import core.ids
import core.tenancy.scoping


class Migration(migrations.Migration):

    replaces = [('interactions', '0001_initial'), ('interactions', '0002_figures_indexes'), ('interactions', '0003_versions'), ('interactions', '0004_nothing_ahead'), ('interactions', '0005_open_lists'), ('interactions', '0006_provider_ids'), ('interactions', '0007_delivery'), ('interactions', '0008_reply_templates'), ('interactions', '0009_follow_ups'), ('interactions', '0010_conversation_desk')]

    initial = True

    dependencies = [
        ('customers', '0001_squashed_0032_payments_of_projects'),
        ('identity', '0001_squashed_0008_list_layouts'),
        ('tenancy', '0001_squashed_0009_hours'),
        ('webhooks', '0001_squashed_0002_deliveries'),
    ]

    operations = [
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('type', models.CharField(max_length=50, verbose_name='Type')),
                ('occurred_at', models.DateTimeField(default=core.clock.now, validators=[core.fields.refuse_future], verbose_name='When')),
                ('notes', models.TextField(blank=True, max_length=10000, verbose_name='Notes')),
                ('outcome', models.CharField(blank=True, max_length=50, verbose_name='Outcome')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Logged by')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-occurred_at', '-id'], name='interaction_by_customer'), models.Index(fields=['organization', 'environment', 'occurred_at', 'id'], name='interaction_by_time'), models.Index(fields=['organization', 'environment', 'customer', 'occurred_at'], name='interaction_figures'), models.Index(condition=models.Q(('type__in', ['', 'phone_call', 'email', 'sms', 'whatsapp', 'meeting', 'video_call', 'site_visit', 'note', 'other']), _negated=True), fields=['organization', 'environment', 'type'], name='interaction_own_types'), models.Index(condition=models.Q(('outcome__in', ['', 'positive', 'neutral', 'negative', 'no_answer', 'voicemail', 'follow_up']), _negated=True), fields=['organization', 'environment', 'outcome'], name='interaction_own_outcomes')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='interaction_customer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('reason', models.CharField(max_length=150, verbose_name='What to do')),
                ('notes', models.TextField(blank=True, max_length=10000, verbose_name='Notes')),
                ('due_date', models.DateField(verbose_name='Due')),
                ('due_time', models.TimeField(blank=True, null=True, verbose_name='Time')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='For')),
                ('done_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Done')),
                ('done_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Done by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Added by')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'verbose_name': 'follow-up',
                'verbose_name_plural': 'follow-ups',
                'indexes': [models.Index(fields=['customer', 'due_date'], name='follow_up_by_customer'), models.Index(fields=['organization', 'environment', 'due_date', 'id'], name='follow_up_by_day'), models.Index(condition=models.Q(('done_at', None)), fields=['organization', 'environment', 'due_date', 'owner'], name='follow_up_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('done_at__isnull', False), ('done_by__isnull', True), _connector='OR'), name='follow_up_done_by_nobody_before'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='follow_up_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='owner', name='follow_up_owner_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('channel', models.CharField(choices=[('whatsapp', 'WhatsApp'), ('sms', 'SMS'), ('email', 'E-mail'), ('web_chat', 'Web chat')], max_length=10, verbose_name='Channel')),
                ('subject', models.CharField(blank=True, max_length=150, verbose_name='Subject')),
                ('status', models.CharField(choices=[('open', 'Open'), ('resolved', 'Resolved')], default='open', max_length=10, verbose_name='Status')),
                ('is_ticket', models.BooleanField(default=False, verbose_name='Ticket')),
                ('opened_at', models.DateTimeField(default=core.clock.now, validators=[core.fields.refuse_future], verbose_name='Opened')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='Resolved')),
                ('assigned_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Assigned to')),
                ('snoozed_until', models.DateTimeField(blank=True, null=True, verbose_name='Snoozed until')),
                ('joined_into', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interactions.conversation', verbose_name='Joined into')),
                ('message_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Messages')),
                ('last_message_at', models.DateTimeField(editable=False, null=True, verbose_name='Last message')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', '-opened_at'], name='conversation_by_customer'), models.Index(fields=['organization', 'environment', 'opened_at', 'id'], name='conversation_by_time'), models.Index(condition=models.Q(('joined_into', None)), fields=['organization', 'environment', 'customer', 'status', 'is_ticket'], name='conversation_figures'), models.Index(condition=models.Q(('joined_into', None), ('status', 'open')), fields=['organization', 'environment', 'assigned_to', 'snoozed_until'], name='conversation_open'), models.Index(condition=models.Q(('joined_into__isnull', False)), fields=['joined_into'], name='conversation_joined')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'resolved'])), name='conversation_status_known'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='conversation_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='assigned_to', name='conversation_assigned_tenant')],
            },
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='conversation_tenant'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='joined_into', name='conversation_joined_tenant'),
        ),
        migrations.CreateModel(
            name='Gateway',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('channel', models.CharField(choices=[('whatsapp', 'WhatsApp'), ('sms', 'SMS'), ('email', 'E-mail'), ('web_chat', 'Web chat')], max_length=10, verbose_name='Channel')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='webhooks.webhookendpoint', verbose_name='Webhook')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'ordering': ['channel'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'channel'), name='gateway_channel_unique', violation_error_code='channel'), core.tenancy.scoping.SameTenant(across_environments=False, field='endpoint', name='gateway_endpoint_tenant')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('conversation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interactions.conversation', verbose_name='Conversation')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('direction', models.CharField(choices=[('inbound', 'Inbound'), ('outbound', 'Outbound')], max_length=10, verbose_name='Direction')),
                ('body', models.TextField(max_length=10000, verbose_name='Message')),
                ('sent_at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('sent_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Sent by')),
                ('provider_id', core.fields.KeyField(blank=True, help_text="what the channel's provider calls it; one message each", max_length=150, verbose_name='Provider’s ID')),
                ('address', models.CharField(blank=True, db_default='', default='', editable=False, max_length=254, verbose_name='To or from')),
                ('delivery_status', models.CharField(choices=[('noted', 'Only noted here'), ('queued', 'Waiting to be sent'), ('sent', 'Sent'), ('failed', 'Not delivered'), ('delivered', 'Delivered'), ('read', 'Read')], db_default='noted', default='noted', max_length=10, verbose_name='Delivery')),
                ('failure_reason', models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='Why it failed')),
                ('status_at', models.DateTimeField(blank=True, null=True, validators=[core.fields.refuse_future], verbose_name='Since')),
                ('response_seconds', models.PositiveIntegerField(editable=False, help_text='of an inbound message: until the next outbound one', null=True, verbose_name='Answered after, seconds')),
                ('written_in', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interactions.conversation', verbose_name='Written in')),
            ],
            options={
                'indexes': [models.Index(fields=['conversation', 'sent_at', 'id'], name='message_by_conversation'), models.Index(condition=models.Q(('direction', 'inbound'), ('response_seconds', None)), fields=['conversation'], name='message_unanswered'), models.Index(condition=models.Q(('written_in__isnull', False)), fields=['written_in'], name='message_written_in'), models.Index(fields=['customer', '-sent_at'], name='message_by_customer'), models.Index(fields=['organization', 'environment', 'customer', 'sent_at', 'response_seconds'], name='message_figures')],
                'constraints': [models.CheckConstraint(condition=models.Q(('direction__in', ['inbound', 'outbound'])), name='message_direction_known'), models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('organization', 'environment', 'provider_id'), name='message_provider_id_unique', violation_error_code='provider_id'), core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='message_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='conversation', name='message_conversation_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='written_in', name='message_written_in_tenant')],
            },
        ),
        migrations.CreateModel(
            name='ScheduledMessage',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('conversation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interactions.conversation', verbose_name='Conversation')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('body', models.TextField(max_length=10000, verbose_name='Message')),
                ('send_at', models.DateTimeField(verbose_name='Send at')),
                ('status', models.CharField(choices=[('waiting', 'Will be sent'), ('sent', 'Sent'), ('cancelled', 'Cancelled'), ('refused', 'Not sent')], default='waiting', editable=False, max_length=10, verbose_name='Status')),
                ('refusal', models.CharField(blank=True, choices=[('blocked', 'The customer is blocked.'), ('withdrawn', "The customer doesn't want messages on this channel any more."), ('unreachable', 'The customer has no address on this channel.'), ('late', 'Its moment passed more than a day ago.')], editable=False, max_length=20, verbose_name='Why it was not sent')),
                ('written_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Written by')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['conversation', 'send_at'], name='scheduled_by_conversation'), models.Index(fields=['customer'], name='scheduled_by_customer'), models.Index(condition=models.Q(('status', 'waiting')), fields=['send_at', 'id'], name='scheduled_due')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='scheduled_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='conversation', name='scheduled_conversation_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='written_by', name='scheduled_writer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='ConversationNote',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('conversation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interactions.conversation', verbose_name='Conversation')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer')),
                ('body', models.TextField(max_length=10000, verbose_name='Note')),
                ('written_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Written by')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'indexes': [models.Index(fields=['conversation', 'created_at'], name='note_by_conversation'), models.Index(fields=['customer'], name='note_by_customer')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='note_customer_tenant'), core.tenancy.scoping.SameTenant(across_environments=False, field='conversation', name='note_conversation_tenant'), core.tenancy.scoping.SameTenant(across_environments=True, field='written_by', name='note_writer_tenant')],
            },
        ),
        migrations.CreateModel(
            name='ReplyTemplate',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('name', models.CharField(max_length=150, verbose_name='Name')),
                ('text', models.TextField(max_length=10000, verbose_name='Text')),
                ('is_active', models.BooleanField(default=True, verbose_name='Active')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
            ],
            options={
                'verbose_name': 'saved reply',
                'verbose_name_plural': 'saved replies',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='reply_template_unique', violation_error_code='name')],
            },
        ),
    ]
