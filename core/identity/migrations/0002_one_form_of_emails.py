"""
People sign in by the form of their e-mail that DNS knows. One whose e-mail would now be somebody
else's keeps it as it is.
"""

from django.db import IntegrityError, migrations, transaction

from core.text import email_key


def compare_emails_anew(apps, schema_editor):
    alias = schema_editor.connection.alias
    users = apps.get_model("identity", "User").objects.using(alias)
    for key, email in users.filter(email__regex=r"[^\x01-\x7F]").values_list("pk", "email"):
        try:
            with transaction.atomic(using=alias):
                users.filter(pk=key).update(email=email_key(email))
        except IntegrityError:
            pass


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]

    operations = [migrations.RunPython(compare_emails_anew, migrations.RunPython.noop)]
