"""The address of the customer's page, which lies on a floor above."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


def of_customer(customer_id: Any, *, came_from: str = "") -> str:
    """
    The customer's page (where it isn't installed, the form); `came_from` is the query of the list,
    in which the page leads to the next and the one before.
    """
    query = {"list": came_from} if came_from else None
    try:
        return reverse("customer:page", args=[customer_id], query=query)
    except NoReverseMatch:
        return reverse("customers:edit", args=[customer_id])


def list_of(request: HttpRequest) -> str:
    """The query of the list that one came from, which addresses take along."""
    return request.GET.get("list", "")


def with_list(address: str, came_from: str) -> str:
    """The address of a form about a customer, which leads back to the page as it is now."""
    if not came_from:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'list': came_from})}"
