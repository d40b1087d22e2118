"""The list that one came from, and the customer's neighbours in it."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from core.tenancy.actor import Actor
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.columns import ORDERS, SORTS, order_by
from customers.pages.filters import CustomerFilters
from customers.selectors.neighbours import neighbours


def list_address(came_from: str) -> str:
    url = reverse("customers:list")
    return f"{url}?{came_from}" if came_from else url


def neighbour_addresses(actor: Actor, row: Customer, came_from: str) -> tuple[str, str]:
    """
    The addresses of the customers before and after this one in the list that one came from.
    """
    if not came_from:
        return "", ""
    query = QueryDict(came_from)
    conditions: CustomerConditions = CustomerFilters(query, actor=actor).conditions
    if conditions.deleted:
        return "", ""
    sort = query.get("sort", "")
    order, unknown_last = order_by(sort if sort.removeprefix("-") in ORDERS else SORTS[0])
    found = neighbours(
        actor=actor,
        customer=row,
        conditions=conditions,
        order=order,
        unknown_last=unknown_last,
    )
    before, after = (
        f"{reverse('customer:page', args=[key])}?{urlencode({'list': came_from})}" if key else ""
        for key in found
    )
    return before, after
