"""
The cells of the customers' list: what each column shows of a row. Functions, for a page has five
hundred cells, and a template for each took half of the page's time.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.phones import readable_phone
from core.tenancy.actor import Actor
from core.ui.formatting import ago, money
from core.ui.templatetags.ui import avatar, badge, icon
from customers.pages.columns import PlacedColumn

Row = Mapping[str, Any]


def cells_of(row: Row, columns: Iterable[PlacedColumn], actor: Actor) -> SafeString:
    """The row's cells (of `CustomerRows.shown`), one of each column."""
    cells = ((each.opening, CONTENTS[each.name](row, actor), each.closing) for each in columns)
    return format_html_join("", "{}{}{}", cells)


def name(row: Row, actor: Actor) -> SafeString:
    url, words = row.get("url"), row["name"]
    return format_html(
        '<span class="person">{}<span>{}{}</span></span>{}',
        avatar(words, row["avatar_url"], "", row["is_business"]),
        format_html('<a href="{}">{}</a>', url, words)
        if url
        else format_html("<span>{}</span>", words),
        format_html(" <small>{}</small>", row["under"]) if row["under"] else "",
        format_html('<span class="beside-name">{}</span>', badge(_("Blocked"), "bad", "lock"))
        if row["is_blocked"]
        else "",
    )


def phone(row: Row, actor: Actor) -> SafeString | str:
    if not row["phone"]:
        return ""
    number = readable_phone(row["number"], actor.organization.default_region)
    return _reach(row, "phone", f"tel:{row['phone']}", number)


def _reach(row: Row, name: str, href: str, text: str) -> SafeString:
    """A link to the address, or the address with why it isn't to be used."""
    if why := row["unreachable"].get(name):
        told = '<span title="{}">{}<span class="sr-only"> ({})</span></span>'
        return format_html(told, why, text, why)
    return format_html('<a class="quiet" href="{}">{}</a>', href, text)


def tags(row: Row, actor: Actor) -> SafeString | str:
    if not row["tags"]:
        return ""
    shown = format_html_join(" ", '<span class="tag">{}</span>', ((tag,) for tag in row["tags"]))
    more = ", ".join(row["more_tags"])
    others = (
        format_html(
            '<span class="muted" title="{}">+{}<span class="sr-only">: {}</span></span>',
            more,
            len(row["more_tags"]),
            more,
        )
        if more
        else ""
    )
    return format_html('<span class="tag-row">{}{}</span>', shown, others)


def health(row: Row, actor: Actor) -> SafeString:
    band = row["health"]
    risk = (
        format_html(' <span class="risk">{}</span>', icon("alert", "", _("At risk")))
        if row["is_at_risk"]
        else ""
    )
    return format_html(
        '<span class="health health-{}"><b>{}</b> {}{}</span>',
        band.tone,
        row["health_score"],
        band.label,
        risk,
    )


def email(row: Row, actor: Actor) -> SafeString | str:
    address = row["email"]
    if not address:
        return ""
    return _reach(row, "email", f"mailto:{quote(address, '@')}", address)


def owner(row: Row, actor: Actor) -> SafeString | str:
    if not row["owner"]:
        return ""
    picture = avatar(row["owner"], "", "sm")
    return format_html('<span class="person">{}<span>{}</span></span>', picture, row["owner"])


def moment(column: str) -> Callable[[Row, Actor], SafeString | str]:
    return lambda row, actor: ago(row[column]) if row[column] else ""


CONTENTS: Mapping[str, Callable[[Row, Actor], Any]] = {
    "name": name,
    "phone": phone,
    "tags": tags,
    "status": lambda row, actor: badge(row["status"].label, row["status"].tone),
    "segment": lambda row, actor: row["segment"].label,
    "health": health,
    "value": lambda row, actor: money(row["lifetime_value"], actor.organization.currency),
    "contact": moment("last_interaction_at"),
    "email": email,
    "visit": moment("last_visit_at"),
    "owner": owner,
    "city": lambda row, actor: row["city"],
    "created": moment("created_at"),
}
