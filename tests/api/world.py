"""
One row of every kind in an organization, every text of it marked, and what the URL resolver knows
of the APIs' operations.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.urls import URLPattern, URLResolver, get_resolver

from appointments.schedule_exceptions import create_schedule_exception
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry
from core.clock import now
from core.exports.services import start_export
from core.identity.models import SecondFactor, User
from core.identity.tokens import Origin, open_page_session
from core.ids import new_id
from core.imports.services import check_import
from core.jobs.services import cancel
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.policy import ROLE_PERMISSIONS
from core.tenancy.services.outlets import create_outlet
from core.webhooks.services import create_endpoint, send_test
from crm.api.registry import dialect_of
from customers.filters import CustomerConditions
from customers.models import DuplicatePair
from customers.selectors.consents import wording_versions
from customers.services.customers import create_customer, delete_customer
from customers.services.jobs import start_recalculation
from customers.services.merging import merge_customers
from customers.services.privacy_requests import open_privacy_request
from customers.services.tags import create_tag
from customers.services.wordings import create_wording
from customers.services.work import create_project, create_transaction
from interactions.delivery import connect_channel
from interactions.follow_ups import create_follow_up
from interactions.models import Gateway
from interactions.notes import add_note
from interactions.replies import create_reply_template
from interactions.scheduling import schedule_message
from interactions.services import add_message, log_interaction, open_conversation
from tests.background import run

WATCHED_NOT = {"Session", "IdempotencyRecord"}
"""Tables that a refused request may touch: who is signed in."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    route: str
    view: type

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"


def spoken() -> Iterator[Operation]:
    """Every operation of every dialect, signing in and the documents included."""
    return (operation for operation in operations("") if dialect_of(operation.route) is not None)


def operations(prefix: str = "api") -> Iterator[Operation]:
    """Every method of every path that the resolver knows under `prefix`."""
    for route, view, actions in _routes(get_resolver().url_patterns):
        if not route.startswith(prefix) or view is None:
            continue
        for method in view.http_method_names:
            answered = method in actions or hasattr(view, method)
            if answered and method not in ("head", "options", "trace"):
                yield Operation(method.upper(), "/" + route, view)


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any, Collection[str]]]:
    """Route, class of the view, and the methods that a viewset answers there."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and hasattr(pattern.pattern, "_route"):
            yield (
                prefix + pattern.pattern._route,
                getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None)),
                getattr(pattern.callback, "actions", ()),
            )


def make_world(
    actor: Actor, *, mark: str, user: User, number: int, shared: str = ""
) -> dict[str, str]:
    """
    Name → id of a row of every kind, written by the services. `mark` stands in every text; `shared`
    instead, in those of rows that both environments share.
    """
    shared = shared or mark
    everything = Actor(
        actor.organization,
        "user",
        f"{mark}@label.test",
        ROLE_PERMISSIONS[Role.SUPER_ADMIN],
        actor.environment,
        user.pk,
    )

    own = replace(everything, change_set=new_id())

    def add(write: Any, **values: Any) -> str:
        return str(write(actor=everything, values=values).pk)

    customer = add(
        create_customer,
        first_name=f"{mark}First",
        last_name=f"{mark}Last",
        company_name=f"{mark} Ltd",
        email=f"{mark}@customer.test",
        phone=f"24855599{number:02}",
        city=f"{mark}ville",
        source=f"{mark}-source",
        external_id=f"{mark}-external",
        notes=f"{mark} notes",
        campaign=f"{mark} campaign",
        custom_fields={f"{mark}-key": f"{mark}-value"},
        tags=[f"{shared}-tag"],
    )
    gone = create_customer(
        actor=everything,
        values={"first_name": f"{mark}Gone", "email": f"{mark}.gone@customer.test"},
    )
    delete_customer(actor=everything, customer_id=gone.pk)
    twin, kept, merged = (
        create_customer(
            actor=everything,
            values={
                "first_name": f"{mark}{name}",
                "email": f"{mark}.{name}@customer.test",
                "external_id": f"{mark}-{name}",
            },
        ).pk
        for name in ("Twin", "Kept", "Merged")
    )
    merge = merge_customers(
        actor=replace(everything, change_set=new_id()), customer_id=kept, loser=merged
    ).merge
    series = str(new_id())
    outlet = add(create_outlet, name=f"{shared} outlet {actor.environment}", city=f"{shared}ville")
    service = add(
        create_service,
        name=f"{shared} service {actor.environment}",
        category=f"{shared} category",
        price=50,
    )
    conversation = add(
        open_conversation, customer=customer, channel="whatsapp", subject=f"{mark} subject"
    )
    add_message(
        actor=everything,
        conversation_id=conversation,
        values={"direction": "inbound", "body": f"{mark} body"},
    )
    wording = add(
        create_wording,
        name=f"{shared} wording {actor.environment}",
        purpose="notifications",
        text=f"{shared} may we?",
    )
    webhook = create_endpoint(
        actor=everything,
        values={
            "url": f"https://93.184.216.34/{mark}",
            "description": f"{mark} listens",
            "payload": "full",
        },
    ).pk
    connected = Gateway.objects.for_actor(everything).first()
    gateway = (
        str(connected.pk)
        if connected
        else add(connect_channel, channel="whatsapp", endpoint=webhook)
    )
    message = add_message(
        actor=everything,
        conversation_id=conversation,
        values={"direction": "outbound", "body": f"{mark} answer"},
    )
    other = add(open_conversation, customer=customer, channel="whatsapp", subject=f"{mark} other")
    note = add_note(actor=everything, conversation_id=conversation, values={"body": f"{mark} note"})
    scheduled = schedule_message(
        actor=everything,
        conversation_id=conversation,
        values={"body": f"{mark} later", "send_at": now() + dt.timedelta(days=1)},
    )
    project = add(
        create_project,
        customer=customer,
        name=f"{mark} project",
        total_amount=1000,
        status="completed",
        project_type="repair",
    )
    return {
        "organization": str(actor.organization.pk),
        "webhook": str(webhook),
        "delivery": str(send_test(actor=everything, endpoint_id=webhook).pk),
        "wording": wording,
        "reply template": add(
            create_reply_template,
            name=f"{shared} reply {actor.environment}",
            text=f"{shared} hello {{first_name}}",
        ),
        "wording_version": str(wording_versions(actor=everything, wording_id=UUID(wording))[0].pk),
        "privacy request": add(
            open_privacy_request, customer=customer, kind="erasure", note=f"{mark} asks"
        ),
        "customer": customer,
        "twin": str(twin),
        "merge": str(merge.pk),
        "duplicate": _like(everything, customer, mark),
        "deleted": str(gone.pk),
        "outlet": outlet,
        "service": service,
        "conversation": conversation,
        "other conversation": other,
        "note": str(note.pk),
        "scheduled message": str(scheduled.pk),
        "gateway": gateway,
        "message": str(message.pk),
        "user": _with_second_factor(user, mark),
        "session": str(open_page_session(user=user, origin=Origin()).pk),
        "change": str(own.change_set),
        "audit entry": str(AuditEntry.objects.for_actor(actor).earliest("pk").pk),
        "project": project,
        "interaction": str(
            log_interaction(
                actor=own, values={"customer": customer, "type": "email", "notes": f"{mark} mail"}
            ).pk
        ),
        "follow-up": add(
            create_follow_up,
            customer=customer,
            reason=f"{mark} call back",
            due_date="2026-12-01",
            owner=user.pk,
        ),
        "transaction": add(
            create_transaction,
            customer=customer,
            project=project,
            gross_amount=20,
            status="completed",
            description=f"{mark} payment",
        ),
        "appointment": add(
            book_appointment,
            customer=customer,
            outlet=outlet,
            service=service,
            staff=user.pk,
            notes=f"{mark} visit",
            day=f"2026-01-{number + 1:02}",
            start_time="10:00",
            series_id=series,
        ),
        "series": series,
        "schedule exception": add(
            create_schedule_exception,
            outlet=outlet,
            kind="holiday",
            name=f"{shared} holiday",
            first_day="2026-12-25",
        ),
        "tag": add(create_tag, name=f"{shared}-loose-{actor.environment}"),
        "export": _exported(everything, mark),
        "import": _checked(everything, mark),
        "job": str(cancel(actor=everything, job_id=start_recalculation(actor=everything).pk).pk),
    }


def _like(actor: Actor, customer: str, mark: str) -> str:
    """A pair of the customer with somebody of the same name."""
    named = {"first_name": f"{mark}First", "last_name": f"{mark}Last"}
    like = create_customer(actor=actor, values=named)
    pair = DuplicatePair.objects.add(actor, customer_id=customer, other=like, score=90)
    return str(pair.pk)


def _with_second_factor(user: User, mark: str) -> str:
    factor, made = SecondFactor.objects.get_or_create(
        user=user, defaults={"secret": mark, "last_step": 0}
    )
    if made:
        user.second_factor_since = factor.created_at
        user.save(update_fields=["second_factor_since"])
    return str(user.pk)


def _checked(actor: Actor, mark: str) -> str:
    """A checked import, of which a row is good and another isn't."""
    data = f"first_name,email,notes\n{mark}New,,{mark} said\n{mark}Bad,{mark},\n".encode()
    row = check_import(actor=actor, resource="customers", data=data, filename=f"{mark}.csv")
    return str(row.pk)


def _exported(actor: Actor, mark: str) -> str:
    """A finished export, its file there to be downloaded."""
    conditions = CustomerConditions(search=f"{mark}First")
    columns = {f"{mark} header": "first_name"}
    job = start_export(
        actor=actor, resource="customers", form="csv", columns=columns, conditions=conditions
    )
    run(job.pk)
    return str(job.pk)


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """
    Every row of every table of ours as the database's driver gives it, to be compared with another
    moment's.
    """
    found = {}
    with connection.cursor() as cursor:
        for name, sql, parameters in _statements():
            cursor.execute(sql, parameters)
            found[name] = cursor.fetchall()
    return found


@cache
def _statements() -> list[tuple[str, str, tuple[Any, ...]]]:
    return [
        (model.__name__, *_rows(model).query.sql_with_params())
        for model in apps.get_models()
        if model.__module__.split(".")[0]
        in ("core", "customers", "interactions", "appointments", "analytics")
        and model.__name__ not in WATCHED_NOT
    ]


def _rows(model: type[models.Model]) -> Any:
    """But for what says that somebody was refused: that is what a refused request leaves."""
    columns = [
        field.attname for field in model._meta.concrete_fields if field.name != "last_used_at"
    ]
    rows = model._base_manager.order_by("pk").values_list(*columns)
    return rows.exclude(action="permission.refused") if model is AuditEntry else rows
