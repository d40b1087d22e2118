from typing import Any

from django.db import migrations, models


def leave_out_super_admins(apps: Any, schema_editor: Any) -> None:
    """Who looks after the system isn't booked; nobody offered them to customers either."""
    User = apps.get_model("identity", "User")
    User._base_manager.filter(role="super_admin").update(takes_appointments=False)


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_hours")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="takes_appointments",
            field=models.BooleanField(
                default=True,
                help_text="offered where appointments are booked",
                verbose_name="Takes appointments",
            ),
        ),
        migrations.RunPython(leave_out_super_admins, migrations.RunPython.noop),
    ]
