"""Who sees what in the admin."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from core.identity.models import User
from core.identity.services import actor_of
from core.tenancy.policy import Permission
from customers.models import Customer
from tests.admin.conftest import CANARY, filled, furnish, model_admins, rows_of, url
from tests.cast import Cast

pytestmark = pytest.mark.heavy

OURS = ("core.", "customers.", "interactions.", "appointments.", "analytics.", "crm.")
LABELS = [model_admin.opts.label for model_admin in model_admins()]


def admin_of(label: str) -> Any:
    return admin.site.get_model_admin(apps.get_model(label))


def test_every_model_is_there_and_no_other() -> None:
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith(OURS)}
    assert ours <= set(LABELS)
    assert not {
        label
        for label in LABELS
        if label.split(".")[0] in ("auth", "sessions", "contenttypes", "admin")
    }


def test_what_a_class_allows_the_policy_names() -> None:
    for model_admin in model_admins():
        assert "view" in model_admin.permissions
        assert all(
            isinstance(permission, Permission) for permission in model_admin.permissions.values()
        )
        for act, service in (
            ("add", "create_row"),
            ("change", "update_row"),
            ("delete", "delete_row"),
        ):
            assert (act in model_admin.permissions) == (
                getattr(model_admin, service) is not None
            ), (model_admin, act)


@pytest.mark.parametrize("role", ["bob", "mona"])
def test_staff_and_managers_do_not_enter(
    cast: Cast, world: Any, browser: Callable[[User], Client], role: str
) -> None:
    client = browser(getattr(cast, role))
    for model_admin in model_admins():
        for name in ("changelist", "add", "import", "export"):
            response = client.get(url(model_admin, name))
            assert response.status_code in (302, 404)
            assert response.status_code == 404 or response["Location"].startswith("/admin/login/")


def test_strangers_do_not_enter(db: None) -> None:
    client = Client()
    for model_admin in model_admins():
        response = client.get(url(model_admin, "changelist"))
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_tenant_admin_sees_own_rows_and_never_anothers(
    cast: Cast, world: Any, alice: Client, subtests: Any
) -> None:
    for label in LABELS:
        with subtests.test(label):
            _sees_own_alone(cast, alice, admin_of(label))


def _sees_own_alone(cast: Cast, alice: Client, model_admin: Any) -> None:
    listed = alice.get(url(model_admin, "changelist"))
    visible = Permission.CROSS_ORGANIZATIONS is not model_admin.permissions["view"]
    assert listed.status_code == (200 if visible else 403)
    assert CANARY not in listed.content.decode()
    theirs = rows_of(model_admin.model, cast.other).first()
    if theirs is not None:
        for page in ("change", "delete", "history"):
            foreign = alice.get(url(model_admin, page, theirs.pk), follow=True)
            text = foreign.content.decode()
            assert CANARY not in text
            random = alice.get(
                url(model_admin, page, "01939d4e-0000-7000-8000-000000000000"), follow=True
            )
            assert foreign.status_code == random.status_code
    mine = rows_of(model_admin.model, cast.acme).first()
    if mine is not None and visible:
        assert alice.get(url(model_admin, "change", mine.pk)).status_code == 200


def test_a_super_admin_sees_all_and_can_narrow(
    cast: Cast, world: Any, sue: Client, subtests: Any
) -> None:
    for label in LABELS:
        with subtests.test(label):
            _sees_all(cast, sue, admin_of(label))


def _sees_all(cast: Cast, sue: Client, model_admin: Any) -> None:
    assert sue.get(url(model_admin, "changelist")).status_code == 200
    shown = set(model_admin.get_queryset(_request(cast.sue)).values_list("pk", flat=True))
    for organization in (cast.acme, cast.other):
        assert set(rows_of(model_admin.model, organization).values_list("pk", flat=True)) <= shown
    if model_admin.tenant_columns:
        narrowed = sue.get(url(model_admin, "changelist"), {"organization": str(cast.acme.pk)})
        assert narrowed.status_code == 200
        assert {row.organization_id for row in narrowed.context["cl"].result_list} <= {cast.acme.pk}
    for organization in (cast.acme, cast.other):
        row = rows_of(model_admin.model, organization).first()
        if row is not None:
            assert sue.get(url(model_admin, "change", row.pk)).status_code == 200


def _request(user: User) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = user
    request.session = {}  # type: ignore[assignment]
    return request


def test_adding_and_deleting_pages_follow_the_policy(
    cast: Cast, world: Any, alice: Client, subtests: Any
) -> None:
    for label in LABELS:
        with subtests.test(label):
            _pages_follow_the_policy(cast, alice, admin_of(label))


def _pages_follow_the_policy(cast: Cast, alice: Client, model_admin: Any) -> None:
    actor = actor_of(cast.alice)
    for act, name in (("add", "add"), ("import", "import"), ("export", "export")):
        allowed = act in model_admin.permissions and actor.may(model_admin.permissions[act])
        status = alice.get(url(model_admin, name)).status_code
        assert status == 200 if allowed else status in (302, 403, 404), (act, status)
    mine = rows_of(model_admin.model, cast.acme).first()
    if mine is not None:
        deletable = "delete" in model_admin.permissions and actor.may(
            model_admin.permissions["delete"]
        )
        assert alice.get(url(model_admin, "delete", mine.pk)).status_code == (
            200 if deletable else 403
        )


AUTOCOMPLETED = [
    ("customers", "project", "customer"),
    ("customers", "customer", "assigned_to"),
    ("customers", "customer", "preferred_outlet"),
    ("appointments", "appointment", "service"),
    ("customers", "customertag", "tag"),
]


def test_autocompletion_offers_own_rows_alone(
    cast: Cast, world: Any, alice: Client, subtests: Any
) -> None:
    for (app, model, field), term in product(AUTOCOMPLETED, ["", "can", "mine"]):
        with subtests.test(f"{model} {field} {term}"):
            query = {
                "app_label": app,
                "model_name": model,
                "field_name": field,
                "term": term,
                "organization": str(cast.other.pk),
            }
            answer = alice.get("/admin/autocomplete/", query)
            assert answer.status_code == 200
            assert CANARY.lower() not in answer.content.decode().lower()
            assert bool(answer.json()["results"]) == (term != "can")


def test_a_super_admins_autocompletion_follows_the_row(
    cast: Cast, world: Any, sue: Client, subtests: Any
) -> None:
    for app, model, field in AUTOCOMPLETED:
        with subtests.test(f"{model} {field}"):
            query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
            assert (
                CANARY.lower()
                not in sue.get("/admin/autocomplete/", query).content.decode().lower()
            )
            there = {**query, "organization": str(cast.other.pk), "environment": "live"}
            theirs = sue.get("/admin/autocomplete/", there).content.decode().lower()
            assert CANARY.lower() in theirs
            assert "mine" not in theirs


def test_the_environment_is_the_sessions(cast: Cast, world: Any, alice: Client) -> None:
    assert alice.post("/admin/place/", {"environment": "test"}).status_code == 302
    assert alice.get("/admin/customers/customer/").context["cl"].result_count == 0
    add = "/admin/customers/customer/add/"
    alice.post(add, filled(alice, add, first_name="Tess"))
    assert Customer.objects.unscoped().get(first_name="Tess").environment == "test"
    alice.post("/admin/place/", {"environment": "live", "organization": str(cast.other.pk)})
    assert CANARY not in alice.get("/admin/customers/customer/").content.decode()
    assert alice.get("/admin/customers/customer/").context["cl"].result_count == 1


def test_a_super_admin_moves_between_organizations(cast: Cast, world: Any, sue: Client) -> None:
    sue.post("/admin/place/", {"environment": "live", "organization": str(cast.other.pk)})
    sue.post("/admin/customers/tag/add/", {"name": "made elsewhere"})
    assert (
        apps.get_model("customers.Tag").objects.unscoped().get(name="made elsewhere").organization
        == cast.other
    )


def test_lists_ask_as_much_for_3_rows_as_for_30(
    cast: Cast, browser: Callable[[User], Client]
) -> None:
    actor = actor_of(cast.alice)
    alice, sue = browser(cast.alice), browser(cast.sue)
    visits = [
        (client, model_admin)
        for client in (alice, sue)
        for model_admin in model_admins()
        if client is sue or model_admin.permissions["view"] is not Permission.CROSS_ORGANIZATIONS
    ]

    def queries() -> list[tuple[str, int]]:
        counts = []
        for client, model_admin in visits:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url(model_admin, "changelist")).status_code == 200
            counts.append((model_admin.opts.label, len(captured)))
        return counts

    for number in range(1, 4):
        furnish(actor, "mine", number)
    few = queries()
    for number in range(4, 31):
        furnish(actor, "mine", number)
    assert queries() == few
    assert max(count for _, count in few) <= 8, few


PROBES = [
    "{name}",
    "{name}__exact",
    "{name}__startswith",
    "{name}__regex",
    "{name}__iregex",
    "{name}__gte",
    "{name}__contains",
    "{name}__isnull",
]


def offered_by(model_admin: Any, request: Any) -> set[str]:
    """The fields that the filters beside the list offer."""
    offered = model_admin.get_list_filter(request)
    names = [item[0] if isinstance(item, tuple) else item for item in offered]
    return {item if isinstance(item, str) else item.parameter_name for item in names}


@pytest.mark.parametrize("role", ["alice", "sue"])
@pytest.mark.parametrize("label", LABELS)
def test_a_list_answers_no_question_that_its_filters_do_not_offer(
    cast: Cast, rf: RequestFactory, label: str, role: str
) -> None:
    model_admin = admin_of(label)
    request = rf.get("/")
    request.user, request.session = getattr(cast, role), {}
    offered = offered_by(model_admin, request)
    for field in model_admin.opts.concrete_fields:
        for probe in PROBES:
            lookup = probe.format(name=field.name)
            if (
                field.name not in offered
                or "regex" in lookup
                or "with" in lookup
                or "contains" in lookup
            ):
                assert not model_admin.lookup_allowed(lookup, "x", request), lookup


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("identity.User", {"email": "alice@acme.test", "password__regex": "^argon2"}),
        ("identity.User", {"password__startswith": "md5"}),
        ("identity.Session", {"password_mark__gte": "a"}),
        ("tenancy.ApiKey", {"digest__gte": "a"}),
        ("customers.Customer", {"password__startswith": ""}),
        ("customers.Customer", {"notes__regex": "^(a+)+$"}),
        ("customers.Customer", {"status__regex": "^(a+)+$"}),
        ("customers.Customer", {"organization__slug__startswith": "o"}),
    ],
)
def test_such_a_question_is_refused(
    cast: Cast, world: Any, alice: Client, label: str, query: dict[str, str]
) -> None:
    response = alice.get(url(admin_of(label), "changelist"), query)
    assert (response.status_code, b"argon2" in response.content, b"md5" in response.content) == (
        400,
        False,
        False,
    )


def test_the_filters_that_are_offered_answer(cast: Cast, world: Any, alice: Client) -> None:
    changelist = url(admin_of("customers.Customer"), "changelist")
    for query, count in (
        ({"status__exact": "active"}, 1),
        ({"status__exact": "vip"}, 0),
        ({"is_blocked__exact": "0"}, 1),
        ({"deleted": "yes"}, 0),
    ):
        response = alice.get(changelist, query)
        assert (response.status_code, response.context["cl"].result_count) == (200, count), query


def test_the_menu_the_index_and_what_stands_around_forms_speak_the_readers_language(
    cast: Cast, browser: Callable[[User], Client]
) -> None:
    alice = browser(cast.alice)
    english = alice.get("/admin/").context["groups"]
    answer = alice.get("/admin/", headers={"Accept-Language": "es"})
    spanish = answer.context["groups"]
    same = {"Webhooks"}
    for there, here in zip(english, spanish, strict=True):
        titles = [(there["title"], here["title"])]
        titles += zip(
            *([item["title"] for item in each["items"]] for each in (there, here)), strict=True
        )
        assert [one for one, other in titles if one == other and one not in same] == []
    text = answer.content.decode()
    assert 'lang="es"' in text
    assert "Volver al CRM" in text
    form = alice.get("/admin/customers/customer/add/", headers={"Accept-Language": "es"})
    assert "Campos propios" in form.content.decode()
    assert 'lang="en"' in alice.get("/admin/").content.decode()
