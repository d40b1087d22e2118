"""
The customers' list: what it shows, what it finds, and what is done with those that are picked.
"""

import json
import random
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from core.exports.services import start_export
from core.identity.services import actor_of
from core.jobs.models import Job
from core.tenancy.actor import Actor
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.columns import ORDERS, order_by
from customers.pages.filters import CustomerFilters
from customers.selectors.customers import tags_of
from customers.services.bulk_creation import create_customers
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.management import block_customer
from tests import background
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/customers/"
SELECTION = "/app/customers/selection/"
HTMX = {"HX-Request": "true"}
CITIES = ["Troy", "Flint", "Ann Arbor"]
TAGS = ["vip", "roof", "late payer"]


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def grown(actor: Actor, number: int, start: int = 1, **more: Any) -> list[Customer]:
    return [
        create_customer(actor=actor, values=customer_values(each, **more))
        for each in range(start, start + number)
    ]


def names(client: Client, query: str = "", **headers: Any) -> list[str]:
    answer = client.get(LIST + query, **headers)
    assert answer.status_code == 200
    return [row["name"] for row in answer.context["rows"]]


def test_the_title_tells_the_true_total_and_a_row_what_people_look_for(
    alice: Client, admin: Actor, cast: Cast
) -> None:
    values = customer_values(1, city="Troy", tags=["a", "b", "c"], assigned_to=str(cast.mona.pk))
    values["phone"] += " ext. 12"
    jane = create_customer(actor=admin, values=values)
    text = " ".join(alice.get(LIST).content.decode().split())
    assert '<span class="total">1</span>' in text
    assert "Blocked</span></span>" not in text
    for shown in (
        "Jane Smith1",
        "<small>Troy</small>",
        'tel:+12485550001">(248) 555-0001 ext. 12</a>',
        "mailto:jane1@example.com",
        ": c</span>",
        "Mona",
    ):
        assert shown in text, shown
    block_customer(actor=admin, customer_id=jane.pk, values={"is_blocked": True})
    text = " ".join(alice.get(LIST).content.decode().split())
    assert '(248) 555-0001 ext. 12<span class="sr-only"> (Blocked)</span>' in text
    assert "Blocked</span></span>" in text


def test_rows_lead_to_the_customer_with_the_list_they_stand_in(alice: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1, tags=["vip"])
    row = alice.get(LIST + "?tags=vip&sort=name&page=1").context["rows"][0]
    assert row["url"] == f"/app/customers/{jane.pk}/?list=tags%3Dvip%26sort%3Dname"


def test_the_same_number_of_queries_shows_three_rows_and_thirty(
    alice: Client, admin: Actor
) -> None:
    asked = []
    grown(admin, 3, tags=["vip", "roof"])
    for number in (3, 30):
        grown(
            admin,
            number - Customer.objects.for_actor(admin).count(),
            start=number,
            tags=["vip", "roof"],
        )
        with CaptureQueriesContext(connection) as queries:
            assert len(names(alice)) == number
        asked.append(len(queries))
    assert asked == [8, 8]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=smith2", ["Jane Smith2"]),
        ("?search=%28248%29+555-0003", ["Jane Smith3"]),
        ("?city=Troy", ["Jane Smith1"]),
        ("?tags=roof&tags=vip", ["Jane Smith2", "Jane Smith1"]),
        ("?status=vip", ["Jane Smith3"]),
        ("?status=vip&status=active&sort=name", ["Jane Smith1", "Jane Smith2", "Jane Smith3"]),
        ("?is_blocked=true", ["Jane Smith2"]),
        ("?is_blocked=false&sort=created", ["Jane Smith1", "Jane Smith3"]),
        ("?assigned_to=me", ["Jane Smith3"]),
        ("?assigned_to=01920000-0000-7000-8000-000000000000", []),
        ("?created_from=2999-01-01", []),
        ("?created_to=2999-01-01&is_business=true", ["Jane Smith1"]),
        ("?since_from=2999-01-01", []),
        ("?since_to=2999-01-01&source=web_form", ["Jane Smith2"]),
        ("?has_source=false&sort=created", ["Jane Smith1", "Jane Smith3"]),
        ("?min_health=0&max_health=100&city=Troy", ["Jane Smith1"]),
        ("?min_health=99", []),
        ("?min_lifetime_value=1", []),
        ("?is_at_risk=true", []),
        ("?ids=nonsense", []),
        (
            "?status=nonsense&is_business=maybe&created_from=soon&assigned_to=",
            ["Jane Smith3", "Jane Smith2", "Jane Smith1"],
        ),
    ],
)
def test_filters_find(
    alice: Client, admin: Actor, cast: Cast, query: str, found: list[str]
) -> None:
    one, two, three = grown(admin, 3)
    for row, values in (
        (one, {"city": "Troy", "tags": ["vip"], "is_business": True}),
        (two, {"tags": ["roof"], "source": "web_form"}),
        (three, {"status": "vip"}),
    ):
        update_customer(actor=admin, customer_id=row.pk, values=values)
    update_customer(actor=admin, customer_id=three.pk, values={"assigned_to": str(cast.alice.pk)})
    block_customer(actor=admin, customer_id=two.pk, values={"is_blocked": True})
    assert names(alice, query) == found


def test_a_condition_is_a_chip_that_can_be_edited_and_removed(alice: Client, admin: Actor) -> None:
    grown(admin, 1, tags=["vip"])
    filters = alice.get(LIST + "?tags=vip&status=active&status=vip&sort=name&page=3").context[
        "filters"
    ]
    told = [(item.label, item.value, item.remove) for item in filters.set]
    assert told == [
        ("Status", "Active, VIP", LIST + "?tags=vip&sort=name"),
        ("Tags", "vip", LIST + "?status=active&status=vip&sort=name"),
    ]
    assert filters.set[0].rest == [("tags", "vip"), ("sort", "name")]
    assert filters.cleared == LIST + "?sort=name"


@pytest.mark.parametrize("sort", [sign + name for name in ORDERS for sign in ("", "-")])
def test_every_order_is_total_over_the_pages(alice: Client, admin: Actor, sort: str) -> None:
    assert all(
        result.customer_id
        for result in create_customers(
            actor=admin, rows=[{"last_name": f"N{n % 7}"} for n in range(60)]
        )
    )
    found = [
        row["id"]
        for page in (1, 2, 3)
        for row in alice.get(f"{LIST}?sort={sort}&size=25&page={page}").context["rows"]
    ]
    order, _unknown = order_by(sort)
    assert len(found) == len(set(found)) == 60
    if sort.lstrip("-") in ("created", "value", "health"):
        assert found == list(
            Customer.objects.for_actor(admin).order_by(*order).values_list("pk", flat=True)
        )


def test_columns_are_chosen_in_the_address(alice: Client, admin: Actor) -> None:
    grown(admin, 1, city="Troy")
    shown = alice.get(LIST + "?columns=name&columns=city&columns=nonsense").context["columns"]
    assert [column.name for column in shown] == ["name", "city"]
    assert "columns=city" in alice.get(LIST + "?columns=city").context["state"].url(sort="name")


def test_what_is_typed_fetches_the_list_alone_and_stands_in_the_address(
    alice: Client, admin: Actor
) -> None:
    grown(admin, 2)
    answer = alice.get(LIST + "?search=smith2&status=&page=2", headers=HTMX)
    assert answer["HX-Push-Url"] == LIST + "?search=smith2"
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="list-head" hx-swap-oob="true"' in text


def test_an_empty_list_says_what_to_do_and_no_results_name_the_filters(
    alice: Client, admin: Actor
) -> None:
    assert "No customers yet" in alice.get(LIST).content.decode()
    grown(admin, 1)
    text = alice.get(LIST + "?search=nobody&status=churned").content.decode()
    assert "No row fits Search: nobody, Status: Churned." in text


def test_another_organizations_customers_tags_and_people_stay_there(
    alice: Client, cast: Cast
) -> None:
    grown(actor_of(cast.charlie), 1, tags=["secret"])
    text = alice.get(LIST + f"?tags=secret&assigned_to={cast.charlie.pk}").content.decode()
    assert "Jane Smith1" not in text
    assert "Charlie" not in text
    assert names(alice) == []


def test_a_role_is_offered_what_it_may(cast: Cast, client: Client, admin: Actor) -> None:
    grown(admin, 1)
    offered = {}
    for role, user in cast.roles.items():
        client.force_login(user)
        context = client.get(LIST).context
        offered[role] = [
            name
            for name in ("may_create", "may_change", "may_delete", "may_see_deleted")
            if context[name]
        ]
    assert offered == {
        "staff": ["may_create"],
        "outlet_manager": ["may_create", "may_change"],
        "tenant_admin": ["may_create", "may_change", "may_delete", "may_see_deleted"],
        "super_admin": ["may_create", "may_change", "may_delete", "may_see_deleted"],
    }
    client.force_login(cast.bob)
    assert 'id="selection"' not in client.get(LIST).content.decode()


def test_the_server_refuses_what_a_role_may_not(cast: Cast, client: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1)
    client.force_login(cast.bob)
    assert client.get(LIST + "?deleted=true").status_code == 403
    for action in ("tag", "assign", "status", "segment", "delete", "export", "restore"):
        sent = {"action": action, "ids": str(jane.pk), "add_tags": "x", "sure": "1"}
        assert client.post(SELECTION, sent).status_code == 403, action
    jane.refresh_from_db()
    assert (jane.deleted_at, tags_of([jane.pk])[jane.pk]) == (None, [])


def toast_of(client: Client) -> str:
    return " ".join(str(message) for message in client.get(LIST).context["messages"])


def test_what_is_picked_on_a_page_changes_at_once(alice: Client, admin: Actor, cast: Cast) -> None:
    one, two, three = grown(admin, 3, tags=["old"])
    picked = {"ids": [str(one.pk), str(two.pk)], "list": "search=smith"}
    assert (
        alice.post(SELECTION, {**picked, "action": "tag", "add_tags": "new, vip"})["Location"]
        == LIST + "?search=smith"
    )
    assert toast_of(alice) == "2 customers changed (Tags: new, vip)."
    assert tags_of([one.pk, two.pk, three.pk]) == {
        one.pk: ["old", "new", "vip"],
        two.pk: ["old", "new", "vip"],
        three.pk: ["old"],
    }
    alice.post(SELECTION, {**picked, "action": "assign", "assigned_to": str(cast.mona.pk)})
    alice.post(SELECTION, {**picked, "action": "status", "status": "churned"})
    alice.post(SELECTION, {**picked, "action": "segment", "segment": "premium"})
    changed = set(
        Customer.objects.for_actor(admin)
        .filter(assigned_to=cast.mona, status="churned", segment="premium")
        .values_list("pk", flat=True)
    )
    assert changed == {one.pk, two.pk}
    alice.post(SELECTION, {**picked, "action": "status", "status": ""})
    told = toast_of(alice)
    for what in ("Owner: Mona", "Status: Churned", "Segment: Premium", "Status: Automatic"):
        assert f"2 customers changed ({what})." in told
    one.refresh_from_db()
    assert (one.status, one.status_pinned) == ("active", False)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"action": "tag", "add_tags": "x"}, "Select customers first."),
        ({"action": "tag", "add_tags": " , ", "ids": "all"}, "Fill this in."),
        ({"action": "status", "status": "rich", "ids": "all"}, "Choose one from the list."),
        (
            {
                "action": "assign",
                "assigned_to": "01920000-0000-7000-8000-000000000000",
                "ids": "all",
            },
            "There is no such record.",
        ),
        (
            {"action": "delete", "all": "1"},
            "Only customers picked on a page can be deleted, a hundred at most.",
        ),
        (
            {"action": "tag", "add_tags": "x", "all": "1", "list": "deleted=true"},
            "Restore deleted customers before you change them.",
        ),
    ],
)
def test_what_can_not_be_done_is_said_and_changes_nothing(
    alice: Client, admin: Actor, sent: dict[str, str], said: str
) -> None:
    (jane,) = grown(admin, 1)
    alice.post(SELECTION, sent | ({"ids": str(jane.pk)} if sent.get("ids") else {}))
    assert toast_of(alice) == said
    assert Customer.objects.for_actor(admin).get().version == jane.version


def test_customers_of_another_organization_can_not_be_picked(alice: Client, cast: Cast) -> None:
    (theirs,) = grown(actor_of(cast.charlie), 1)
    alice.post(SELECTION, {"action": "tag", "add_tags": "mine", "ids": str(theirs.pk)})
    alice.post(SELECTION, {"action": "delete", "sure": "1", "ids": str(theirs.pk)})
    theirs.refresh_from_db()
    assert (theirs.version, theirs.deleted_at) == (1, None)


def test_deleting_names_the_count_first_and_can_be_taken_back(alice: Client, admin: Actor) -> None:
    one, two, three = grown(admin, 3)
    picked = {"action": "delete", "ids": [str(one.pk), str(two.pk)], "list": "sort=name"}
    asked = alice.post(SELECTION, picked)
    assert "Delete 2 customers?" in asked.content.decode()
    dialog = alice.post(SELECTION, picked, headers=HTMX).content.decode()
    assert '<dialog class="dialog" id="delete-dialog"' in dialog
    assert len(names(alice)) == 3
    assert alice.post(SELECTION, {**picked, "sure": "1"})["Location"] == LIST + "?sort=name"
    page = alice.get(LIST)
    (message,) = page.context["messages"]
    assert (str(message), [row["id"] for row in page.context["rows"]]) == (
        "2 customers deleted.",
        [three.pk],
    )
    assert names(alice, "?deleted=true&sort=name") == ["Jane Smith1", "Jane Smith2"]
    alice.post(message.extra_tags)
    assert toast_of(alice) == "2 customers are back."
    assert len(names(alice)) == 3


def test_the_deleted_are_restored_one_by_one_or_together(alice: Client, admin: Actor) -> None:
    people = grown(admin, 3)
    for row in people:
        delete_customer(actor=admin, customer_id=row.pk)
    text = alice.get(LIST + "?deleted=true").content.decode()
    assert f"/app/customers/{people[0].pk}/restore/" in text
    alice.post(
        SELECTION,
        {"action": "restore", "ids": [str(row.pk) for row in people[1:]], "list": "deleted=true"},
    )
    assert names(alice, "?sort=name") == ["Jane Smith2", "Jane Smith3"]


@pytest.fixture
def people(admin: Actor) -> None:
    draw = random.Random(7)
    rows = [
        {
            "first_name": draw.choice(["Ana", "Zoë", "Li", "O'Neill"]),
            "email": f"p{number}@example.com",
            "city": draw.choice(CITIES),
            "tags": draw.sample(TAGS, draw.randint(0, 3)),
            "is_business": draw.random() < 0.3,
            "is_referral_partner": draw.random() < 0.3,
        }
        for number in range(80)
    ]
    assert all(result.customer_id for result in create_customers(actor=admin, rows=rows))
    for row in Customer.objects.for_actor(admin).order_by("email"):
        values = {
            "status": draw.choice(["active", "vip"]),
            "is_blocked": draw.random() < 0.2,
            "deleted_at": row.created_at if draw.random() < 0.1 else None,
        }
        Customer.objects.for_actor(admin).filter(pk=row.pk).update(status_pinned=True, **values)


CHOICES: dict[str, list[str]] = {
    "search": ["an", "zoe", "example.com", "o'n", "nobody at all"],
    "status": ["active", "vip", "nonsense"],
    "city": [*CITIES, "troy"],
    "tags": [*TAGS, "missing"],
    "is_business": ["true", "false", "perhaps"],
    "is_blocked": ["true", "false"],
    "is_referral_partner": ["true", "false"],
    "created_from": ["2020-01-01", "2999-01-01"],
    "created_to": ["2020-01-01", "2999-01-01", "never"],
    "since_from": ["2020-01-01", "2999-01-01"],
    "since_to": ["2020-01-01", "2999-01-01"],
    "has_source": ["true", "false"],
    "min_health": ["0", "30", "many"],
    "max_health": ["10", "100", "1000"],
    "assigned_to": ["me", "nonsense"],
}


@pytest.mark.heavy
def test_the_list_its_count_its_export_and_a_bulk_change_mean_the_same_rows(
    alice: Client, admin: Actor, people: None
) -> None:
    draw, sizes = random.Random(5), set()
    for number in range(40):
        query = QueryDict(mutable=True)
        for name in draw.sample(sorted(CHOICES), draw.randint(0, 3)):
            query.setlist(name, draw.sample(CHOICES[name], draw.randint(1, 2)))
        first = alice.get(f"{LIST}?{query.urlencode()}&size=25").context
        total, filters = first["page"].total, first["filters"]
        listed = {
            row["id"]
            for page in range(1, total // 25 + 2)
            for row in alice.get(f"{LIST}?{query.urlencode()}&size=25&page={page}").context["rows"]
        }
        assert len(listed) == total
        again = CustomerFilters(QueryDict(filters.address_query), actor=admin).conditions
        export = start_export(
            actor=admin, resource="customers", form="jsonl", columns={"id": "id"}, conditions=again
        )
        background.run(export.pk)
        export.refresh_from_db()
        assert export.result["rows"] == total
        alice.post(
            SELECTION,
            {
                "action": "tag",
                "all": "1",
                "sure": "1",
                "list": filters.list_query,
                "add_tags": f"t{number}",
            },
        )
        job = Job.objects.for_actor(admin).filter(kind="bulk_update").latest("created_at")
        background.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.total, job.result) == ("succeeded", total, {"updated": total})
        tagged = Customer.objects.for_actor(admin).filter(
            pk__in=CustomerConditions(tags=[f"t{number}"])
            .apply(Customer.objects.for_actor(admin))
            .values("pk")
        )
        assert set(tagged.values_list("pk", flat=True)) == listed, json.dumps(dict(query.lists()))
        sizes.add(total)
    assert len(sizes) > 8


def test_what_changes_all_matching_shows_the_first_ten_beforehand(
    alice: Client, admin: Actor, cast: Cast
) -> None:
    people = grown(admin, 12)
    grown(actor_of(cast.charlie), 1)
    sent = {"action": "tag", "all": "1", "list": "status=active", "add_tags": "spring, roof"}
    asked = alice.post(SELECTION, sent)
    page = asked.content.decode()
    assert "Change 12 customers?" in page
    assert "Tags: spring, roof" in page
    assert "and 2 more" in page
    newest_first = sorted((row.pk for row in people), reverse=True)
    assert [row.pk for row in asked.context["first"]] == newest_first[:10]
    assert not Job.objects.for_actor(admin).exists()
    assert dict(asked.context["sent"]) == {
        name: value for name, value in sent.items() if name != "all"
    }
    alice.post(SELECTION, dict(asked.context["sent"]) | {"all": "1", "sure": "1"})
    job = Job.objects.for_actor(admin).get(kind="bulk_update")
    assert (job.total, job.parameters["add_tags"]) == (12, ["spring", "roof"])


def test_all_matching_are_changed_by_a_job_that_keeps_the_conditions(
    alice: Client, admin: Actor
) -> None:
    grown(admin, 3)
    answer = alice.post(
        SELECTION,
        {
            "action": "tag",
            "all": "1",
            "sure": "1",
            "list": "search=smith&status=active",
            "add_tags": "spring",
            "ids": "x",
        },
    )
    job = Job.objects.for_actor(admin).get(kind="bulk_update")
    assert answer["Location"] == f"{LIST}?search=smith&status=active", "one stays in the list"
    page = alice.get(answer["Location"]).content.decode()
    assert f'hx-get="/app/jobs/{job.pk}/?toast=1"' in page
    assert "in the background" in page
    background.run(job.pk)
    done = alice.get(f"/app/jobs/{job.pk}/?toast=1", headers={"HX-Request": "true"})
    assert f"/app/changes/{job.pk}/undo/" in done.content.decode()
    job.refresh_from_db()
    assert job.parameters["conditions"] == {
        "search": "smith",
        "status": ["active"],
        "deleted": False,
    }


# With a browser


def test_people_search_as_they_type_and_the_address_follows(
    cast: Cast, admin: Actor, page: Page
) -> None:
    grown(admin, 12)
    sign_in(page, cast.alice)
    page.goto(LIST)
    page.keyboard.press("/")
    page.keyboard.type("smith7")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".page-head .total")).to_have_text("1")
    page.wait_for_url("**/app/customers/?search=smith7")
    page.keyboard.type("x")
    expect(page.locator(".state h2")).to_have_text("No results")
    expect(page.locator("main [data-search]")).to_be_focused()
    check_accessible(page, widths=(360, 1280))


def test_a_filter_is_added_edited_and_removed(cast: Cast, admin: Actor, page: Page) -> None:
    grown(admin, 2, tags=["vip"])
    grown(admin, 1, start=9, tags=["roof"])
    sign_in(page, cast.alice)
    page.goto(LIST)
    page.click("text=Filter")
    page.locator(".fold summary", has_text="Tags").click()
    page.locator(".fold[open]").get_by_label("vip").check()
    page.locator(".fold[open] button").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator(".chip-edit summary").click()
    page.locator(".chip-edit").get_by_label("roof").check()
    check_accessible(page, widths=(360, 1280), themes=("light",))
    page.locator(".chip-edit button").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator(".chip-edit > a").click()
    page.wait_for_url("**/app/customers/")


def test_the_list_is_walked_and_picked_by_keys(cast: Cast, admin: Actor, page: Page) -> None:
    grown(admin, 4)
    sign_in(page, cast.alice)
    page.goto(LIST + "?sort=name")
    for key in ("j", "x", "ArrowDown", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#selection b")).to_have_text("2 selected")
    check_accessible(page, widths=(360, 1280), themes=("light",))
    page.keyboard.press("k")
    second = page.locator("tbody tr").nth(1).get_attribute("data-href") or ""
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{second}")
    page.goto(LIST)
    page.keyboard.press("c")
    expect(page.locator("#quick_first_name")).to_be_focused()


def test_picked_customers_are_deleted_in_a_dialog_and_brought_back(
    cast: Cast, admin: Actor, page: Page
) -> None:
    grown(admin, 3)
    sign_in(page, cast.alice)
    page.goto(LIST)
    page.locator("input.pick").nth(0).check()
    page.locator("input.pick").nth(2).check()
    page.locator("#selection").get_by_role("button", name="Delete").click()
    expect(page.locator("#delete-dialog h2")).to_have_text("Delete 2 customers?")
    check_accessible(page, widths=(360, 1280), themes=("dark",))
    page.locator("#delete-dialog .btn-danger").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_the_list_is_found_filtered_and_changed_without_scripts(
    cast: Cast, admin: Actor, without_javascript: Page
) -> None:
    page = without_javascript
    grown(admin, 3)
    sign_in(page, cast.alice)
    page.goto(LIST)
    page.fill("main [name=search]", "smith2")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("input.pick").check()
    page.locator("#selection summary", has_text="Tag").click()
    page.fill("#bar-tags", "by hand")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("1 customer changed (Tags: by hand).")
    expect(page.locator("tbody tr .tag")).to_have_text("by hand")


def test_a_page_past_the_end_is_the_last_one(alice: Client, admin: Actor) -> None:
    grown(admin, 30)
    for tail in ("", "&search=jane"):
        answer = alice.get(f"{LIST}?sort=name&size=25&page=9999{tail}")
        assert (answer.context["page"].number, len(answer.context["rows"])) == (2, 5)
        assert "No customers yet" not in answer.content.decode()
    assert "No customers yet" not in alice.get(f"{LIST}?page=9999&search=zzz").content.decode()
    Customer.objects.unscoped().all().delete()
    assert "No customers yet" in alice.get(f"{LIST}?page=9999").content.decode()


@pytest.mark.parametrize(
    "address", ["projects/", "jobs/", "settings/outlets/", "settings/people/", "conversations/"]
)
def test_so_it_is_on_every_list(alice: Client, admin: Actor, address: str) -> None:
    answer = alice.get(f"/app/{address}?page=9999")
    assert answer.status_code == 200
    if answer.context.get("page"):
        assert answer.context["page"].rows or answer.context["page"].total == 0
