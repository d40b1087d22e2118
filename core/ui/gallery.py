"""Every component on one page, for those who build pages. Only while developing."""

import datetime as dt
import re
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from core.clock import now
from core.errors import Conflict, Fault, Invalid
from core.paging import ResultPage
from core.tenancy.policy import Permission
from core.ui import charts, fields
from core.ui.charts import Point
from core.ui.forms import Clash, ServiceForm
from core.ui.lists import Chip, Column, ListState
from core.ui.views import FormPage, Page

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
ICONS = re.findall(
    r'id="i-([a-z-]+)"',
    (settings.BASE_DIR / "templates" / "components" / "sprite.html").read_text(),
)
PEOPLE = [
    ("Amara Okafor", "Okafor Roofing", "+1 248 555 0142", "Active", "good", "18400", 94),
    ("Benedikt Søgaard", "", "+1 313 555 0118", "VIP", "accent", "128950.5", 88),
    ("Chandra Iyer", "Iyer & Daughters", "+1 734 555 0177", "Inactive", "", "0", 41),
    ("Dolores Quintanilla", "", "+1 586 555 0101", "At risk", "warn", "7250", 33),
    (
        "Emeka Vandenberg-Castellanos",
        "Northside Property Management",
        "+1 947 555 0163",
        "Blocked",
        "bad",
        "-320",
        12,
    ),
]


class SampleForm(ServiceForm):
    """A field of every kind."""

    first_name = forms.CharField(label="First name", max_length=150)
    email = fields.EmailFormField(label="E-mail", help_text="Where appointments are confirmed.")
    phone = fields.PhoneFormField(label="Phone", required=False)
    amount = fields.MoneyField(label="Amount", required=False, unit="USD")
    visits = fields.WholeField(label="Visits", required=False)
    birthday = fields.DayField(label="Birthday", required=False)
    starts = fields.MomentField(label="Starts", required=False)
    source = forms.ChoiceField(
        label="Source",
        required=False,
        choices=[("", "–"), ("web", "Web"), ("referral", "Referral")],
    )
    tags = fields.TagsField(label="Tags", required=False, help_text="Separated by commas.")
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea)
    contact = forms.ChoiceField(
        label="Contact by",
        required=False,
        widget=forms.RadioSelect,
        choices=[("phone", "Phone"), ("email", "E-mail")],
    )
    newsletter = forms.BooleanField(
        label="Send the newsletter", required=False, help_text="Once a month."
    )


class Components(Page):
    permission: ClassVar[Permission | None] = None
    template = "pages/components.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=["name", "value"])
        return self.show(
            {
                "state": state,
                "columns": [
                    Column("Name", "name"),
                    Column("Phone"),
                    Column("Status"),
                    Column("Last visit"),
                    Column("Lifetime value", "value", "num"),
                ],
                "people": [
                    {
                        "name": name,
                        "company": company,
                        "phone": phone,
                        "status": status,
                        "tone": tone,
                        "value": float(value),
                        "health": health,
                    }
                    for name, company, phone, status, tone, value, health in PEOPLE
                ],
                "rows": ResultPage([{}] * 50, 4, 50, 12431),
                "conditions": [
                    Chip("Status", "At risk", "?"),
                    Chip("Tag", "gutters", "?"),
                    Chip("City", "Ann Arbor", "?"),
                ],
                "faulty": self._faulty(),
                "form": SampleForm(actor=self.actor),
                "moments": [
                    now() - dt.timedelta(minutes=4),
                    now() - dt.timedelta(hours=3),
                    now() - dt.timedelta(days=40),
                ],
                "today": now().date(),
                "tabs": [
                    {"label": "Timeline", "url": "#tabs", "current": True, "count": 128},
                    {"label": "Appointments", "url": "#tabs", "count": 4},
                    {"label": "Projects", "url": "#tabs", "count": 0},
                    {"label": "Notes", "url": "#tabs"},
                ],
                "team": [name for name, *_ in PEOPLE] + ["Farid Haddad", "Grace Kim"],
                "icons": ICONS,
                **_charts(),
            }
        )

    def _faulty(self) -> SampleForm:
        """The form with faults, and values that somebody else has changed meanwhile."""
        form = SampleForm(
            QueryDict("first_name=Amara&email=amara%40&amount=12,x"), actor=self.actor
        )
        form.is_valid()
        form.clashes = [
            Clash("first_name", "First name", "Amara", "Amara Grace", "Mara"),
            Clash("phone", "Phone", "", "+1 248 555 0142", "+1 248 555 0100"),
        ]
        return form


class ComponentsForm(FormPage):
    """
    The sample form on a page of its own: a good e-mail saves nothing and comes back, `taken@…` is
    refused.
    """

    permission: ClassVar[Permission | None] = None
    template = "pages/components_form.html"
    form_class = SampleForm
    success_message = "Saved (nothing, really)."

    def write(self, values: dict[str, Any]) -> str:
        if values["email"].startswith("taken"):
            raise Conflict("Customer", "email")
        if values["first_name"] == "?":
            raise Invalid({"first_name": [Fault("required", "This field is required.")]})
        return reverse("pages:components-form")


def _charts() -> dict[str, charts.Chart]:
    months = [
        Point(name, value)
        for name, value in zip(
            MONTHS, [32, 41, 38, 55, 61, 48, 72, 80, 66, 91, 84, 97], strict=True
        )
    ]
    cohorts = ["Jan", "Feb", "Mar", "Apr"]
    ages = ["0", "1", "2", "3", "4", "5"]
    cells = {
        (cohort, age): Point("", share, f"{share}%")
        for down, cohort in enumerate(cohorts)
        for age, share in zip(ages[: 6 - down], [100, 64, 48 + down, 41, 36, 33], strict=False)
    }
    last_year = [28, 30, 35, 40, 52, 50, 60, 61, 63, 70, 75, 79]
    statuses = [
        Point("Active", 612),
        Point("VIP", 88),
        Point("Inactive", 210),
        Point("Churned", 90),
    ]
    sources = [
        Point("Referral", 412, url="#"),
        Point("Web", 388, url="#"),
        Point("Door to door", 140, url="#"),
        Point("Unknown", 60, url="#"),
    ]
    return {
        "bars": charts.BarChart("New customers by month", months, unit="Customers"),
        "rows_chart": charts.RowChart("Customers by source", sources, unit="Customers"),
        "lines": charts.LineChart(
            "Revenue", months, name="This year", more=[("Last year", last_year)]
        ),
        "donut": charts.DonutChart("Customers by status", statuses),
        "spark": charts.SparkLine("Visits in twelve months", months),
        "heat": charts.HeatGrid(
            "Retention by cohort", [], row_names=cohorts, column_names=ages, cells=cells
        ),
    }
