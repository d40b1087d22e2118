"""What the lists of rows that belong to a customer share."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.search import matching


class CustomerRowAdmin:
    """
    Lists of what belongs to a customer: its name beside each row, and the search for customers as
    the search.
    """

    list_select_related: Sequence[str] = ["customer"]
    search_fields = ["customer__search_text"]
    search_help_text = _("The customer's name, e-mail or phone")
    sortable_by: Sequence[str] = []

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> Any:
        if not search_term.strip():
            return queryset, False
        found = Customer.objects.unscoped().filter(matching(search_term), deleted_at=None)
        return queryset.filter(customer__in=found.values("pk")), False
