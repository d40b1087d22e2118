"""
The components, by name: `{% load ui %}`, and see them all at /app/components/ while developing.

Those that stand around something are block tags: `{% card "Title" %}…{% endcard %}`.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import forms, template
from django.db.models import Model
from django.template.defaultfilters import date as formatted
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.amounts import decimals_of
from core.clock import now
from core.paging import ResultPage
from core.phones import Phone, readable_phone
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.ui.charts import Chart
from core.ui.fields import WeeklyHoursFormField
from core.ui.lists import Column, ListState, page_numbers
from core.ui.wording import day_or_moment, in_percent
from core.ui.wording import number as number_in_words

register = template.Library()

HUES = 12
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "MXN": "MX$", "CAD": "CA$", "JPY": "¥"}
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


# Words and figures


@register.filter
def ago(moment: dt.datetime | None) -> SafeString | str:
    """A moment as people say it, the exact one on hover: `3 hours ago`, `in 2 days`."""
    if moment is None:
        return "–"
    exact = formatted(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, relative(moment)
    )


@register.filter
def day(value: dt.date | None) -> str:
    """When something begins or ended: a day alone where no time was given."""
    return day_or_moment(value) if value else "–"


@register.filter
def money(amount: Decimal | float | None, currency: str = "", places: int | None = None) -> str:
    """
    `$1,234.50`, `KWD 1.250`; without decimals when there are none, unless `places` says how many.
    """
    if amount is None:
        return "–"
    sign = CURRENCY_SIGNS.get(currency, f"{currency} " if currency else "")
    value = abs(Decimal(amount))
    if places is None:
        places = 0 if value == value.to_integral_value() else max(2, decimals_of(currency))
    text = number_in_words(round(value, places), places)
    return f"{'−' if amount < 0 else ''}{sign}{text}"


MILLION = 1_000_000


@register.filter
def short_money(amount: Decimal | float | None, currency: str = "") -> str:
    """`$12.9M` from a million on, which would leave its place; below as `money`."""
    if amount is None or -MILLION < amount < MILLION:
        return money(amount, currency)
    return _("%(millions)sM") % {"millions": money(Decimal(amount) / MILLION, currency, places=1)}


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
def phone(number: str, actor: Actor) -> str:
    """A number as people of the organization write it."""
    return readable_phone(number, actor.organization.default_region)


@register.filter
def phone_of(customer: Any, actor: Actor) -> str:
    """The customer's number with its extension."""
    number = Phone(customer.phone, customer.phone_extension)
    return readable_phone(str(number), actor.organization.default_region)


@register.filter
def count(number: float | None) -> str:
    """A figure with its thousands apart."""
    return "–" if number is None else number_in_words(number)


@register.filter
def dash(value: Any) -> Any:
    """The value, or a dash where there is none."""
    return "–" if value in (None, "", [], ()) else value


@register.filter
def role(value: str) -> str:
    return str(Role(value).label)


@register.filter
def chosen(shell: Any, name: str) -> str:
    """What the reader chose of theme, density or sidebar."""
    return str(shell.choice(name))


@register.filter
def key(row: Any) -> str:
    """The id that a form's check box carries."""
    return str(row.pk if isinstance(row, Model) else row["id"])


SPANS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (365 * 86400, lambda n: ngettext("%(n)s year", "%(n)s years", n)),
    (30 * 86400, lambda n: ngettext("%(n)s month", "%(n)s months", n)),
    (86400, lambda n: ngettext("%(n)s day", "%(n)s days", n)),
    (3600, lambda n: ngettext("%(n)s hour", "%(n)s hours", n)),
    (60, lambda n: ngettext("%(n)s minute", "%(n)s minutes", n)),
)
"""Seconds of each span that people count in, the longest first, and its words."""


def relative(moment: dt.datetime) -> str:
    """How long ago, or until, in the largest span that fits."""
    seconds = (now() - moment).total_seconds()
    for length, words in SPANS:
        number = int(abs(seconds) // length)
        if number:
            span = words(number) % {"n": number}
            return (_("%(span)s ago") if seconds >= 0 else _("in %(span)s")) % {"span": span}
    return _("just now") if seconds >= 0 else _("in a moment")


def initials(name: str) -> str:
    """The first letters of the first and last word; a question mark for nobody."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(name: str) -> int:
    """One of twelve, always the same for a name."""
    return hashlib.sha256(name.encode()).digest()[0] % HUES


@register.filter
def percent(figure: float) -> str:
    """`90%`, as the reader's language writes it."""
    return in_percent(figure)
