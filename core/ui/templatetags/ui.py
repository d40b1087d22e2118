"""
The components, by name: `{% load ui %}`, and see them all at /app/components/ while developing.

Those that stand around something are block tags: `{% card "Title" %}…{% endcard %}`.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.paging import ResultPage
from core.ui.charts import Chart
from core.ui.fields import WeeklyHoursFormField
from core.ui.formatting import (
    CURRENCY_SIGNS,
    ago,
    count,
    dash,
    day,
    hue,
    initials,
    key,
    money,
    percent,
    phone,
    phone_of,
    role,
    short_money,
)
from core.ui.lists import Column, ListState, page_numbers
from core.ui.wording import in_percent

register = template.Library()
for write in (ago, day, money, short_money, phone, phone_of, count, dash, role, key, percent):
    register.filter(write)

TONES = {
    "good": "check-circle",
    "warn": "alert",
    "bad": "x-circle",
    "info": "info",
    "accent": "star",
    "": "dot",
}


# Small things


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; `size` is `lg` or `xl`; without `label` it only decorates."""
    if not label:
        return _decoration(name, size)
    kind = f"icon icon-{size}" if size else "icon"
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><use href="#i-{}"/></svg>', kind, label, name
    )


@lru_cache
def _decoration(name: str, size: str) -> SafeString:
    kind = f"icon icon-{size}" if size else "icon"
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', kind, name)


draw = icon
"""For tags with a parameter of that name."""


@register.inclusion_tag("components/button.html")
def button(label: str = "", **options: Any) -> dict[str, Any]:
    """
    A button, or a link that looks like one (`href`).

    `kind`: primary, danger, ghost; `small`; `icon`; `icon_only` (the label is then read aloud
    alone), `spare` (so on phones); `type` (submit unless given), `name`, `value`, `form`;
    `why_not`: disabled, and says why; `opens`: the id of a dialog; `shortcut`: a key to press.
    """
    classes = [f"btn-{options['kind']}"] if options.get("kind") else []
    classes += ["btn-small"] if options.get("small") else []
    classes += ["btn-icon"] if options.get("icon_only") else []
    return {
        "type": "button" if options.get("opens") else "submit",
        **options,
        "label": label,
        "classes": " ".join(["btn", *classes]),
    }


@register.simple_tag
def avatar(name: str, url: str = "", size: str = "", square: bool = False) -> SafeString:
    """
    Initials on a hue that stays with the name; `size` is sm or lg. It decorates: the name must
    stand beside it.
    """
    kinds = [
        f"hue-{hue(name)}",
        f"avatar-{size}" if size else "",
        "avatar-square" if square else "",
    ]
    picture = format_html('<img src="{}" alt="" loading="lazy">', url) if url else initials(name)
    kind = " ".join(filter(None, ["avatar", *kinds]))
    return format_html('<span class="{}" aria-hidden="true">{}</span>', kind, picture)


@register.inclusion_tag("components/avatars.html")
def avatars(names: Sequence[str], most: int = 4) -> dict[str, Any]:
    """A stack of avatars and how many more there are."""
    return {"names": list(names)[:most], "more": max(0, len(names) - most), "all": ", ".join(names)}


@register.simple_tag
def badge(text: str, tone: str = "", icon: str = "") -> SafeString:
    """A status in words with its icon; `tone`: good, warn, bad, info, accent or none."""
    kind = f"badge badge-{tone}" if tone else "badge"
    drawn = draw(icon or TONES.get(tone, "dot"))
    return format_html('<span class="{}">{}{}</span>', kind, drawn, text)


@register.inclusion_tag("components/chip.html")
def chip(label: str, value: str = "", remove: str = "") -> dict[str, Any]:
    """A condition or tag; `remove` is the address without it."""
    return {"label": label, "value": value, "remove": remove}


@register.simple_tag
def kbd(keys: str) -> SafeString:
    return format_html('<kbd class="kbd">{}</kbd>', keys)


# Forms


@register.inclusion_tag("components/field.html")
def field(
    bound: forms.BoundField,
    help: str = "",  # noqa: A002
    optional: bool = True,
    unit: str = "",
) -> dict[str, Any]:
    """
    A label, its input whatever the widget, help and errors beside it. `optional=False` leaves the
    word away (forms of filters).
    """
    widget = bound.field.widget
    kind = (
        "check"
        if isinstance(widget, forms.CheckboxInput)
        else "options"
        if isinstance(widget, forms.RadioSelect)
        else "hours"
        if isinstance(bound.field, WeeklyHoursFormField)
        else "input"
    )
    attributes: dict[str, Any] = {}
    if kind == "input":
        figure = isinstance(
            bound.field, forms.IntegerField | forms.DecimalField
        ) and not isinstance(widget, forms.Select)
        attributes["class"] = " ".join(
            filter(None, ["input", "num" if figure else "", widget.attrs.get("class", "")])
        )
    if help and not bound.field.help_text:
        bound.field.help_text = help
        bound.help_text = help
    shown_unit = unit or getattr(bound.field, "unit", "")
    return {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attributes) if kind in ("input", "check") else "",
        "week": bound.field.week(bound.value()) if kind == "hours" else (),  # type: ignore[attr-defined]
        "hidden": isinstance(widget, forms.PasswordInput),
        "optional": optional and not bound.field.required and kind == "input",
        "unit": CURRENCY_SIGNS.get(shown_unit, shown_unit),
    }


@register.inclusion_tag("components/errors.html")
def errors(form: forms.BaseForm) -> dict[str, Any]:
    """
    What is wrong, above the form: what concerns no single field, and links to the fields with
    errors.
    """
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {
        "form": form,
        "faulty": [bound for bound in form.visible_fields() if bound.errors],
        "general": [*form.non_field_errors(), *hidden],
    }


@register.inclusion_tag("components/hidden.html", takes_context=True)
def hidden(context: template.Context, form: forms.BaseForm) -> dict[str, Any]:
    """The CSRF token and the form's hidden fields: the first line of every form."""
    return {"form": form, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/conflict.html")
def conflict(form: Any) -> dict[str, Any]:
    """
    Where two people changed the same fields: before, theirs, yours, and a choice for each. Stands
    inside the form.
    """
    return {"clashes": form.clashes}


# Lists


@register.inclusion_tag("components/table_head.html")
def table_head(
    columns: Sequence[Column], state: ListState | None = None, pick: bool = False
) -> dict[str, Any]:
    """
    The head of a table, its sortable columns as links; `pick` leaves room for the rows' check
    boxes.
    """
    heads = []
    for column in columns:
        direction = state.direction(column.sort) if state and column.sort else ""
        heads.append(
            {
                "column": column,
                "direction": direction,
                "url": state.sort_url(column.sort) if state and column.sort else "",
            }
        )
    return {"heads": heads, "pick": pick}


@register.simple_tag
def pick(value: Any, label: str) -> SafeString:
    """A row's check box, of the form `selection`; `label` names the row."""
    return format_html(
        '<td class="pick-cell"><input type="checkbox" class="pick" name="ids" value="{}" '
        'form="selection" aria-label="{}"></td>',
        value,
        label,
    )


@register.inclusion_tag("components/pagination.html")
def pagination(page: ResultPage, state: ListState) -> dict[str, Any]:
    """Which rows of how many, and links to the pages."""
    links = [
        {"number": number, "url": state.url(page=number if number != 1 else None) if number else ""}
        for number in page_numbers(page)
    ]
    return {
        "page": page,
        "links": links,
        "before": state.url(page=page.number - 1 if page.number > 2 else None)
        if page.number > 1
        else "",
        "after": state.url(page=page.number + 1) if page.number < page.pages else "",
    }


@register.inclusion_tag("components/chips.html")
def chips(conditions: Sequence[Any], clear: str = "") -> dict[str, Any]:
    """A list's conditions (`state.chips(…)`) and one link that clears them all."""
    return {"conditions": conditions, "clear": clear}


# Showing


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Any], label: str = "") -> dict[str, Any]:
    """Links: each item a dict of `label`, `url`, `current` and perhaps `count` and `icon`."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/stat.html")
def stat(
    label: str,
    value: Any,
    href: str = "",
    delta: str = "",
    tone: str = "",
    help: str = "",  # noqa: A002
    note: str = "",
    spark: Any = None,
) -> dict[str, Any]:
    """
    A figure; `delta` says how it moved (`+12 %`), `tone` whether that is good or bad, `note`
    anything else; `href`: its list; `spark`: a SparkLine of how it went.
    """
    down = delta.startswith(("-", "−"))
    return {
        "label": label,
        "value": value,
        "href": href,
        "delta": delta,
        "tone": tone,
        "help": help,
        "down": down,
        "note": note,
        "spark": spark,
    }


@register.inclusion_tag("components/progress.html")
def progress(
    label: str, value: int | Decimal | None = None, of: int | Decimal = 100, text: str = ""
) -> dict[str, Any]:
    """How far something is; without `value` that it goes on."""
    return {
        "label": label,
        "value": value,
        "of": of,
        "text": text or ("" if value is None else in_percent(100 * value // max(of, 1))),
    }


@register.inclusion_tag("components/chart.html")
def chart(drawing: Chart, table: bool = True) -> dict[str, Any]:
    """A chart of `core.ui.charts`, and unless `table=False` its figures beneath."""
    return {"chart": drawing, "table": table}


@register.inclusion_tag("components/state.html")
def empty(
    title: str,
    text: str = "",
    icon: str = "inbox",
    href: str = "",
    action: str = "",
    href2: str = "",
    action2: str = "",
) -> dict[str, Any]:
    """Nothing here yet, and what to do about it."""
    return {
        "title": title,
        "text": text,
        "icon": icon,
        "href": href,
        "action": action,
        "href2": href2,
        "action2": action2,
    }


@register.simple_tag
def title_with(title: str, conditions: Sequence[Any]) -> str:
    """A list's title with what it is narrowed to: `Customers: VIP, Detroit`."""
    named = ", ".join(str(condition.value or condition.label) for condition in conditions)
    return _("%(title)s: %(filters)s") % {"title": title, "filters": named} if named else title


@register.inclusion_tag("components/state.html")
def no_results(conditions: Sequence[Any], clear: str) -> dict[str, Any]:
    """Nothing fits the filters: names them and offers to clear them."""
    named = ", ".join(f"{condition.label}: {condition.value}" for condition in conditions)
    text = _("No row fits %(filters)s.") % {"filters": named} if named else _("No row fits.")
    return {
        "title": _("No results"),
        "text": text,
        "icon": "search",
        "href": clear,
        "action": _("Clear filters"),
    }


@register.inclusion_tag("components/state.html")
def failure(text: str, request_id: str = "", retry: str = "") -> dict[str, Any]:
    """What went wrong, with the number that the log knows it by."""
    return {
        "title": _("This didn't work"),
        "text": text,
        "icon": "alert",
        "href": retry,
        "action": _("Try again"),
        "request_id": request_id,
    }


@register.inclusion_tag("components/skeleton.html")
def skeleton(lines: int = 6) -> dict[str, Any]:
    """What stands where a fragment is being fetched."""
    return {"lines": range(lines)}


@register.inclusion_tag("components/day.html")
def timeline_day(day: dt.date) -> dict[str, Any]:
    return {"day": day}


# Blocks


def _around(name: str, content: str, **options: Any) -> SafeString:
    # the block was rendered with escaping
    return mark_safe(render_to_string(f"components/{name}.html", {**options, "content": content}))  # noqa: S308


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    flush: bool = False,
    id: str = "",  # noqa: A002
    href: str = "",
    action: str = "",
) -> SafeString:
    """
    A card; `flush` without room around the content (tables); `href` and `action`: a link in its
    head.
    """
    return _around("card", content, title=title, flush=flush, id=id, href=href, action=action)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, open: bool = False) -> SafeString:  # noqa: A002
    """
    A native dialog, opened by `{% button … opens=id %}`; the button's `href` is its page for those
    without JavaScript.
    """
    return _around("dialog", content, id=id, title=title, kind="dialog", open=open)


@register.simple_block_tag
def drawer(content: str, id: str, title: str, open: bool = False) -> SafeString:  # noqa: A002
    """A panel at the side; otherwise a dialog."""
    return _around("dialog", content, id=id, title=title, kind="drawer", open=open)


@register.simple_block_tag
def menu(
    content: str,
    label: str,
    icon: str = "",
    kind: str = "",
    caret: bool = True,
    left: bool = False,
    icon_only: bool = False,
) -> SafeString:
    """A menu that opens without JavaScript; inside: links, buttons, one-button forms, `<hr>`."""
    return _around(
        "menu",
        content,
        label=label,
        icon=icon,
        kind=kind,
        caret=caret and not icon_only,
        left=left,
        icon_only=icon_only,
    )


@register.simple_block_tag
def notice(content: str, tone: str = "info") -> SafeString:
    """A sentence that stays on the page; `tone`: info, good, warn, bad."""
    return _around("notice", content, tone=tone, icon=TONES.get(tone, "info"))


@register.simple_block_tag
def timeline_entry(
    content: str,
    icon: str,
    title: str,
    at: dt.datetime,
    by: str = "",
    href: str = "",
    id: str = "",  # noqa: A002
    permalink: str = "",
) -> SafeString:
    """
    One thing that happened: what (`title`), who (`by`), when (`at`, with `permalink` a link to
    itself); the content says more.
    """
    inner = mark_safe(content.strip())  # noqa: S308  the block was rendered with escaping
    return _around(
        "timeline_entry",
        inner,
        icon=icon,
        title=title,
        at=at,
        by=by,
        href=href,
        id=id,
        permalink=permalink,
    )


@register.simple_tag
def reach(scheme: str, address: str, text: str, why: str = "") -> SafeString:
    """
    A link that calls (`tel`) or writes to (`mailto`) an address; where it isn't to be used, the
    address with the reason.
    """
    if why:
        return format_html(
            '<span class="num" data-reach="{}">{} <small class="muted">· {}</small></span>',
            scheme,
            text,
            why,
        )
    href = f"{scheme}:{quote(address, '@+')}"
    return format_html('<a class="link num" href="{}">{}</a>', href, text)


@register.filter
def chosen(shell: Any, name: str) -> str:
    """What the reader chose of theme, density or sidebar."""
    return str(shell.choice(name))
