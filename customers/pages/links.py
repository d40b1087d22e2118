"""Addresses of pages that lie on other floors, which these can't import but lead to."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


def address(name: str, *args: Any, **query: str) -> str:
    """The address of the page called `name`, with a query; nothing while there is no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def of_customer(customer_id: Any, *, came_from: str = "") -> str:
    """
    The customer's page; `came_from` is the query of the list, in which the page leads to the next
    and the one before.
    """
    return address("customer:page", customer_id, list=came_from) or reverse(
        "customers:edit", args=[customer_id]
    )
