"""The product's settings, and a job that kills its worker."""

from crm.settings import *  # noqa: F403
from crm.settings import JOB_KINDS

JOB_KINDS = {**JOB_KINDS, "poison": "tests.prove.poison.poison"}
