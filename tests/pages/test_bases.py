"""What every page inherits."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.ids import new_id
from core.paging import ResultPage
from core.tenancy.choices import Environment
from core.ui.lists import ListState, page_numbers
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from tests.cast import Cast, customer_values
from tests.pages.trial import TRIAL

pytestmark = pytest.mark.urls("tests.pages.trial")

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values(1))


def filled(client: Client, address: str, **typed: str) -> dict[str, str]:
    """What a browser would send from the form there."""
    form = client.get(address).context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    return {name: "" if value is None else str(value) for name, value in shown.items()} | typed


def fresh(customer: Customer) -> Customer:
    return Customer.objects.unscoped().get(pk=customer.pk)


def test_a_form_sent_twice_creates_once_and_leads_to_the_same_place(
    alice: Client, cast: Cast
) -> None:
    sent = filled(alice, TRIAL + "new/", first_name="Jane")
    first, second = alice.post(TRIAL + "new/", sent), alice.post(TRIAL + "new/", sent)
    assert first["Location"] == second["Location"]
    assert Customer.objects.for_actor(actor_of(cast.alice)).count() == 1


def test_what_is_done_here_is_audited_as_done_through_the_pages(alice: Client, cast: Cast) -> None:
    alice.post(TRIAL + "new/", filled(alice, TRIAL + "new/", first_name="Jane"))
    assert (
        AuditEntry.objects.for_actor(actor_of(cast.alice)).get(action="customer.created").via
        == "pages"
    )


def test_refusals_stand_beside_their_fields_with_what_was_typed(
    alice: Client, jane: Customer
) -> None:
    answer = alice.post(
        TRIAL + "new/", filled(alice, TRIAL + "new/", first_name="Jo", email="jane1@EXAMPLE.com")
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"email": ["Someone with this e-mail already exists."]}
    assert 'value="jane1@EXAMPLE.com"' in answer.content.decode()
    answer = alice.post(TRIAL + "new/", filled(alice, TRIAL + "new/", email="nonsense"))
    assert answer.context["form"].errors == {
        "email": ["Enter an e-mail address such as name@example.com."]
    }
    assert Customer.objects.unscoped().count() == 1


def test_two_people_who_change_different_fields_both_keep_their_changes(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    address = f"{TRIAL}{jane.pk}/"
    sent = filled(alice, address, first_name="Janet")
    update_customer(actor=actor_of(cast.mona), customer_id=jane.pk, values={"last_name": "Jones"})
    assert alice.post(address, sent)["Location"] == address
    assert (fresh(jane).first_name, fresh(jane).last_name) == ("Janet", "Jones")


@pytest.mark.parametrize(("keep", "name"), [("yours", "Janet"), ("theirs", "Janice")])
def test_who_changes_what_another_has_changed_sees_both_and_chooses(
    alice: Client, cast: Cast, jane: Customer, keep: str, name: str
) -> None:
    address = f"{TRIAL}{jane.pk}/"
    sent = filled(alice, address, first_name="Janet", last_name="Jones")
    update_customer(actor=actor_of(cast.mona), customer_id=jane.pk, values={"first_name": "Janice"})
    answer = alice.post(address, sent)
    assert answer.status_code == 409
    clash = answer.context["form"].clashes[0]
    assert (clash.before, clash.theirs, clash.yours) == ("Jane", "Janice", "Janet")
    assert fresh(jane).first_name == "Janice"
    again = sent | {"seen": answer.context["form"]["seen"].value(), "keep-first_name": keep}
    assert alice.post(address, again).status_code == 302
    assert (fresh(jane).first_name, fresh(jane).last_name) == (name, "Jones")


def test_a_foreign_record_can_not_be_told_from_none(alice: Client, cast: Cast) -> None:
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    foreign, unknown = alice.get(f"{TRIAL}{theirs.pk}/"), alice.get(f"{TRIAL}{new_id()}/")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content


def test_pages_work_in_the_environment_that_was_switched_to(
    alice: Client, jane: Customer, cast: Cast
) -> None:
    alice.post("/app/place/", {"environment": Environment.TEST})
    assert alice.get(f"{TRIAL}{jane.pk}/").status_code == 404
    alice.post(TRIAL + "new/", filled(alice, TRIAL + "new/", first_name="Trial"))
    assert Customer.objects.unscoped().get(first_name="Trial").environment == Environment.TEST


def test_an_action_that_the_role_may_not_is_a_page_or_a_toast(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    assert client.get(TRIAL + "act/").status_code == 200
    whole, part = client.post(TRIAL + "act/"), client.post(TRIAL + "act/", headers=HTMX)
    assert (whole.status_code, part.status_code) == (403, 403)
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert part["HX-Reswap"] == "none"
    assert "Your role doesn&#x27;t permit this." in part.content.decode()


def test_an_action_ends_in_a_toast_that_offers_undo(alice: Client) -> None:
    assert alice.post(TRIAL + "act/")["Location"] == "/app/account/"
    text = alice.get("/app/account/").content.decode()
    assert "Done." in text
    assert 'action="/app/place/"' in text


def test_htmx_is_led_on_by_a_header_and_signs_in_in_a_dialog(alice: Client) -> None:
    answer = alice.post(TRIAL + "act/", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/app/account/")
    alice.logout()
    answer = alice.post(TRIAL + "act/", headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (401, "#overlay")
    assert '<dialog class="dialog" id="sign-in"' in answer.content.decode()


def state(address: str, **options: Any) -> ListState:
    return ListState(RequestFactory().get(address), **options)


def test_a_lists_state_is_its_address() -> None:
    here = state("/list?tag=a&tag=b&sort=age&page=3&size=25", sorts=["-name", "age"])
    assert (here.page, here.size, here.sort) == (3, 25, "age")
    assert here.url(page=4) == "/list?tag=a&tag=b&sort=age&size=25&page=4"
    assert here.sort_url("age") == "/list?tag=a&tag=b&size=25&sort=-age"
    assert [(chip.label, chip.value, chip.remove) for chip in here.chips({"tag": "Tag"})] == [
        ("Tag", "a", "/list?sort=age&size=25&tag=b"),
        ("Tag", "b", "/list?sort=age&size=25&tag=a"),
    ]


@pytest.mark.parametrize(
    "address", ["/list", "/list?page=x&size=7&sort=secret", "/list?page=-1&size=0", "/list?page=٣"]
)
def test_what_an_address_says_wrongly_counts_as_not_said(address: str) -> None:
    here = state(address, sorts=["-name", "age"])
    assert (here.page, here.size, here.sort) == (1, 50, "-name")


@pytest.mark.parametrize(
    ("number", "total", "shown"),
    [
        (1, 10, [1]),
        (1, 150, [1, 2, 3]),
        (4, 1000, [1, 2, 3, 4, 5, None, 20]),
        (10, 1000, [1, None, 9, 10, 11, None, 20]),
        (1, 0, []),
    ],
)
def test_the_pages_worth_a_link(number: int, total: int, shown: list[int | None]) -> None:
    assert page_numbers(ResultPage([], number, 50, total)) == shown
