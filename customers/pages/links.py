"""The address of the customer's page, which lies on a floor above."""

from typing import Any

from django.urls import NoReverseMatch, reverse


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
