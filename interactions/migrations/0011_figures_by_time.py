from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interactions", "0010_conversation_desk")]

    operations = [
        AddIndexBesideWriters(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("joined_into", None), ("status", "open")),
                fields=[
                    "organization",
                    "environment",
                    "assigned_to",
                    "snoozed_until",
                    "customer",
                ],
                name="conversation_open_by_owner",
            ),
        ),
        RemoveIndexBesideWriters(model_name="conversation", name="conversation_open"),
        AddIndexBesideWriters(
            model_name="message",
            index=models.Index(
                condition=models.Q(("response_seconds__isnull", False)),
                fields=[
                    "organization",
                    "environment",
                    "sent_at",
                    "response_seconds",
                    "customer",
                ],
                name="message_answered",
            ),
        ),
    ]
