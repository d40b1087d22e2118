"""Django's groups have no part in the policy, so the admin doesn't show them."""

from django.contrib import admin
from django.contrib.auth.models import Group

admin.site.unregister(Group)
