"""The dashboard: every number opens the rows behind it, and they are as many."""

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from playwright.sync_api import Page, expect

from analytics.dashboard import Moved
from analytics.pages.words import change, duration
from appointments.services import book_appointment
from core.amounts import parse_amount
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.ui.charts import BarChart, DonutChart, HeatGrid, LineChart, Point
from core.ui.formatting import count, money, short_money
from core.ui.wording import in_percent, numbers_of
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from customers.services.work import create_project, create_transaction
from interactions.joining import join_conversations
from interactions.services import add_message, open_conversation
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

DASHBOARD = "/app/dashboard/"
RETENTION = f"{DASHBOARD}retention/"
ZONE = ZoneInfo("America/Detroit")


def furnished(actor: Actor, number: int, **more: Any) -> Customer:
    """A customer with something of everything the dashboard counts."""
    values = customer_values(
        number,
        city="Novi",
        source="referral",
        customer_since=now() - dt.timedelta(days=number),
        **more,
    )
    customer = create_customer(actor=actor, values=values)
    for days, status in [(200, "completed"), (12 + number, "completed"), (3, "no_show")]:
        start = (now() - dt.timedelta(days=days)).replace(
            hour=16, minute=0, second=0, microsecond=0
        )
        book_appointment(
            actor=actor,
            values={
                "customer": customer.pk,
                "start_at": start,
                "price": 20 + number,
                "status": status,
            },
        )
    create_project(
        actor=actor,
        values={"customer": customer, "project_type": "repair", "total_amount": 1000 + number},
    )
    create_transaction(
        actor=actor,
        values={"customer": customer, "gross_amount": 100 + number, "status": "completed"},
    )
    talk = open_conversation(
        actor=actor, values={"customer": customer, "channel": "sms", "subject": f"Leak {number}"}
    )
    for direction, minutes in [("inbound", 60), ("outbound", 50)]:
        sent = now() - dt.timedelta(minutes=minutes)
        add_message(
            actor=actor,
            conversation_id=talk.pk,
            values={"direction": direction, "body": "Hello", "sent_at": sent},
        )
    return customer


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    return [furnished(actor, number) for number in range(3)]


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def total_of(answer: Any) -> int:
    assert answer.status_code == 200
    page = answer.context["desk"].rows if "desk" in answer.context else answer.context["page"]
    return int(page.total)


def links_of(text: str) -> list[tuple[str, str]]:
    """Every figure of a table under a chart that leads somewhere: its words and address."""
    return [
        (unescape(words), unescape(address))
        for address, words in re.findall(
            r'<td class="num"><a class="link" href="([^"]+)">([^<]+)<', text
        )
    ]


def test_every_tile_that_counts_opens_as_many_rows(alice: Client, people: list[Customer]) -> None:
    again = alice.get(RETENTION).context["told"].tile
    shown = [*alice.get(DASHBOARD).context["told"].tiles, again]
    tiles = {tile["label"]: tile for tile in shown}
    counted = [
        "New customers",
        "Active customers",
        "Returning customers",
        "At risk",
        "Open conversations",
    ]
    assert {label: int(tiles[label]["value"]) for label in counted} == {
        "New customers": 3,
        "Active customers": 3,
        "Returning customers": 3,
        "At risk": 0,
        "Open conversations": 3,
    }
    for label in counted:
        assert total_of(alice.get(tiles[label]["href"])) == int(tiles[label]["value"]), label


def test_a_conversation_joined_into_another_is_not_open_beside_it(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    first, second = (
        open_conversation(actor=actor, values={"customer": people[0], "channel": "sms"})
        for _ in range(2)
    )
    join_conversations(actor=actor, conversation_id=first.pk, other_id=second.pk)
    told = alice.get(DASHBOARD).context["told"]
    (tile,) = [tile for tile in told.tiles if tile["label"] == "Open conversations"]
    assert int(tile["value"]) == total_of(alice.get(tile["href"])) == 4


def test_new_customers_and_their_sources_and_health_open_the_customers_list(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    """With the list's own chips, in the organization's days: the first and the last count."""
    edge = dt.datetime.combine(now().astimezone(ZONE).date() - dt.timedelta(days=29), dt.time(0))
    for number, moment in enumerate((edge, edge - dt.timedelta(seconds=1)), 10):
        row = customer_values(number, customer_since=moment.replace(tzinfo=ZONE))
        create_customer(actor=actor, values=row)
    told = alice.get(DASHBOARD).context["told"]
    (new,) = [tile for tile in told.tiles if tile["label"] == "New customers"]
    assert (new["value"], new["href"].split("?")[0]) == ("4", "/app/customers/")
    chips = alice.get(new["href"]).context["filters"].set
    assert [chip.label for chip in chips] == ["Customer since"]
    for chart in (told.sources, told.health, told.new):
        points = [point for point in chart.points if point.value]
        assert points
        for point in points:
            assert point.url.startswith("/app/customers/?")
            assert total_of(alice.get(point.url)) == point.value, (chart.title, point.label)
    assert [point.label for point in told.sources.points] == ["Referral", "Unknown"]


@pytest.mark.parametrize(
    ("label", "value", "rows"),
    [
        ("Appointment revenue", "$63", 3),
        ("Projects added", "$3,003", 3),
        ("Collected", "$303", 3),
        ("Average response time", "10 min", 3),
    ],
)
def test_every_tile_that_adds_up_opens_rows_that_add_up_to_it(
    alice: Client, people: list[Customer], label: str, value: str, rows: int
) -> None:
    tile = next(
        tile for tile in alice.get(DASHBOARD).context["told"].tiles if tile["label"] == label
    )
    behind = alice.get(tile["href"])
    assert (tile["value"], behind.context["total"], total_of(behind)) == (value, value, rows)


def test_the_no_show_rate_opens_those_who_did_not_come(
    alice: Client, people: list[Customer]
) -> None:
    tile = next(
        tile
        for tile in alice.get(DASHBOARD).context["told"].tiles
        if tile["label"] == "No-show rate"
    )
    assert (tile["value"], total_of(alice.get(tile["href"]))) == ("50.0%", 3)


def test_every_figure_of_a_chart_opens_as_many_rows(alice: Client, people: list[Customer]) -> None:
    pages = [alice.get(f"{path}?period=12m") for path in (DASHBOARD, RETENTION)]
    text = " ".join(" ".join(page.content.decode().split()) for page in pages)
    links = links_of(text)
    kinds = set()
    for words, address in links:
        answer = alice.get(address)
        kinds.add(re.sub(r"\?.*", "", address))
        if "$" in words and "·" not in words:
            assert answer.context["total"] == words, address
        elif "%" not in words:
            assert total_of(answer) == int(words.split(" · ")[0]), address
        else:
            assert total_of(answer) >= 1, address
    figures = {"completed", "won"}
    assert kinds == {"/app/customers/", *(f"{DASHBOARD}{figure}/" for figure in figures)}
    assert len(links) >= 10


def test_every_cell_of_the_grids_opens_as_many_customers_as_it_counts(
    alice: Client, people: list[Customer]
) -> None:
    told = alice.get(RETENTION + "?period=12m").context["told"]
    came = [
        (told.retention.cells[row, column].url, number)
        for row, cohort in zip(told.retention.row_names, told.found.retention, strict=True)
        for column, number in zip(told.retention.column_names, cohort.came, strict=False)
        if number
    ]
    counted = [(cell.url, int(cell.value_text.split(" · ")[0])) for cell in told.rfm.cells.values()]
    assert len(came) > 1
    assert sum(number for _url, number in counted) == 3
    assert {url.split("?")[0] for url, _number in came + counted} == {"/app/customers/"}
    for url, number in came + counted:
        assert total_of(alice.get(url)) == number, url


def test_the_period_and_the_outlet_stand_in_the_address_and_lead_on(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    outlet = Outlet.objects.add(actor, name="Uptown", time_zone="America/Detroit")
    answer = alice.get(
        f"{DASHBOARD}?period=custom&from=2025-01-01&to=2025-12-31&outlet={outlet.pk}"
    )
    text = unescape(answer.content.decode())
    assert "Jan 1 – Dec 31, 2025, compared with Jan 2 – Dec 31, 2024" in text
    assert "appointments at Uptown" in text
    assert (
        f"{DASHBOARD}completed/?period=custom&from=2025-01-01&to=2025-12-31&outlet={outlet.pk}"
        in text
    )
    assert f"{DASHBOARD}?period=90d&outlet={outlet.pk}" in text


@pytest.mark.parametrize(
    "query",
    [
        "period=x&outlet=x",
        "period=custom",
        "period=custom&from=2025-02-01&to=2025-01-01",
        "period=custom&from=0001-01-01&to=2025-01-01",
    ],
)
def test_what_an_address_says_wrongly_shows_thirty_days(
    alice: Client, people: list[Customer], query: str
) -> None:
    answer = alice.get(f"{DASHBOARD}?{query}")
    assert answer.context["address"].period == "30d"
    assert bool(answer.context["address"].fault) == ("custom" in query)


def test_an_outlet_of_another_organization_counts_as_not_said(
    alice: Client, cast: Cast, people: list[Customer]
) -> None:
    foreign = Outlet.objects.add(actor_of(cast.charlie), name="Theirs", time_zone="UTC")
    answer = alice.get(f"{DASHBOARD}?outlet={foreign.pk}")
    assert answer.context["address"].outlet is None
    assert "Theirs" not in answer.content.decode()


@pytest.mark.parametrize(
    "part",
    [
        "nothing/",
        "rfm/",
        "cohort/?month=x&later=1",
        "won/?type=x",
        "new/",
        "health/",
    ],
)
def test_a_figure_that_is_none_is_not_found(alice: Client, cast: Cast, part: str) -> None:
    assert alice.get(DASHBOARD + part).status_code == 404


def test_of_a_deleted_customer_the_sum_stays_and_nothing_else(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    delete_customer(actor=actor, customer_id=people[0].pk)
    for figure, total in [("completed", "$63"), ("won", "$3,003"), ("payments", "$303")]:
        answer = alice.get(f"{DASHBOARD}{figure}/")
        assert answer.context["total"] == total
        text = answer.content.decode()
        assert "No longer a customer" in text
        assert ("Smith0" in text, "Smith1" in text) == (False, True)


def test_staff_are_told_kindly_what_they_may(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    for address in (DASHBOARD, RETENTION, f"{DASHBOARD}completed/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "see analytics" in answer.content.decode()
    assert client.get("/app/")["Location"] == "/app/today/"


def test_managers_see_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.mona)
    assert client.get(DASHBOARD).status_code == 200


def test_an_organization_without_customers_is_told_what_comes(alice: Client) -> None:
    assert "Nothing to count yet" in alice.get(DASHBOARD).content.decode()


def test_the_queries_stay_the_same_however_many_rows_there_are(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    def queries(address: str) -> int:
        alice.get(address)
        with CaptureQueriesContext(connection) as found:
            alice.get(address)
        return len(found)

    addresses = [
        DASHBOARD,
        RETENTION,
        *(
            f"{DASHBOARD}{figure}/"
            for figure in ("returning", "completed", "won", "payments", "answers")
        ),
    ]
    few = [queries(address) for address in addresses]
    for number in range(3, 30):
        furnished(actor, number)
    assert [queries(address) for address in addresses] == few
    # the session, the user with the organization, the outlets, what waits, and those of figures
    assert few[:2] == [13, 6]


def test_changes_are_told_with_whether_they_are_good() -> None:
    assert change(Moved(112, 100)) == {"delta": "+12%", "tone": "good"}
    assert change(Moved(109, 10)) == {"delta": "+990%", "tone": "good"}
    assert change(Moved(1900, 100)) == {"delta": "×19", "tone": "good"}
    assert change(Moved(90, 100), more_is_good=False) == {"delta": "−10%", "tone": "good"}
    assert change(Moved(4.1, 5.5), more_is_good=False, points=True) == {
        "delta": "−1.4 pts",
        "tone": "good",
    }
    assert change(Moved(100, 100)) == {"note": "as before"}
    assert change(Moved(5, 0)) == change(Moved(None, 3)) == {}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "–"),
        (45, "45 s"),
        (59.6, "1 min"),
        (720, "12 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (86400, "1 d"),
        (100_000, "1 d 4 h"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


def test_the_appointments_behind_a_figure_are_accessible(
    cast: Cast, page: Page, people: list[Customer]
) -> None:
    sign_in(page, cast.alice)
    page.goto(f"{DASHBOARD}completed/")
    check_accessible(page, widths=(360, 1280), themes=("light",))


def test_another_period_is_two_clicks_away_by_keyboard(
    cast: Cast, page: Page, people: list[Customer]
) -> None:
    sign_in(page, cast.alice)
    page.goto(DASHBOARD)
    page.get_by_text("Custom", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("From", exact=True).fill("2026-01-01")
    page.get_by_label("To", exact=True).fill("2026-01-31")
    page.keyboard.press("Enter")
    page.wait_for_url("**period=custom**")
    expect(page.locator(".page-lead")).to_contain_text("Jan 1 – Jan 31, 2026")
    expect(page.get_by_role("region", name="Retention")).to_be_visible()
    expect(page.get_by_role("link", name="Show how customers come again")).to_have_count(0)


def test_figures_open_their_rows_without_javascript(
    cast: Cast, without_javascript: Page, people: list[Customer]
) -> None:
    page = without_javascript
    sign_in(page, cast.alice)
    page.goto(DASHBOARD)
    page.get_by_role("link", name="90 days").click()
    page.get_by_role("link", name="Show how customers come again").click()
    expect(page.get_by_role("region", name="Retention")).to_be_visible()
    page.get_by_role("link", name="Back to the dashboard").click()
    page.locator("a.stat", has_text="Projects added").click()
    expect(page.locator("h1")).to_contain_text("Projects added")
    expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("language", ["en", "es"])
def test_figures_are_written_as_forms_read_them_where_the_organization_is(language: str) -> None:
    with translation.override(language):
        for region, shown in (("US", "$1,234.50"), ("MX", "$1,234.50"), ("DE", "$1.234,50")):
            with numbers_of(region):
                assert money(Decimal("1234.5"), "USD") == shown
                assert parse_amount(shown, region) == Decimal("1234.5")
                assert in_percent(17.4, 1).startswith("17,4" if region == "DE" else "17.4")
                assert count(1234567) == ("1.234.567" if region == "DE" else "1,234,567")


def test_long_amounts_are_short() -> None:
    assert short_money(Decimal("12879775.50"), "USD") == "$12.9M"
    assert short_money(Decimal("-1500000"), "USD") == "−$1.5M"
    assert short_money(Decimal("999999.99"), "USD") == "$999,999.99"


def test_an_axis_of_amounts_bears_the_currencys_sign() -> None:
    chart = LineChart("Revenue", [Point("a", 100), Point("b", 4800)], sign="$")
    assert [tick.label for tick in chart.ticks] == ["$0", "$1.5k", "$3k", "$4.5k", "$6k"]


def test_a_grid_of_few_rows_may_be_taller_and_its_figures_stand_in_the_middle() -> None:
    cells = {("r", "c"): Point("", 1, "1")}
    for line in (34, 56):
        grid = HeatGrid("g", [], row_names=["r"], column_names=["c"], cells=cells, line=line)
        (square,) = grid.squares
        assert grid.drawn_height == grid.head + line
        assert square["middle"] == grid.head + 1 + line / 2 + 3


def test_slices_are_told_apart_without_colours(alice: Client, people: list[Customer]) -> None:
    slices = alice.get(DASHBOARD).context["told"].statuses.slices
    text = DonutChart("Of six", [Point(str(n), 1) for n in range(6)])
    hatched = [(each["hatch"], each["turn"]) for each in text.slices]
    assert hatched[0][0] == ""
    assert len({turn for name, turn in hatched if name}) == 5
    page = alice.get(DASHBOARD).content.decode()
    for each in slices[1:]:
        assert f'id="{each["hatch"]}"' in page


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([f"M{n}" for n in range(12)], 12),
        ([f"Dec {2010 + n}" for n in range(12)], 4),
        (["0–19", "20–39", "40–59", "60–79", "80–100"], 5),
    ],
)
def test_labels_under_a_chart_leave_each_other_room(labels: list[str], shown: int) -> None:
    points = [Point(label, 1) for label in labels]
    assert len(BarChart("x", points).labels) == len(LineChart("x", points).labels) == shown
