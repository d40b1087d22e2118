"""A job names the Celery task that does it; of a task, rather than of a kind, one may wait."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

TASKS = {
    "recalculation": "customers.tasks.recalculate_lifetime_values",
    "bulk_update": "customers.tasks.update_customers_in_bulk",
    "export": "core.exports.tasks.write_export",
}


def name_tasks(apps: Any, schema_editor: Any) -> None:
    jobs = apps.get_model("jobs", "Job")._base_manager
    for kind, task in TASKS.items():
        jobs.filter(kind=kind, task="").update(task=task)
    # its successors in the schedule are "assign segments" and "recalculate lifetime values"
    apps.get_model("jobs", "PeriodicRun").objects.filter(name="recalculate customers").delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_one_running"), ("tenancy", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="task",
            field=models.CharField(
                db_default="",
                help_text="the Celery task that does it",
                max_length=100,
                verbose_name="Task",
            ),
        ),
        migrations.RunPython(name_tasks, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="job", name="job_one_waiting"),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=Q(single=True, state="queued"),
                fields=("organization", "environment", "task", "single"),
                name="job_one_waiting",
                violation_error_code="kind",
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="single",
            field=models.BooleanField(
                default=False,
                help_text="no second one of its task may wait",
                verbose_name="Single",
            ),
        ),
    ]
